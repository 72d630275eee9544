// OpenAI itself, by the client of the gateway.
// usage: OPENAI_API_KEY=... example-cortex-openai [BASE_URL]
#include <cstdlib>
#include <iostream>
#include <tessera/cortex.hpp>

namespace openai = tessera::openai;

int main(int argc, char** argv) try {
    const char* key = std::getenv("OPENAI_API_KEY");
    if (argc > 2 || !key) {
        std::cerr << "usage: OPENAI_API_KEY=... " << argv[0] << " [BASE_URL]\n";
        return 2;
    }
    const char* url = argc == 2 ? argv[1] : "";
    // [openai]
    const auto client = tessera::cortex::client::at_openai({.api_key = key, .base_url = url});
    const openai::chat_request request{
        .model = "gpt-4o-mini",
        .messages = {tessera::user("What is the capital of France?")},
        .stream_options = openai::stream_options{.include_usage = true}};
    std::int64_t tokens = 0;
    for (const auto& chunk : client.chat.completions.stream(request)) {
        std::cout << chunk.text() << std::flush;
        if (chunk.usage) tokens = chunk.usage->total();
    }
    // [/openai]
    std::cout << '\n' << tokens << " tokens\n";
    const openai::embedding_request text{.model = "text-embedding-3-small",
                                         .input = "Paris",
                                         .encoding_format = openai::embedding_encoding::base64};
    std::cout << client.embeddings.create(text).data.at(0).embedding.values().size() << " values\n";
    for (const auto& model : client.models.list().data) std::cout << model.id << '\n';
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
