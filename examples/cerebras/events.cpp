// What a user interface shows of a stream: text, reasoning, and calls as they take shape.
// usage: CEREBRAS_API_KEY=... example-cerebras-events BASE_URL QUESTION
#include <cstdlib>
#include <iostream>
#include <string>
#include <variant>

#include <tessera/cerebras.hpp>
#include <tessera/cerebras/events.hpp>
#include <tessera/openai/toolbox.hpp>

namespace json = tessera::json;
namespace openai = tessera::openai;

struct place {
    std::string city;
};
constexpr auto describe(json::type<place>) {
    return json::object<place>("Place", json::field("city", &place::city));
}

struct show {
    void operator()(const openai::content_grown& text) const {
        std::cout << text.delta << std::flush;
    }
    void operator()(const openai::reasoning_grown& text) const { std::cerr << text.delta; }
    void operator()(const openai::tool_call_begun& call) const {
        std::cout << "\n" << call.name << " ...\n";
    }
    void operator()(const openai::tool_call_grown& call) const {
        std::cout << "  " << *call.arguments << '\n';
    }
    void operator()(const openai::tool_call_complete& call) const {
        std::cout << call.call.function.name << (call.arguments ? " is called\n" : " is no JSON\n");
    }
    void operator()(const openai::choice_finished& choice) const {
        std::cout << "\n(" << choice.reason << ")\n";
    }
};

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    const openai::toolbox tools{tessera::tool("get_weather", "The weather in a city.",
                                              [](const place&) { return "sunny"; })};
    tessera::cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user(argv[2])}, .tools = tools.definitions()};
    // [events]
    auto stream = tessera::cerebras::events(client.chat.completions.stream(request));
    for (const openai::chat_event& event : stream) std::visit(show(), event);
    std::cout << stream.response().usage.total() << " tokens\n";
    // [/events]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
