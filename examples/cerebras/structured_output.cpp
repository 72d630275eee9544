// An answer as a struct: whole, and while it is being written.
// usage: CEREBRAS_API_KEY=... example-cerebras-structured-output BASE_URL
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <tessera/cerebras.hpp>
#include <tessera/cerebras/events.hpp>

namespace json = tessera::json;

// [struct]
struct country {
    std::string name;
    std::string capital;
    std::optional<std::int64_t> population{};
    std::vector<std::string> languages;
};

constexpr auto describe(json::type<country>) {
    return json::object<country>("Country", json::field("name", &country::name),
                                 json::field("capital", &country::capital),
                                 json::field("population", &country::population, json::min(0),
                                             json::note("null if you are not sure")),
                                 json::field("languages", &country::languages, json::items(1, 5)));
}
// [/struct]

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 2 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL\n";
        return 2;
    }
    tessera::cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::cerebras::chat_request request{
        .model = "llama3.1-8b", .messages = {tessera::user("Tell me about France.")}};

    // [parse]
    const auto reply = client.chat.completions.parse<country>(request);
    std::cout << reply.value.capital << " is the capital of " << reply.value.name << " ("
              << reply.usage.completion_tokens.value_or(0) << " tokens)\n";
    // [/parse]

    // [partial]
    auto stream = tessera::cerebras::events(
        client.chat.completions.stream(tessera::openai::answering_with<country>(request)));
    json::partial_reader so_far;
    for (const auto& event : stream)
        if (const auto* content = std::get_if<tessera::openai::content_grown>(&event)) {
            so_far.feed(content->delta).value();
            std::cout << so_far.so_far() << '\n';
        }
    const country whole = tessera::openai::parse_answer<country>(stream.response()).value();
    // [/partial]
    std::cout << whole.languages.size() << " languages\n";
} catch (const tessera::incomplete_answer_error& cut_off) {
    std::cerr << cut_off.what() << "; what came: " << cut_off.error().body << '\n';
    return 1;
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
