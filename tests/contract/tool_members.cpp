#include <gtest/gtest.h>

#include "contract/turn_members.hpp"
#include "support/validator/validate.hpp"

namespace tessera::contract {
namespace {

using openai::tool_choice_mode;

openai::tool tool_of(std::string name, const json::value& parameters = nullptr,
                     bool strict = false) {
    openai::tool made;
    made.function.name = std::move(name);
    made.function.description = "Get the weather in a city.";
    made.function.strict = strict;
    if (parameters.is_null()) return made;
    auto& members = made.function.parameters.emplace();
    for (const auto& [key, value] : parameters.items()) members[key] = value;
    return made;
}

const json::value city_only = {{"type", "object"},
                               {"properties", {{"city", {{"type", "string"}}}}},
                               {"required", {"city"}},
                               {"additionalProperties", false}};

cerebras::chat_request asking_for_weather() {
    auto made = asking("What is the weather in Paris?");
    made.tools = std::vector{tool_of("get_weather", city_only)};
    made.max_completion_tokens = 1500;
    return made;
}

openai::chosen_tool only_tool(std::string name) {
    openai::chosen_tool made;
    made.function.name = std::move(name);
    return made;
}

// Names and arguments of the calls of the first choice.
using calls = std::vector<std::pair<std::string, json::value>>;

calls calls_of(const cerebras::chat_response& answer) {
    calls made;
    const cerebras::chat_choice& choice = answer.choices.at(0);
    for (const openai::tool_call& each : choice.message.tool_calls.value()) {
        EXPECT_TRUE(each.id.starts_with("call_")) << each.id;
        const auto arguments = json::parse(each.function.arguments);
        EXPECT_TRUE(arguments && arguments->is_object()) << each.function.arguments;
        made.emplace_back(each.function.name, arguments ? *arguments : json::value());
    }
    return made;
}

// A model that draws its tokens may fill an answer with the zeros and blanks that JSON allows.
bool has_ended(const cerebras::chat_response& answer) {
    return answer.choices.at(0).finish_reason != cerebras::finish_reason::length;
}

calls calls_of(const cerebras::chat_request& asked) { return calls_of(ask<bundled_chat>(asked)); }

// Identifiers apart, the deltas of a stream make the calls of the answer.
void is_streamed_alike(const cerebras::chat_request& asked) {
    const auto whole = ask<bundled_chat>(asked);
    cerebras::chat_accumulator sum;
    std::set<std::int64_t> begun;
    std::size_t pieces = 0;
    for (const auto& chunk : stream<bundled_chat>(asked)) {
        sum.add(chunk);
        const auto& delta = chunk.choices.value().at(0).delta.value();
        if (!delta.tool_calls) continue;
        for (const openai::tool_call_delta& each : *delta.tool_calls) {
            ++pieces;
            const bool first = begun.insert(each.index.value()).second;
            EXPECT_EQ(each.id.has_value(), first);
            EXPECT_EQ(each.function.name.has_value(), first);
        }
    }
    EXPECT_GT(pieces, begun.size());
    auto made = sum.response();
    auto expected = whole;
    for (auto* each : {&made, static_cast<cerebras::chat_response*>(&expected)})
        for (openai::tool_call& call : *each->choices.at(0).message.tool_calls) call.id.clear();
    EXPECT_EQ(json::encode(made.choices), json::encode(expected.choices));
}

}  // namespace

void tools() {
    auto talk = asking_for_weather();
    const auto answer = ask<bundled_chat>(talk);
    EXPECT_EQ(calls_of(answer), (calls{{"get_weather", {{"city", "Paris"}}}}));
    const cerebras::chat_choice& choice = answer.choices.at(0);
    EXPECT_EQ(choice.finish_reason, cerebras::finish_reason::tool_calls);
    EXPECT_FALSE(choice.message.content);
    is_streamed_alike(talk);

    // The tool's result is part of the next turn, and the model speaks of it.
    openai::assistant_message called;
    called.tool_calls = choice.message.tool_calls;
    talk.messages.push_back(called);
    talk.messages.push_back(tool_result(choice.message.tool_calls->at(0).id,
                                        R"({"temperature": 21, "condition": "sunny"})"));
    const auto next = ask<bundled_chat>(talk);
    EXPECT_GT(next.usage.prompt_tokens, answer.usage.prompt_tokens);
    EXPECT_NE(next.text().find("21"), std::string_view::npos) << next.text();
    EXPECT_EQ(next.choices.at(0).finish_reason, cerebras::finish_reason::stop);

    // Strict arguments keep to their schema, whatever they are about; others are objects.
    const json::value odd = {{"type", "object"},
                             {"properties",
                              {{"level", {{"type", "integer"}, {"minimum", 7}, {"maximum", 7}}},
                               {"unit", {{"const", "K"}}}}},
                             {"required", {"level", "unit"}},
                             {"additionalProperties", false}};
    talk = asking_for_weather();
    talk.tool_choice = tool_choice_mode::required;
    talk.tools = std::vector{tool_of("get_weather", odd, true)};
    const calls exact = {{"get_weather", {{"level", 7}, {"unit", "K"}}}};
    EXPECT_EQ(calls_of(talk).front(), exact.front());
    talk.temperature = 1;
    talk.parallel_tool_calls = false;
    for (int seed = 0; seed < 5; ++seed) {
        talk.seed = seed;
        const auto drawn = ask<bundled_chat>(talk);
        if (has_ended(drawn)) {
            EXPECT_EQ(calls_of(drawn), exact);
        }
    }

    // With a schema of the content it is one or the other.
    talk = asking_for_weather();
    talk.response_format = openai::response_format_json_object();
    EXPECT_FALSE(calls_of(talk).empty());

    const auto wrong = [&](const std::vector<openai::tool>& offered) {
        talk.tools = offered;
        return issues<bundled_chat>(talk);
    };
    EXPECT_EQ(wrong({tool_of("a"), tool_of("a")}).count("body.tools.1.function.name"), 1U);
    for (const char* name : {"", "a b", "a.b", "\xc3\xa4"})
        EXPECT_EQ(wrong({tool_of(name)}).count("body.tools.0.function.name"), 1U) << name;
    EXPECT_EQ(wrong({tool_of(std::string(65, 'a'))}).size(), 1U);
    openai::tool other = tool_of("a");
    other.type = "code";
    EXPECT_EQ(wrong({other}).count("body.tools.0.type"), 1U);
    EXPECT_EQ(wrong(std::vector<openai::tool>(129, tool_of("a"))).count("body.tools"), 1U);
    const json::value impossible = {{"type", "object"},
                                    {"properties", {{"a", {{"pattern", "("}}}}}};
    talk.tool_choice = only_tool("b");
    EXPECT_EQ(wrong({tool_of("a"), tool_of("b", impossible, true)})
                  .count("body.tools.1.function.parameters"),
              1U);

    is_refused<chat>("tools", json::value::array({json::to_value(tool_of("f"))}));
    is_taken<chat>("tools", json::value::array());
}

void tool_choice() {
    auto talk = asking_for_weather();
    const std::int64_t with_tools = ask<bundled_chat>(talk).usage.prompt_tokens.value();
    talk.tool_choice = tool_choice_mode::none;
    const auto none = ask<bundled_chat>(talk);
    EXPECT_FALSE(none.choices.at(0).message.tool_calls);
    EXPECT_FALSE(none.text().empty());
    // What may not be called is not shown.
    EXPECT_LT(none.usage.prompt_tokens, with_tools);
    talk.tool_choice = tool_choice_mode::automatic;
    EXPECT_EQ(calls_of(talk).size(), 1U);
    // Nor does the model write it as text, however much it would like to.
    talk.tool_choice = tool_choice_mode::none;
    talk.logit_bias = openai::logit_bias{{std::to_string(bundled_token("<tool_call>")), 100}};
    EXPECT_EQ(ask<bundled_chat>(talk).text().find("<tool_call>"), std::string_view::npos);

    talk = asking("What is the capital of France?");
    talk.max_completion_tokens = 1500;
    talk.tools = std::vector{tool_of("get_weather", city_only, true), tool_of("look_up"),
                             tool_of("repeat", city_only, true)};
    talk.tool_choice = tool_choice_mode::required;
    EXPECT_FALSE(calls_of(talk).empty());
    is_streamed_alike(talk);
    talk.tool_choice = only_tool("repeat");
    const auto chosen = calls_of(talk);
    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(chosen[0].first, "repeat");
    EXPECT_TRUE(engine::validates(city_only, chosen[0].second)) << chosen[0].second;
    talk.tool_choice = only_tool("other");
    EXPECT_EQ(issues<bundled_chat>(talk).count("body.tool_choice.function.name"), 1U);

    // Thoughts come first.
    talk.tool_choice = only_tool("repeat");
    talk.reasoning_effort = cerebras::reasoning_effort::low;
    const auto thoughtful = ask<bundled_chat>(talk);
    EXPECT_EQ(calls_of(thoughtful).size(), 1U);
    EXPECT_FALSE(thoughtful.choices.at(0).message.reasoning.value().empty());

    is_taken<chat>("tool_choice", "none");
    is_taken<chat>("tool_choice", "auto");
    EXPECT_EQ(
        issues<chat>(plain<chat>(), with("tool_choice", "required")).count("body.tool_choice"), 1U);
}

// A model that never ends its turn calls on and on, or once.
void parallel_tool_calls() {
    auto talk = asking_for_weather();
    talk.tools = std::vector{tool_of("get_weather", city_only, true)};
    talk.tool_choice = tool_choice_mode::required;
    talk.max_completion_tokens = 200;
    talk.logit_bias = openai::logit_bias{{std::to_string(bundled_token("<|end|>")), -100}};
    const auto count = [&](std::optional<bool> parallel) {
        talk.parallel_tool_calls = parallel;
        return ask<bundled_chat>(talk).choices.at(0).message.tool_calls.value().size();
    };
    EXPECT_GT(count(true), 1U);
    EXPECT_GT(count({}), 1U);
    EXPECT_EQ(count(false), 1U);
    is_taken<chat>("parallel_tool_calls", true);
    EXPECT_EQ(issues<chat>(plain<chat>(), with("parallel_tool_calls", "yes"))
                  .count("body.parallel_tool_calls"),
              1U);
}

void response_format() {
    const json::value person = {
        {"type", "object"},
        {"properties",
         {{"name", {{"type", "string"}, {"maxLength", 20}}},
          {"age", {{"type", "integer"}, {"minimum", 0}, {"maximum", 150}}}}},
        {"required", {"name", "age"}},
        {"additionalProperties", false}};
    auto talk = asking("What is the capital of France?");
    talk.max_completion_tokens = 1500;
    talk.response_format = openai::response_format_json_object();
    const auto object = ask<bundled_chat>(talk);
    const auto parsed = json::parse(object.text());
    EXPECT_TRUE(parsed && parsed->is_object()) << object.text();

    const auto keep_to = [&](const json::value& schema, std::optional<bool> strict) {
        auto& format = talk.response_format.emplace(openai::response_format_json_schema());
        auto& made = std::get<openai::response_format_json_schema>(format).json_schema;
        made.name = "answer";
        made.strict = strict;
        auto& members = made.schema.emplace();
        for (const auto& [key, value] : schema.items()) members[key] = value;
    };
    const auto is_valid = [&](const json::value& schema) {
        const auto answer = ask<bundled_chat>(talk);
        const bool ended = has_ended(answer);
        EXPECT_TRUE(ended || talk.temperature != 0);
        const auto value = json::parse(answer.text());
        EXPECT_TRUE(!ended || (value && engine::validates(schema, *value))) << answer.text();
    };
    for (const auto strict : {std::optional<bool>(), {false}, {true}}) {
        keep_to(person, strict);
        for (const double temperature : {0.0, 1.0, 2.0}) {
            talk.temperature = temperature;
            is_valid(person);
        }
    }
    // Thoughts are free; the content keeps to the schema.
    talk.temperature = 0;
    talk.reasoning_effort = cerebras::reasoning_effort::low;
    is_valid(person);
    EXPECT_FALSE(message_of(talk).reasoning.value().empty());

    // A model that says random bytes keeps to it as well.
    keep_to({{"enum", {"red", "green"}}}, true);
    talk.reasoning_effort.reset();
    talk.temperature = 1;
    const auto colour = [&](const cerebras::chat_choice& of) {
        const auto value = json::parse(of.message.content.value());
        EXPECT_TRUE(value && (*value == "red" || *value == "green")) << *of.message.content;
        return of.message.content;
    };
    for (int seed = 0; seed < 10; ++seed) {
        talk.seed = seed;
        const auto whole = colour(ask<chat>(talk).choices.at(0));
        cerebras::chat_accumulator sum;
        for (const auto& chunk : stream<chat>(talk)) sum.add(chunk);
        EXPECT_EQ(colour(sum.response().choices.at(0)), whole);
    }

    keep_to({{"properties", {{"a", {{"pattern", "("}}}}}}, true);
    const auto refused = try_ask<chat>(talk);
    ASSERT_FALSE(refused);
    EXPECT_EQ(issues_of(refused.error()).count("body.response_format.json_schema.schema"), 1U);
    EXPECT_NE(refused.error().body.find("#/properties/a/pattern"), std::string::npos)
        << refused.error().body;
    is_taken<chat>("response_format", {{"type", "text"}});
}

}  // namespace tessera::contract
