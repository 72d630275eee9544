#include <iostream>
#include <tessera/cerebras.hpp>

int main() {
    tessera::cerebras::client client{
        {.api_key = "csk-tessera-dev", .base_url = "http://127.0.0.1:8090/cerebras"}};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};

    for (const auto& chunk : client.chat.completions.stream(request))
        std::cout << chunk.text() << std::flush;

    const auto reply = client.chat.completions.create(request);  // throws tessera::exception
    std::cout << '\n' << reply.text() << ", " << reply.usage.total() << " tokens\n";
}
