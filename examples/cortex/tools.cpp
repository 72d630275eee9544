// One function of this program, called by models in both dialects.
// usage: CORTEX_API_KEY=... example-cortex-tools BASE_URL QUESTION
#include <cstdlib>
#include <iostream>
#include <string>

#include <tessera/anthropic/tool_runner.hpp>
#include <tessera/cortex.hpp>
#include <tessera/openai/tool_runner.hpp>

namespace json = tessera::json;

struct weather_query {
    std::string city;
};
constexpr auto describe(json::type<weather_query>) {
    return json::object<weather_query>("WeatherQuery",
                                       json::field("city", &weather_query::city, json::length(1),
                                                   json::note("the city's name alone")));
}

int main(int argc, char** argv) try {
    const char* key = std::getenv("CORTEX_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CORTEX_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    const tessera::cortex::client client{{.api_key = key, .base_url = argv[1]}};
    // [tools]
    const auto weather =
        tessera::tool("get_weather", "The weather in a city, now.",
                      [](const weather_query& query) { return "sunny in " + query.city; });

    const tessera::openai::chat_request chat{.model = "gpt-4o",
                                             .messages = {tessera::user(argv[2])}};
    tessera::openai::tool_runner over_chat(client.chat.completions, chat, {weather});
    std::cout << over_chat.run().text() << '\n';

    const tessera::anthropic::message_request message{
        .model = "claude-3-5-sonnet-20241022",
        .max_tokens = 200,
        .messages = {tessera::anthropic::user(argv[2])}};
    tessera::anthropic::tool_runner over_messages(client.messages, message, {weather});
    std::cout << over_messages.run().text() << '\n';
    // [/tools]
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
