// How long a call may take, and how often it is tried.
// usage: CEREBRAS_API_KEY=... example-client-deadlines BASE_URL
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

using namespace std::chrono_literals;

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};

    // [client]
    const tessera::cerebras::client client{
        {.api_key = key,
         .base_url = argv[1],
         .timeout = {.connect = 2s, .first_byte = 20s, .idle = 10s, .total = 30s},
         .max_retries = 4}};
    // [/client]

    // [call]
    const auto reply = client.chat.completions.create(
        request, {.timeout = {.first_byte = 0s, .total = 10min}, .max_retries = 0});
    // [/call]
    // [timings]
    std::cout << reply.text() << '\n'
              << reply.info.attempts << " attempts, " << reply.info.timings.connect / 1us
              << " us to connect, " << reply.info.timings.first_byte / 1us << " us to answer, "
              << reply.info.timings.waited / 1ms << " ms paused\n";
    // [/timings]

    // [stream]
    const tessera::call_options within{.timeout = {.total = 15s, .total_covers_streams = true}};
    for (const auto& chunk : client.chat.completions.stream(request, within))
        std::cout << chunk.text() << std::flush;
    // [/stream]
    std::cout << '\n';
} catch (const tessera::timeout_error& late) {
    std::cerr << late.what() << '\n';  // which deadline, and how long it was
    return 1;
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
