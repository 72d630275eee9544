// What a client and a single call can be told, and what an answer tells beside its content.
// usage: CEREBRAS_API_KEY=... example-client-options BASE_URL
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) try {
    if (argc != 2 || !std::getenv("CEREBRAS_API_KEY")) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    // [client]
    const tessera::cerebras::client client{
        {.api_key = tessera::credential::from([](bool refused) {
             if (refused) std::clog << "the key was refused: reading it again\n";
             return tessera::secret(std::getenv("CEREBRAS_API_KEY"));
         }),
         .base_url = argv[1],
         .headers = {{"x-team", "search"}},
         .warm = true,
         .max_idle_connections = 8,
         .user_agent = "my-program/1.0"}};
    // [/client]
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};

    // [call]
    const auto reply = client.chat.completions.create(
        request, {.headers = {{"x-request-id", "42"}}, .extra_body = {{"seed", 7}}});
    // [/call]
    // [info]
    std::cout << reply.text() << '\n' << reply.info.raw << '\n';
    const auto day = reply.info.rate_limit("requests-day");
    if (day.limit && day.remaining)
        std::cout << *day.remaining << " of " << *day.limit << " requests are left today\n";
    // [/info]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
