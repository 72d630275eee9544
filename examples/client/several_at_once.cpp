// Several calls at once from one thread: a fixed number by operators, any number by co_spawn.
// usage: CEREBRAS_API_KEY=... example-client-several-at-once BASE_URL
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <string>
#include <tessera/cerebras.hpp>
#include <vector>

namespace cerebras = tessera::cerebras;

// [ask]
asio::awaitable<std::string> ask(const cerebras::client& client, std::string question) {
    const cerebras::chat_request request{.model = "llama3.1-8b",
                                         .messages = {tessera::user(question)}};
    const auto reply = co_await client.chat.completions.async_create(request, asio::use_awaitable);
    co_return std::string(reply.text());
}
// [/ask]

// [both]
asio::awaitable<void> ask_both(const cerebras::client& client) {
    using namespace asio::experimental::awaitable_operators;
    const auto [france, italy] = co_await (ask(client, "What is the capital of France?") &&
                                           ask(client, "What is the capital of Italy?"));
    std::cout << france << '\n' << italy << '\n';
}
// [/both]

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    // [many]
    asio::io_context context;
    const cerebras::client client{context.get_executor(), {.api_key = key, .base_url = argv[1]}};
    auto both = asio::co_spawn(context, ask_both(client), asio::use_future);
    std::vector<std::future<std::string>> answers;
    for (const char* country : {"Spain", "Norway", "Japan"})
        answers.push_back(asio::co_spawn(
            context, ask(client, std::string("What is the capital of ") + country + "?"),
            asio::use_future));
    context.run();  // all five calls, on this thread
    both.get();
    for (auto& answer : answers) std::cout << answer.get() << '\n';
    // [/many]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
