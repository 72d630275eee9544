// One question, three ways: an exception, a result, a future.
// usage: CEREBRAS_API_KEY=... example-cerebras-chat BASE_URL
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::client_options options{.api_key = key, .base_url = argv[1]};
    tessera::cerebras::client client{options};
    tessera::cerebras::chat_request request{
        .model = "llama3.1-8b",
        .messages = {tessera::user("What is the capital of France?")},
        .temperature = 0};

    const auto reply = client.chat.completions.create(request);
    std::cout << reply.text() << " (" << reply.usage.total() << " tokens, request "
              << reply.info.request_id << ")\n";

    request.model = "no-such-model";
    if (const auto maybe = client.chat.completions.try_create(request); !maybe)
        std::cout << to_string(maybe.error().kind) << ": " << maybe.error().message << '\n';

    request.model = "llama3.1-8b";
    asio::io_context context;
    tessera::cerebras::client async_client{context.get_executor(), options};
    auto later = async_client.chat.completions.async_create(request, asio::use_future);
    context.run();
    std::cout << later.get().text() << '\n';
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
