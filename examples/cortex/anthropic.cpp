// Anthropic itself, by the client of the gateway.
// usage: ANTHROPIC_API_KEY=... example-cortex-anthropic [BASE_URL]
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include <tessera/anthropic/tool_runner.hpp>
#include <tessera/cortex.hpp>

namespace anthropic = tessera::anthropic;
namespace json = tessera::json;

struct city {
    std::string name;
    std::optional<std::int64_t> population{};
};
constexpr auto describe(json::type<city>) {
    return json::object<city>("City", json::field("name", &city::name),
                              json::field("population", &city::population, json::min(0)));
}

int main(int argc, char** argv) try {
    const char* key = std::getenv("ANTHROPIC_API_KEY");
    if (argc > 2 || !key) {
        std::cerr << "usage: ANTHROPIC_API_KEY=... " << argv[0] << " [BASE_URL]\n";
        return 2;
    }
    const char* url = argc == 2 ? argv[1] : "";
    // [anthropic]
    const auto client = tessera::cortex::client::at_anthropic({.api_key = key, .base_url = url});
    const anthropic::message_request request{
        .model = "claude-sonnet-4-5",
        .max_tokens = 1024,
        .messages = {anthropic::user("What is the capital of France?")}};
    for (const auto& event : client.messages.stream(request))
        std::cout << anthropic::text_of(event) << std::flush;
    // [/anthropic]
    std::cout << '\n';
    // [parse]
    const auto reply = client.messages.parse<city>(request);
    std::cout << reply.value.name << ", " << reply.usage.output_tokens << " tokens\n";
    // [/parse]
    anthropic::tool_runner runner(
        client.messages, request,
        {tessera::tool("find_capital", "The capital of a country.",
                       [](const city& country) { return "Paris is that of " + country.name; })});
    std::cout << runner.run().text() << '\n';
    for (const auto& model : client.anthropic_models.list().data)
        std::cout << model.display_name << '\n';
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
