// How near texts are to each other.
// usage: CORTEX_API_KEY=... example-cortex-embeddings BASE_URL
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <tessera/cortex.hpp>

namespace openai = tessera::openai;

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [embeddings]
    const openai::embedding_request request{
        .model = "text-embedding-3-small",
        .input = std::vector<std::string>{"A cat sleeps.", "A kitten naps.", "Taxes are due."},
        .encoding_format = openai::embedding_encoding::base64};  // a third of the bytes, and exact
    const auto made = client.embeddings.create(request);
    const std::span<const float> first = made.data[0].embedding;
    for (const auto& each : made.data) {
        const std::span<const float> other = each.embedding;
        std::cout << std::inner_product(first.begin(), first.end(), other.begin(), 0.0) << '\n';
    }
    // [/embeddings]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
