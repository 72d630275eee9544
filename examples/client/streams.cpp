// A stream read in parts, with its errors as values, and left before its end.
// usage: CEREBRAS_API_KEY=... example-client-streams BASE_URL
#include <cstdlib>
#include <iostream>
#include <tessera/cerebras.hpp>

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    const tessera::cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("What is the capital of France?")}};

    // [parts]
    auto stream = client.chat.completions.stream(request);  // throws if the request is refused
    for (const auto& chunk : stream)
        if (!chunk.text().empty()) {
            std::cout << "it begins with \"" << chunk.text() << "\"\n";
            break;
        }
    for (const auto& chunk : stream) std::cout << chunk.text() << std::flush;  // the rest
    // [/parts]
    std::cout << '\n';

    // [next]
    auto opened = client.chat.completions.try_stream(request);
    if (!opened) return std::cerr << opened.error().message << '\n', 1;
    for (;;) {
        const auto chunk = opened->next();
        if (!chunk) {
            std::cerr << chunk.error().message << "; what came: " << chunk.error().body << '\n';
            return 1;
        }
        if (!*chunk) break;  // the end
        std::cout << (*chunk)->text() << std::flush;
    }
    // [/next]
    std::cout << " (request " << opened->info().request_id << ")\n";

    // [leave]
    auto unread = client.chat.completions.stream(request);
    unread.close();  // or let it go out of scope: the server stops generating
    // [/leave]
} catch (const tessera::incomplete_stream_error& cut) {
    std::cerr << cut.what() << "; what came: " << cut.error().body << '\n';
    return 1;
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
