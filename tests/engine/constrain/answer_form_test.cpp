#include "constrain/answer_form.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "constrain/schema_problem.hpp"
#include "engine/constrain/bundled_tokens.hpp"

namespace tessera::engine {
namespace {

using json = nlohmann::ordered_json;

answer_compiler& compiler() {
    static answer_compiler made(text(), {end_of_turn});
    return made;
}

mask mask_of(constraint& c) {
    mask words = empty_mask();
    c.allowed(words);
    return words;
}

// How much of a text a form reads, and whether it may end there.
struct reading {
    std::string read;
    bool ends = false;
    bool operator==(const reading&) const = default;
};

reading read(const answer_form& form, std::string_view given) {
    const auto c = compiler().compile(form)->begin();
    reading made;
    for (const auto id : text()->encode(given, false)) {
        const bool allowed = has(mask_of(*c), id);
        EXPECT_EQ(c->accept(id), allowed) << given << " at " << made.read;
        if (!allowed) return made;
        made.read += text()->token_bytes(id);
    }
    made.ends = has(mask_of(*c), end_of_turn);
    return made;
}

void expect_whole(const answer_form& form, const std::string& given) {
    EXPECT_EQ(read(form, given), (reading{given, true}));
}
void expect_refused(const answer_form& form, const std::string& given) {
    EXPECT_FALSE(read(form, given).ends) << given;
}

const json weather_parameters = {
    {"type", "object"},
    {"properties",
     {{"city", {{"type", "string"}}}, {"days", {{"type", "integer"}, {"maximum", 9}}}}},
    {"required", {"city"}},
    {"additionalProperties", false}};

TEST(answer_form, content_is_free_without_a_form) {
    expect_whole({}, "Hello! {[\" <tool_call>");
    expect_whole({}, "");
}

TEST(answer_form, content_follows_a_schema) {
    const answer_form form{.schema = weather_parameters};
    expect_whole(form, R"({"city": "Paris"})");
    expect_whole(form, "{ \"days\" : 3,\n \"city\":\"Z\\u00fcrich\"}");
    expect_refused(form, R"({"days": 3})");
    expect_refused(form, R"({"c\u0069ty": "Paris"})");
    expect_refused(form, R"({"city": "Paris", "days": 10})");
    expect_refused(form, R"({"city": "Paris", "city": "Rome"})");
    expect_refused(form, "Paris");
    EXPECT_EQ(read(form, R"({"city": "Paris"} and more)").read, R"({"city": "Paris"})");
}

TEST(answer_form, calls_follow_the_parameters_of_their_tool) {
    answer_form form{.tools = {{"get_weather", weather_parameters}, {"now", nullptr}},
                     .min_calls = 1,
                     .max_calls = -1};
    const std::string weather =
        R"(<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>)";
    const std::string now =
        R"(<tool_call>{"name": "now", "arguments": {"zone": [1, "x"]}}</tool_call>)";
    expect_whole(form, weather);
    expect_whole(form, weather + now);
    expect_whole(form,
                 "<tool_call>\n{\"name\":\"now\",\"arguments\":{}}\n</tool_call>\n" + weather);
    expect_refused(form, "");
    expect_refused(form, "I think " + weather);
    expect_refused(form, R"(<tool_call>{"name": "other", "arguments": {}}</tool_call>)");
    expect_refused(form, R"(<tool_call>{"name": "get_weather", "arguments": {}}</tool_call>)");
    expect_refused(form, R"(<tool_call>{"name": "now", "arguments": [1]}</tool_call>)");
    form.max_calls = 1;
    expect_whole(form, weather);
    expect_refused(form, weather + now);
}

TEST(answer_form, calls_may_be_the_models_own_choice) {
    const answer_form form{.tools = {{"now", nullptr}}, .max_calls = -1};
    const std::string now = R"(<tool_call>{"name": "now", "arguments": {}}</tool_call>)";
    expect_whole(form, "It is late.");
    expect_whole(form, "Let me see. " + now);
    expect_whole(form, now + now);
    expect_refused(form, "Let me see. <tool_call>now()</tool_call>");
    expect_refused(form, now + "and so on");
}

TEST(answer_form, what_may_not_be_called_is_not_written_either) {
    const answer_form form{.tools = {{"now", nullptr}}};
    expect_whole(form, "Let me see.");
    expect_whole(form, "a < b, <tool_ and </tool_call>");
    expect_refused(form, "<tool_call>");
    expect_refused(form, "Let me see. <tool_call>{");
    expect_refused(form, "<tool_<tool_call>");
    const answer_form thinking{.thinking = true, .tools = {{"now", nullptr}}};
    expect_whole(thinking, "<tool_call> is not for me.</think>Hello!");
    expect_refused(thinking, "Hm.</think><tool_call>");
}

TEST(answer_form, calls_or_content_of_a_schema) {
    const answer_form form{
        .tools = {{"now", nullptr}}, .max_calls = 1, .schema = {{{"type", "integer"}}}};
    expect_whole(form, "42");
    expect_whole(form, R"(<tool_call>{"name": "now", "arguments": {}}</tool_call>)");
    expect_refused(form, "forty-two");
}

TEST(answer_form, thoughts_come_first) {
    answer_form form{.thinking = true, .schema = {{{"type", "boolean"}}}};
    expect_whole(form, "Is it? It is.</think>true");
    expect_refused(form, "true");
    form.thinking = false;
    form.may_think = true;
    expect_whole(form, "<think>Is it?</think>true");
    expect_whole(form, "false");
    expect_refused(form, "Is it? <think>It is.</think>true");
}

TEST(answer_form, thoughts_are_closed_when_there_were_enough) {
    const answer_form form{.thinking = true, .most_thoughts = 3};
    const auto c = compiler().compile(form)->begin();
    const auto tokens = text()->encode("one two three four five", false);
    ASSERT_GT(tokens.size(), 3U);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(c->accept(tokens[static_cast<std::size_t>(i)]));
    std::string rest;
    for (int i = 0; i < 40 && !rest.ends_with("</think>"); ++i) {
        const auto mask = mask_of(*c);
        for (token_id id = 0; id < text()->vocab_size(); ++id)
            if (has(mask, id)) {
                ASSERT_TRUE(c->accept(id));
                rest += text()->token_bytes(id);
                break;
            }
    }
    EXPECT_EQ(rest, "</think>");
    EXPECT_TRUE(c->accept(text()->encode("Yes", false).front()));
}

// Where the model wants to end and the text cannot: what closes the innermost of what is open.
TEST(answer_form, leads_towards_the_end) {
    const auto c = compiler().compile({.schema = weather_parameters})->begin();
    const auto leads = [&](std::string_view given) {
        for (const auto id : text()->encode(given, false)) EXPECT_TRUE(c->accept(id)) << given;
        mask_of(*c);
        const auto token = c->towards_end();
        return token < 0 ? "" : std::string(text()->token_bytes(token));
    };
    EXPECT_EQ(leads(R"({"city": "Par)"), "\"");
    EXPECT_EQ(leads(R"(is")"), "}");
    EXPECT_EQ(leads(R"(, "days")"), ":");
    EXPECT_EQ(leads(": 3}"), "");
    EXPECT_TRUE(c->accept(end_of_turn));
}

TEST(answer_form, nothing_follows_the_end) {
    const auto c = compiler().compile({.schema = {{{"const", 1}}}})->begin();
    EXPECT_FALSE(c->accept(end_of_turn));
    ASSERT_TRUE(c->accept(text()->encode("1", false).front()));
    ASSERT_TRUE(c->accept(end_of_turn));
    EXPECT_FALSE(c->accept(end_of_turn));
}

TEST(answer_form, grammars_are_gbnf) {
    const answer_form form{.grammar = R"(
# A list of dated notes.
root  ::= "-" note ("\n-" note)*
note  ::= " " date ": " [^\n\x2d]{2,8} "."?
date  ::= [0-9]{4} "-" [0-1] [0-9]   # no day
)"};
    expect_whole(form, "- 1999-12: milk.");
    expect_whole(form, "- 1999-12: m\xc3\xbclk");
    expect_whole(form, "- 1999-12: milk.\n- 2000-01: eggs");
    expect_refused(form, "- 1999-22: milk.");
    expect_refused(form, "- 1999-12: m");
    expect_refused(form, "- 1999-12: a-b.");
    const std::string rule = R"g(root ::= "(" root ")" | "x"? [\u00e4-\u00ff\U0001F600]*)g";
    const answer_form nested{.grammar = rule};
    expect_whole(nested, "((x\xc3\xbc\xf0\x9f\x98\x80))");
    expect_whole(nested, "");
    expect_refused(nested, "((x)");
}

std::string refusal(const answer_form& form) {
    try {
        compiler().compile(form);
        return "none";
    } catch (const schema_refused& e) {
        return e.problem().pointer + " " + e.what();
    }
}

TEST(answer_form, what_cannot_be_enforced_is_refused_where_it_stands) {
    const auto expect = [](const answer_form& form, const std::string& pointer) {
        EXPECT_TRUE(refusal(form).starts_with(pointer + " ")) << refusal(form);
    };
    expect({.schema = {{{"properties", {{"a", {{"unevaluatedItems", false}}}}}}}},
           "/schema/properties/a/unevaluatedItems");
    expect({.schema = {{{"items", {{"pattern", "("}}}}}}, "/schema/items/pattern");
    expect({.schema = {{{"format", 1}}}}, "/schema/format");
    expect({.schema = {{{"type", "text"}}}}, "/schema/type");
    expect({.schema = {{{"minimum", "1"}}}}, "/schema/minimum");
    expect({.schema = {{{"$ref", "#/$defs/none"}}}}, "/schema/$ref");
    expect({.schema = {{{"$ref", "#"}}}}, "/schema/$ref");
    expect({.schema = {{{"allOf", {{{"type", "string"}}, {{"type", "null"}}}}}}}, "/schema");
    expect({.schema = {{{"not", {{"uniqueItems", true}}}}}}, "/schema/not");
    expect({.tools = {{"f", {{"type", "object"}, {"properties", {{"x", {{"$ref", "y"}}}}}}}},
            .max_calls = 1},
           "/tools/0/parameters/properties/x/$ref");
    expect({.tools = {{"f", {{"type", "string"}}}}, .max_calls = 1}, "/tools/0/parameters");
    expect({.grammar = "root ::= other"}, "/grammar");
    expect({.grammar = "root ::= root \"x\" | \"y\""}, "/grammar");
    expect({.grammar = "root ::= \"x\" root"}, "/grammar");
    expect({.grammar = "root ::= [a"}, "/grammar");
}

TEST(answer_form, hostile_schemas_are_refused_and_not_computed) {
    json deep = true;
    for (int i = 0; i < 100; ++i) deep = {{"items", deep}};
    EXPECT_EQ(refusal({.schema = deep}), "none");
    json alternatives = json::array();
    for (int i = 0; i < 12; ++i)
        alternatives.push_back(
            {{"anyOf",
              {{{"minLength", i}, {"maxLength", 90 - i}},
               {{"pattern", "^" + std::string(1, static_cast<char>('a' + i))}}}}});
    const auto many = refusal({.schema = {{{"type", "string"}, {"allOf", alternatives}}}});
    EXPECT_TRUE(many == "none" || many.starts_with("/schema")) << many;
    EXPECT_NE(refusal({.schema = {{{"multipleOf", 0.000012345}, {"type", "number"}}}}), "");
    EXPECT_NE(refusal({.schema = {{{"pattern", "((a{1,200}){1,200}){1,200}"}}}}), "none");
    EXPECT_NE(refusal({.grammar = "root ::= (((\"a\"{900}){900}){900}){900}"}), "");
}

}  // namespace
}  // namespace tessera::engine
