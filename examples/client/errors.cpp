// What goes wrong: by class, by kind, and in the API's own words.
// usage: CEREBRAS_API_KEY=... example-client-errors BASE_URL
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    namespace cerebras = tessera::cerebras;
    const cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    cerebras::chat_request request{.model = "no-such-model", .messages = {tessera::user("Hi.")}};

    // [exceptions]
    try {
        const auto reply = client.chat.completions.create(request);
        std::cout << reply.text() << '\n';
    } catch (const tessera::rate_limit_error& limited) {
        if (const auto pause = limited.error().retry_after)
            std::cerr << "ask again in " << pause->count() << " ms\n";
    } catch (const tessera::api_error& refused) {  // any other status that is not a success
        std::cerr << refused.status() << ' ' << refused.error().code << ": " << refused.what()
                  << ", request " << refused.error().request_id << '\n';
    } catch (const tessera::exception& failed) {  // no answer, or one of no use
        std::cerr << to_string(failed.kind()) << " after " << failed.error().attempts
                  << " attempts: " << failed.what() << '\n';
    }
    // [/exceptions]

    // [results]
    const auto reply = client.chat.completions.try_create(request);
    if (reply)
        std::cout << reply->text() << '\n';
    else if (reply.error().kind == tessera::error_kind::not_found)
        std::cerr << "no such model: " << reply.error().message << '\n';
    // [/results]

    // [body]
    request.temperature = 7;
    if (const auto invalid = client.chat.completions.try_create(request); !invalid)
        if (const auto body = tessera::body_as<cerebras::http_validation_error>(invalid.error()))
            for (const auto& issue : *body->detail) std::cerr << issue.msg << '\n';
    // [/body]
}
