#include <tessera/cerebras.hpp>

int main() {
    const tessera::cerebras::chat_request request{.model = "llama3.1-8b",
                                                  .messages = {tessera::user("Hello.")}};
    return tessera::json::encode(request).empty() ? 1 : 0;
}
