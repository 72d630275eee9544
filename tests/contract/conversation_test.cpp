// What the SDK builds on the chat API, against the bundled model.
#include "contract/bundled.hpp"

#include <algorithm>
#include <mutex>

#include "tessera/openai/tool_runner.hpp"

namespace tessera::contract {
namespace {

struct inhabitant {
    std::string name{};
    std::int64_t age = 0;
    std::optional<std::string> city{};
    friend bool operator==(const inhabitant&, const inhabitant&) = default;
};
constexpr auto describe(json::type<inhabitant>) {
    return json::object<inhabitant>("Inhabitant", json::field("name", &inhabitant::name),
                                    json::field("age", &inhabitant::age, json::range(0, 150)),
                                    json::field("city", &inhabitant::city));
}

struct place {
    std::string city{};
};
constexpr auto describe(json::type<place>) {
    return json::object<place>("Place", json::field("city", &place::city));
}

TEST(parse, reads_what_the_server_made_to_fit) {
    const auto& completions = bundled_chat::resource();
    const auto request =
        asking("Extract name, age and city as JSON: Alice is 30 years old and lives in Paris.");
    const auto reply = completions.parse<inhabitant>(request);
    EXPECT_EQ(reply.value, (inhabitant{"Alice", 30, "Paris"}));
    EXPECT_EQ(reply.info.status, 200);
    EXPECT_GT(reply.usage.completion_tokens.value(), 0);

    // Of a question that has no such answer, one that fits all the same.
    EXPECT_FALSE(completions.parse<inhabitant>(asking()).value.name.empty());

    auto cut = request;
    cut.max_completion_tokens = 4;
    const auto failed = completions.try_parse<inhabitant>(cut);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, error_kind::incomplete_answer);
}

TEST(tool_runner, tells_the_model_what_its_tools_answered) {
    std::mutex mutex;
    std::vector<std::string> asked;
    openai::tool_runner runner(
        bundled_chat::resource(), asking("What is the weather in Paris and in Rome?"),
        {tool("get_weather", "Get the weather in a city.", [&](const place& of) {
            const std::lock_guard lock(mutex);
            asked.push_back(of.city);
            return json::value{{"temperature", of.city == "Rome" ? 28 : 19}, {"sky", "sunny"}};
        })});
    const auto answer = runner.run();
    std::sort(asked.begin(), asked.end());
    EXPECT_EQ(asked, (std::vector<std::string>{"Paris", "Rome"}));
    EXPECT_EQ(answer.text(),
              "It is sunny in Paris with 19 degrees. It is sunny in Rome with 28 degrees.");
    EXPECT_EQ(runner.request().messages.size(), 5U);
}

}  // namespace
}  // namespace tessera::contract
