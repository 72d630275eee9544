// A conversation with a model behind the gateway, whoever provides it.
// usage: CORTEX_API_KEY=... example-cortex-chat BASE_URL QUESTION
#include <cstdlib>
#include <iostream>
#include <tessera/cortex.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    // [chat]
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::openai::chat_request request{
        .model = "gpt-4o",  // or "claude-3-5-sonnet-20241022": the model selects the provider
        .messages = {tessera::user(argv[2])},
        .max_tokens = 100};
    for (const auto& chunk : client.chat.completions.stream(request))
        std::cout << chunk.text() << std::flush;
    // [/chat]
    std::cout << '\n';
    // [models]
    for (const auto& model : client.models.list().data) std::cout << model.id << '\n';
    const auto provider = client.providers.models("openai");
    std::cout << "by default " << provider.default_model << '\n';
    // [/models]
    // [errors]
    const auto failed = client.chat.completions.try_create(
        {.model = "absent", .messages = {tessera::user("Hello.")}});
    if (!failed) std::cout << failed.error().type << ": " << failed.error().message << '\n';
    // [/errors]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
