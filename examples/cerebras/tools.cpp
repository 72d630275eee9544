// A conversation in which the model calls functions of this program.
// usage: CEREBRAS_API_KEY=... example-cerebras-tools BASE_URL QUESTION
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

#include <tessera/cerebras.hpp>
#include <tessera/openai/tool_runner.hpp>

namespace json = tessera::json;
using namespace std::chrono_literals;

struct weather_query {
    std::string city;
};
constexpr auto describe(json::type<weather_query>) {
    return json::object<weather_query>("WeatherQuery",
                                       json::field("city", &weather_query::city, json::length(1),
                                                   json::note("the city's name alone")));
}

struct weather {
    std::string sky;
    double celsius;
};
constexpr auto describe(json::type<weather>) {
    return json::object<weather>("Weather", json::field("sky", &weather::sky),
                                 json::field("celsius", &weather::celsius));
}

weather look_outside(const weather_query& query) {
    if (query.city == "Atlantis") throw std::runtime_error("Atlantis is under water");
    return {.sky = "clear", .celsius = 15.0 + static_cast<double>(query.city.size())};
}

int main(int argc, char** argv) try {
    const char* key = std::getenv("CEREBRAS_API_KEY");
    if (argc != 3 || !key) {
        std::cerr << "usage: CEREBRAS_API_KEY=... " << argv[0] << " BASE_URL QUESTION\n";
        return 2;
    }
    tessera::cerebras::client client{{.api_key = key, .base_url = argv[1]}};
    const tessera::cerebras::chat_request request{.model = "llama3.1-8b",
                                                  .messages = {tessera::user(argv[2])}};
    // [tools]
    tessera::openai::tool_runner runner(
        client.chat.completions, request,
        {tessera::tool("get_weather", "The weather in a city, now.", look_outside),
         tessera::tool("get_time", "Seconds since 1970.",
                       [] { return std::chrono::system_clock::now().time_since_epoch() / 1s; })},
        {.max_rounds = 5});
    std::cout << runner.run().text() << '\n';
    // [/tools]
    std::cout << runner.request().messages.size() << " messages\n";
} catch (const tessera::tool_limit_error& endless) {
    std::cerr << endless.what() << ": " << endless.error().body << '\n';
    return 1;
} catch (const tessera::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
