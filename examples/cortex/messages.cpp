// A conversation in Anthropic's dialect, streamed: every event, and the message that they add up to.
// usage: CORTEX_API_KEY=... example-cortex-messages BASE_URL QUESTION
#include <cstdlib>
#include <iostream>
#include <tessera/anthropic/accumulator.hpp>
#include <tessera/cortex.hpp>

namespace anthropic = tessera::anthropic;

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [stream]
    const anthropic::message_request request{.model = "claude-3-5-sonnet-20241022",
                                             .max_tokens = 100,
                                             .messages = {anthropic::user(argv[2])},
                                             .system = "Be brief."};
    anthropic::message_accumulator answer;
    for (const anthropic::stream_event& event : client.messages.stream(request)) {
        std::cout << anthropic::text_of(event) << std::flush;
        answer.add(event);
    }
    const anthropic::message whole = answer.message();
    std::cout << "\n" << whole.stop_reason->text() << ", " << whole.usage.total() << " tokens\n";
    // [/stream]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
