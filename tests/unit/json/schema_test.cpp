#include "tessera/json/schema.hpp"

#include <gtest/gtest.h>

#include "support/sample.hpp"

namespace {

namespace json = tessera::json;

// The order of keywords means nothing: both sides are compared with their members sorted.
using sorted = nlohmann::json;
sorted operator""_json(const char* text, std::size_t size) {
    return sorted::parse(text, text + size);
}

TEST(schema, says_what_the_description_says) {
    const json::value schema = json::schema<sample::everything>();
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema["title"], "Everything");
    EXPECT_EQ(schema["type"], "object");
    EXPECT_EQ(schema["additionalProperties"], false);
    const sorted expected = R"({
        "flag": {"type": "boolean", "default": true},
        "small": {"type": "integer"},
        "large": {"type": "integer"},
        "ratio": {"type": "number", "minimum": -2, "maximum": 2},
        "single": {"type": "number"},
        "text": {"type": "string"},
        "anything": {},
        "closed_colour": {"$ref": "#/$defs/Colour", "default": "green"},
        "open_colour": {"$ref": "#/$defs/Colour"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": "some",
                  "deprecated": true},
        "bounded": {"type": "integer", "minimum": 1, "maximum": 10},
        "null_or_text": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "absent_or_null": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "required_or_null": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "list": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
        "table": {"type": "object", "additionalProperties": {"type": "number"}},
        "text_or_numbers": {"anyOf": [{"type": "string"},
            {"type": "array", "items": {"type": "integer"}, "maxItems": 2}]},
        "shapes": {"type": "array", "items": {
            "oneOf": [{"$ref": "#/$defs/Circle"}, {"$ref": "#/$defs/Label"}],
            "discriminator": {"propertyName": "shape",
                "mapping": {"circle": "#/$defs/Circle", "label": "#/$defs/Label"}}}},
        "tree": {"$ref": "#/$defs/Node"},
        "kind": {"type": "string", "const": "thing"},
        "decimal": {"type": "string", "pattern": "^[0-9]+$"},
        "nothing": {"type": "null"}
    })"_json;
    for (const auto& [name, property] : expected.items())
        EXPECT_EQ(sorted(schema["properties"][name]), property) << name;
    EXPECT_EQ(schema["properties"].size(), expected.size());
    EXPECT_EQ(sorted(schema["required"]),
              R"(["small","large","ratio","single","text","anything","open_colour","null_or_text",
                  "required_or_null","list","table","text_or_numbers","shapes","kind","decimal",
                  "nothing"])"_json);
    EXPECT_EQ(sorted(schema["$defs"]), R"({
        "Colour": {"type": "string", "enum": ["red", "green", "blue"]},
        "Circle": {"title": "Circle", "type": "object", "required": ["shape", "radius"],
            "properties": {"shape": {"type": "string", "const": "circle"},
                           "radius": {"type": "number", "exclusiveMinimum": 0}}},
        "Label": {"title": "Label", "type": "object", "required": ["shape", "text"],
            "additionalProperties": true,
            "properties": {"shape": {"type": "string", "const": "label"},
                           "text": {"type": "string", "minLength": 1, "maxLength": 5}}},
        "Node": {"title": "Node", "type": "object", "required": ["name", "children"],
            "properties": {"name": {"type": "string"},
                           "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}
    })"_json);
}

TEST(schema, of_a_type_that_contains_itself) {
    const json::value schema = json::schema<sample::node>();
    EXPECT_EQ(schema["properties"]["children"]["items"]["$ref"], "#/$defs/Node");
    EXPECT_TRUE(schema["$defs"].contains("Node"));
}

TEST(schema, collects_definitions_for_another_document) {
    json::value components;
    EXPECT_EQ(
        json::add_schema<sample::shape>(components, "#/components/schemas/")["oneOf"][0]["$ref"],
        "#/components/schemas/Circle");
    EXPECT_EQ(json::add_schema<sample::node>(components, "#/components/schemas/"),
              (json::value{{"$ref", "#/components/schemas/Node"}}));
    EXPECT_EQ(components.size(), 3u);
}

TEST(schema, does_not_speak_of_what_is_unknown) {
    EXPECT_EQ(json::schema<sample::open_shape>(), json::schema<sample::shape>());
    using either = std::variant<std::string, bool>;
    using open = std::variant<std::string, bool, json::unknown>;
    EXPECT_EQ(json::schema<open>(), json::schema<either>());
}

TEST(schema, null_joins_the_alternatives_it_stands_beside) {
    using either = json::nullable<std::variant<std::string, bool>>;
    EXPECT_EQ(json::schema<either>()["anyOf"].size(), 3u);
    EXPECT_EQ(json::schema<json::nullable<sample::shape>>()["anyOf"].size(), 2u);
}

}  // namespace
