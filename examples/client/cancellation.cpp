// Ctrl-C ends a blocking call through a stop_token; a timer ends an asynchronous one through its slot.
// usage: CEREBRAS_API_KEY=... example-client-cancellation BASE_URL
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <tessera/cerebras.hpp>
#include <thread>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::client_options options{.api_key = key, .base_url = argv[1]};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};

    // [stop_token]
    std::stop_source interrupted;
    asio::io_context signals;
    asio::signal_set ctrl_c(signals, SIGINT);
    ctrl_c.async_wait([&](std::error_code, int) { interrupted.request_stop(); });
    const std::jthread listener([&](std::stop_token ended) {
        const std::stop_callback leave(ended, [&] { signals.stop(); });
        signals.run();
    });

    const tessera::cerebras::client client{options};
    if (const auto reply =
            client.chat.completions.try_create(request, {.stop = interrupted.get_token()}))
        std::cout << reply->text() << '\n';
    else if (reply.error().kind == tessera::error_kind::cancelled)
        std::cout << "interrupted\n";
    // [/stop_token]
    // [slot]
    asio::io_context context;
    const tessera::cerebras::client async_client{context.get_executor(), options};
    asio::cancellation_signal enough;
    asio::steady_timer timer(context, std::chrono::milliseconds(1));
    timer.async_wait([&](std::error_code) { enough.emit(asio::cancellation_type::terminal); });
    async_client.chat.completions.async_try_create(
        request, asio::bind_cancellation_slot(enough.slot(), [&](auto reply) {
            timer.cancel();
            std::cout << (reply ? reply->text() : to_string(reply.error().kind)) << '\n';
        }));
    context.run();
    // [/slot]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
