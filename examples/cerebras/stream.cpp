// Streams the answer to one question, token by token.
// usage: CEREBRAS_API_KEY=... example-cerebras-stream BASE_URL QUESTION
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    tessera::cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user(argv[2])}, .temperature = 0};
    for (const auto& chunk : client.chat.completions.stream(request))
        std::cout << chunk.text() << std::flush;
    std::cout << '\n';
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
