#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace tessera::engine {

/// Makes schemas of all kinds that constrained decoding enforces: realistic ones, and every keyword
/// mixed at random to a depth of 4. The same seed makes the same schemas. Nearly all can be
/// satisfied: what is conjoined is made of parts that leave each other room.
class schema_generator {
  public:
    using json = nlohmann::ordered_json;

    explicit schema_generator(std::uint32_t seed) : random_(seed) {}

    json next() {
        if (below(6) == 0) return realistic();
        json schema = any(4);
        if (below(4) == 0) schema = referring(std::move(schema));
        return schema;
    }

    /// Schemas that need their parts' negations, and what must be counted or looked at.
    json combining() {
        switch (below(6)) {
            case 0:
                return {{"oneOf", json::array({object(1), object(1)})}};
            case 1:
                return {{"oneOf", json::array({array(1), array(1), any(0)})}};
            case 2:
                return {{"type", pick({"object", "array"})},
                        {"not", maybe() ? object(1) : array(1)}};
            case 3: {
                json schema{{"type", "array"}, {"items", any(1)}, {"contains", any(0)}};
                if (maybe()) schema["minContains"] = below(3);
                if (maybe()) schema["maxContains"] = 1 + below(2);
                if (maybe()) schema["maxItems"] = 2 + below(3);
                if (maybe()) schema["prefixItems"] = json::array({any(0)});
                return schema;
            }
            case 4: {
                json open = json{{"type", "object"}, {"properties", {{"size", any(0)}}}};
                return {{pick({"anyOf", "allOf"}), json::array({object(0), open})},
                        {"properties", {{"extra", any(0)}}},
                        {"unevaluatedProperties", pick<json>({json(false), json(true), number()})}};
            }
            default:
                return {{"if", object(0)}, {"then", object(1)}, {"else", object(0)}};
        }
    }

  private:
    std::size_t below(std::size_t n) { return random_() % n; }
    bool maybe() { return below(2) == 0; }
    template <class T>
    T pick(std::initializer_list<T> of) {
        return *(of.begin() + static_cast<std::ptrdiff_t>(below(of.size())));
    }

    json any(int depth) {
        switch (below(depth > 0 ? 18 : 9)) {
            case 0:
                return json{{"type", pick({"null", "boolean", "integer", "number", "string"})}};
            case 1:
                return json{
                    {"type", json::array({pick({"string", "boolean"}), pick({"null", "number"})})}};
            case 2:
                return chosen_values();
            case 3:
            case 4:
                return number();
            case 5:
            case 6:
            case 7:
                return text();
            case 8:
                return pick<json>({json(true), json::object(), json{{"const", nullptr}}});
            case 9:
            case 10:
                return array(depth - 1);
            case 11:
            case 12:
            case 13:
                return object(depth - 1);
            default:
                return combined(depth - 1);
        }
    }

    json chosen_values() {
        switch (below(4)) {
            case 0:
                return {{"enum", {"red", "green", "blue", "\u00e9t\u00e9", "a\"b\\c"}}};
            case 1:
                return {{"enum", {1, 2.5, -3, nullptr, true, "1"}}};
            case 2:
                return {{"const", json{{"kind", "fixed"}, {"of", json::array({1, "x", false})}}}};
            default:
                return {{"type", "integer"}, {"enum", {1, 10, 100, "never", 2.5}}};
        }
    }

    json number() {
        const int low = static_cast<int>(below(200)) - 100;
        const int width = static_cast<int>(below(150)) + 10;
        json schema{{"type", pick({"integer", "number"})}};
        if (maybe()) schema[pick({"minimum", "exclusiveMinimum"})] = low;
        if (maybe()) schema[pick({"maximum", "exclusiveMaximum"})] = low + width;
        if (below(4) == 0) {
            if (schema["type"] == "integer")
                schema["multipleOf"] = pick({2, 3, 5, 7});
            else
                schema["multipleOf"] = pick({0.01, 0.5, 0.1, 2.0});
        }
        return schema;
    }

    json text() {
        json schema{{"type", "string"}};
        switch (below(4)) {
            case 0:
                schema["minLength"] = below(4);
                if (maybe()) schema["maxLength"] = 4 + below(20);
                break;
            case 1:
                schema["pattern"] = pick(
                    {"^[a-z]{1,12}$", "^[A-Z]{2}-\\d{3,6}$", "^(?!admin$)[a-z0-9_]{3,16}$",
                     "^\\+?[0-9 ]{5,15}$", "\\d", "^(north|south|east|west)$", "^#[0-9a-fA-F]{6}$",
                     "^\\p{Lu}\\p{Ll}+$", "^[^\\s@]+@[^\\s@]+$", "^(?=.*[a-z])(?=.*\\d).{4,8}$"});
                break;
            case 2:
                schema["format"] = pick({"date", "time", "date-time", "email", "uuid", "ipv4",
                                         "ipv6", "uri", "hostname"});
                break;
            default:
                schema["pattern"] = "^[a-z ]*$";
                schema["minLength"] = 1 + below(3);
                schema["maxLength"] = 6 + below(20);
        }
        return schema;
    }

    json array(int depth) {
        json schema{{"type", "array"}};
        switch (below(4)) {
            case 0:
                schema["items"] = any(depth);
                break;
            case 1:
                schema["prefixItems"] = json::array({any(depth), any(depth)});
                schema["items"] = pick<json>({json(false), number(), json(true)});
                if (maybe()) schema["minItems"] = 2;
                return schema;
            case 2:
                schema["items"] = {{"enum", {"a", "b", "c", "d", "e"}}};
                schema["uniqueItems"] = true;
                break;
            default:
                schema["items"] = {{"type", {"integer", "string"}}};
        }
        if (maybe()) schema["minItems"] = below(3);
        if (maybe()) schema["maxItems"] = 3 + below(2);
        return schema;
    }

    json object(int depth) {
        static const std::vector<std::string> names = {"id",  "name",   "size", "at", "tags",
                                                       "a b", "\u00fc", "n/m",  "on", "next"};
        json schema{{"type", "object"}};
        json properties = json::object();
        json required = json::array();
        const std::size_t first = below(names.size());
        const std::size_t count = 1 + below(5);
        for (std::size_t i = 0; i < count; ++i) {
            const std::string& name = names[(first + i) % names.size()];
            properties[name] = any(depth);
            if (maybe()) required.push_back(name);
        }
        const std::string begin = properties.begin().key();
        schema["properties"] = std::move(properties);
        if (!required.empty()) schema["required"] = std::move(required);
        switch (below(7)) {
            case 0:
            case 1:
            case 2:
                schema["additionalProperties"] = false;
                break;
            case 3:
                schema["additionalProperties"] = any(0);
                break;
            case 4:
                schema["patternProperties"] = {{"^x-[a-z]{1,4}$", any(0)}};
                schema["additionalProperties"] = false;
                break;
            case 5:
                schema["propertyNames"] = {{"maxLength", 6}};
                schema["maxProperties"] = count + 1;
                break;
            default:
                schema["additionalProperties"] = false;
                schema["dependentRequired"] = {
                    {begin, json::array({names[(first + count - 1) % names.size()]})}};
        }
        return schema;
    }

    json combined(int depth) {
        switch (below(6)) {
            case 0:
                return {{"anyOf", json::array({any(depth), any(depth)})}};
            case 1:  // no value is of two of these
                return {{"oneOf", json::array({text(), number(), json{{"type", "null"}}})}};
            case 2:
                return {{"allOf", json::array({json{{"type", "integer"}, {"minimum", 0}},
                                               json{{"maximum", 500}},
                                               json{{"multipleOf", pick({1, 2, 5})}}})}};
            case 3:
                return {{"type", "string"}, {"not", {{"enum", {"", "none", "null"}}}}};
            case 4:
                return {{"type", "object"},
                        {"properties",
                         {{"kind", {{"enum", {"circle", "square"}}}},
                          {"radius", number()},
                          {"side", number()}}},
                        {"required", {"kind"}},
                        {"additionalProperties", false},
                        {"if", {{"properties", {{"kind", {{"const", "circle"}}}}}}},
                        {"then", {{"required", {"radius"}}}},
                        {"else", {{"required", {"side"}}}}};
            default:  // a tagged union
                return {{"oneOf", json::array({tagged("text", text()), tagged("number", number()),
                                               tagged("list", array(depth > 0 ? depth - 1 : 0))})}};
        }
    }

    json tagged(const char* tag, json content) {
        return closed({{"type", json{{"const", tag}}}, {"value", std::move(content)}});
    }

    // An object of exactly these members.
    static json closed(std::vector<std::pair<std::string, json>> members) {
        json properties = json::object();
        json required = json::array();
        for (auto& [name, schema] : members) {
            required.push_back(name);
            properties[name] = std::move(schema);
        }
        return {{"type", "object"},
                {"properties", std::move(properties)},
                {"required", std::move(required)},
                {"additionalProperties", false}};
    }

    // The same schema behind a reference, and a tree of its values.
    json referring(json schema) {
        json tree = closed(
            {{"value", json{{"$ref", "#/$defs/the~1value"}}},
             {"children",
              json{{"type", "array"}, {"items", {{"$ref", "#/$defs/tree"}}}, {"maxItems", 2}}}});
        return {{"$defs", {{"the/value", std::move(schema)}, {"tree", std::move(tree)}}},
                {"$ref", pick({"#/$defs/tree", "#/$defs/the~1value"})}};
    }

    json realistic() {
        switch (below(5)) {
            case 0:  // a tool that tells the weather
                return {{"type", "object"},
                        {"properties",
                         {{"location", {{"type", "string"}, {"minLength", 1}}},
                          {"unit", {{"type", "string"}, {"enum", {"celsius", "fahrenheit"}}}},
                          {"days", {{"type", "integer"}, {"minimum", 1}, {"maximum", 14}}}}},
                        {"required", {"location"}},
                        {"additionalProperties", false}};
            case 1:  // a person
                return closed(
                    {{"name", json{{"type", "string"}, {"minLength", 1}, {"maxLength", 40}}},
                     {"age", json{{"type", "integer"}, {"minimum", 0}, {"maximum", 150}}},
                     {"email", json{{"type", {"string", "null"}}, {"format", "email"}}},
                     {"born", json{{"type", "string"}, {"format", "date"}}},
                     {"address", closed({{"street", json{{"type", "string"}}},
                                         {"zip", json{{"type", "string"},
                                                      {"pattern", "^\\d{5}(-\\d{4})?$"}}}})}});
            case 2: {  // an order of 30 fields
                std::vector<std::pair<std::string, json>> fields;
                for (int i = 0; i < 30; ++i) {
                    json field = i % 5 == 0   ? json{{"type", "string"}, {"format", "date-time"}}
                                 : i % 5 == 1 ? json{{"type", "number"},
                                                     {"minimum", 0},
                                                     {"maximum", 10000},
                                                     {"multipleOf", 0.01}}
                                 : i % 5 == 2 ? json{{"type", {"integer", "null"}}}
                                 : i % 5 == 3 ? json{{"enum", {"open", "paid", "sent", "done"}}}
                                              : json{{"type", "boolean"}};
                    fields.emplace_back("field_" + std::to_string(i), std::move(field));
                }
                return closed(std::move(fields));
            }
            case 3:  // a list that is a tree
                return {
                    {"$defs",
                     {{"node", closed({{"label", json{{"type", "string"}, {"maxLength", 8}}},
                                       {"next", json{{"anyOf", json::array({
                                                                   json{{"$ref", "#/$defs/node"}},
                                                                   json{{"type", "null"}},
                                                               })}}}})}}},
                    {"$ref", "#/$defs/node"}};
            default:  // a table
                return closed(
                    {{"rows",
                      json{{"type", "array"},
                           {"items", closed({{"id", json{{"type", "string"}, {"format", "uuid"}}},
                                             {"price", json{{"type", "number"},
                                                            {"exclusiveMinimum", 0},
                                                            {"maximum", 999.99},
                                                            {"multipleOf", 0.01}}}})},
                           {"minItems", 1},
                           {"maxItems", 3}}},
                     {"total", json{{"type", "integer"}, {"minimum", 0}}}});
        }
    }

    std::mt19937 random_;
};

}  // namespace tessera::engine
