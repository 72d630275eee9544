#include "tessera/json/strict_schema.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/sample.hpp"
#include "tessera/json.hpp"

namespace tessera {
namespace {

struct noted {
    std::string city{};
    sample::colour sky{};
    std::optional<std::int64_t> people{};
};
constexpr auto describe(json::type<noted>) {
    return json::object<noted>(
        "A city, noted", json::field("city", &noted::city, json::note("Without its country.")),
        json::field("sky", &noted::sky, json::note("At noon.")),
        json::field("people", &noted::people));
}

// Order of keywords means nothing.
using sorted = nlohmann::json;

TEST(strict_schema, requires_every_member_and_allows_no_others) {
    EXPECT_EQ(sorted(json::strict_schema<noted>()), sorted::parse(R"({
        "title": "A city, noted", "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Without its country."},
            "sky": {"anyOf": [{"$ref": "#/$defs/Colour"}], "description": "At noon."},
            "people": {"anyOf": [{"type": "integer"}, {"type": "null"}]}
        },
        "required": ["city", "sky", "people"], "additionalProperties": false,
        "$defs": {"Colour": {"type": "string", "enum": ["red", "green", "blue"]}}
    })"));
}

TEST(strict_schema, of_every_word_of_a_description) {
    const sorted schema = json::strict_schema<sample::everything>();
    EXPECT_EQ(schema["required"].size(), schema["properties"].size());
    const auto property = [&](const char* name) { return schema["properties"][name]; };
    EXPECT_EQ(property("flag"), sorted::parse(R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})"));
    EXPECT_EQ(property("anything"), sorted::object());
    EXPECT_EQ(property("maybe"), sorted::parse(R"({"anyOf":[{"type":"string"},{"type":"null"}]})"));
    EXPECT_EQ(property("absent_or_null")["anyOf"].size(), 2u);
    EXPECT_EQ(property("table"),
              sorted::parse(R"({"type":"object","additionalProperties":{"type":"number"}})"));
    EXPECT_EQ(property("shapes")["items"],
              sorted::parse(R"({"anyOf":[{"$ref":"#/$defs/Circle"},{"$ref":"#/$defs/Label"}]})"));
    EXPECT_EQ(property("tree"),
              sorted::parse(R"({"anyOf":[{"$ref":"#/$defs/Node"},{"type":"null"}]})"));
    for (const auto& [name, definition] : schema["$defs"].items())
        if (definition["type"] == "object") {
            EXPECT_EQ(definition["additionalProperties"], false) << name;
        }
}

// Every object of the document, by walking all of it as plain JSON.
TEST(strict_schema, says_nothing_that_strict_modes_refuse) {
    const json::value schema = json::strict_schema<sample::everything>();
    std::vector<const json::value*> left{&schema};
    while (!left.empty()) {
        const json::value& at = *left.back();
        left.pop_back();
        for (const char* keyword : {"$schema", "default", "deprecated", "discriminator", "oneOf"})
            EXPECT_FALSE(at.contains(keyword)) << at;
        if (at.is_object() && at.contains("$ref")) {
            const auto place = at["$ref"].get<std::string>().substr(1);
            EXPECT_TRUE(schema.contains(json::value::json_pointer(place))) << place;
            EXPECT_EQ(at.size(), 1u);
        }
        if (at.is_structured())
            for (const json::value& each : at) left.push_back(&each);
    }
}

TEST(schema_name, is_one_that_services_take) {
    EXPECT_EQ(json::schema_name("A city, noted"), "A_city__noted");
    EXPECT_EQ(json::schema_name(""), "answer");
    EXPECT_EQ(json::schema_name(std::string(80, 'a')).size(), 64u);
}

TEST(generated, null_stands_for_absence_and_rules_hold) {
    std::vector<json::issue> issues;
    const auto city = json::decode_text<noted>(R"({"city":"Oslo","sky":"blue","people":null})",
                                               json::mode::generated, issues);
    ASSERT_TRUE(city);
    EXPECT_FALSE(city->people);
    EXPECT_FALSE(json::decode_text<noted>(R"({"city":null,"sky":"blue","people":1})",
                                          json::mode::generated, issues));
    EXPECT_FALSE(json::decode_text<sample::label>(R"({"shape":"label","text":""})",
                                                  json::mode::generated, issues));
}

}  // namespace
}  // namespace tessera
