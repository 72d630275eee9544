#include <tessera/cerebras.hpp>

// Nobody listens at the URL: the call is made, and fails for no other reason.
int main() {
    const tessera::cerebras::client client{
        {.api_key = "any", .base_url = "http://127.0.0.1:1", .max_retries = 0}};
    const tessera::cerebras::chat_request request{.model = "llama3.1-8b",
                                                  .messages = {tessera::user("Hello.")}};
    const auto reply = client.chat.completions.try_create(request);
    return !reply && reply.error().kind == tessera::error_kind::connection ? 0 : 1;
}
