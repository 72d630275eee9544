// A stream that a coroutine awaits chunk by chunk.
// usage: CEREBRAS_API_KEY=... example-client-async-stream BASE_URL
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

namespace cerebras = tessera::cerebras;

// [stream]
asio::awaitable<void> tell(const cerebras::client& client) {
    const cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};
    auto stream = co_await client.chat.completions.async_stream(request, asio::use_awaitable);
    while (const auto chunk = co_await stream.async_next(asio::use_awaitable))
        std::cout << chunk->text() << std::flush;
    std::cout << '\n';
}
// [/stream]

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    asio::io_context context;
    const cerebras::client client{context.get_executor(), {.api_key = key, .base_url = argv[1]}};
    auto told = asio::co_spawn(context, tell(client), asio::use_future);
    context.run();
    told.get();  // throws what tell() threw
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
