#include "support/validator/validate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "constrain/uri_reference.hpp"
#include "core/error.hpp"
#include "engine/constrain/schema_generator.hpp"
#include "support/validator/exact_number.hpp"

namespace tessera::engine {
namespace {

using nlohmann::ordered_json;

ordered_json parsed(const std::string& text) { return ordered_json::parse(text); }

// Schemas with a keyword beyond the suite's twenty may be refused.
bool holds_any_key(const ordered_json& value, const std::vector<std::string>& keys) {
    if (value.is_object()) {
        for (const auto& [name, member] : value.items()) {
            if (std::ranges::find(keys, name) != keys.end() || holds_any_key(member, keys))
                return true;
        }
    } else if (value.is_array()) {
        for (const auto& item : value) {
            if (holds_any_key(item, keys)) return true;
        }
    }
    return false;
}

TEST(validate, agrees_with_the_public_suite) {
    const std::filesystem::path folder =
        std::filesystem::path(TESSERA_VECTORS) / "json-schema-test-suite" / "draft2020-12";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not here";
    int plain = 0;
    int further = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path());
        for (const auto& group : ordered_json::parse(in)) {
            const auto& schema = group.at("schema");
            const bool may_refuse =
                holds_any_key(schema, {"$id", "$anchor", "patternProperties", "propertyNames",
                                       "dependentSchemas", "multipleOf", "unevaluatedProperties",
                                       "not", "if", "then", "else"}) ||
                schema.dump().find("\"$ref\":\"https://json-schema.org") != std::string::npos;
            for (const auto& test : group.at("tests")) {
                const std::string what = file.path().filename().string() + ": " +
                                         group.at("description").get<std::string>() + ": " +
                                         test.at("description").get<std::string>();
                try {
                    EXPECT_EQ(validates(schema, test.at("data")), test.at("valid")) << what;
                    (may_refuse ? further : plain) += 1;
                } catch (const schema_refused& e) {
                    EXPECT_TRUE(may_refuse) << what << ": " << e.what();
                }
            }
        }
    }
    EXPECT_EQ(plain, 427);
    // All but $ref to the meta-schema (4 in two files) and unevaluatedProperties (2).
    EXPECT_GE(further, 70);
}

struct judged_values {
    const char* schema;
    std::vector<const char*> right;
    std::vector<const char*> wrong;
};

TEST(validate, knows_each_keyword) {
    const judged_values samples[] = {
        {R"(true)", {"1", "null"}, {}},
        {R"(false)", {}, {"1", "null"}},
        {R"({"type":"integer"})", {"1", "1.0", "-2e2", "1e300"}, {"1.5", "\"1\"", "true"}},
        {R"({"type":["null","string"]})", {"null", "\"\""}, {"0", "{}"}},
        {R"({"enum":[1,"a",{"b":[1,2.0]},null]})",
         {"1.0", "\"a\"", R"({"b":[1e0,2]})", "null"},
         {"true", "\"1\"", R"({"b":[2,1]})", "{}"}},
        {R"({"const":{"a":1,"b":false}})", {R"({"b":false,"a":1})"}, {R"({"a":1,"b":0})"}},
        {R"({"const":9007199254740993})", {"9007199254740993"}, {"9007199254740992"}},
        {R"({"minimum":0.1,"exclusiveMaximum":0.3})",
         {"0.1", "0.29999999", "\"x\""},
         {"0.3", "0.09", "-1", "3e-1"}},
        {R"({"exclusiveMinimum":-1,"maximum":1e3})", {"0", "1000"}, {"-1", "1000.1", "-1.0"}},
        {R"({"minimum":18446744073709551615})", {"18446744073709551615"}, {"18446744073709551614"}},
        {R"({"multipleOf":0.1})", {"0.3", "1", "0", "-0.7", "1e5"}, {"0.35", "0.01", "1e-5"}},
        {R"({"multipleOf":0.01})", {"19.99", "4.35", "1.1"}, {"19.995", "0.001"}},
        {R"({"multipleOf":1.5e-8})", {"3e-8", "1.5", "0.00000045"}, {"2e-8", "1e-8"}},
        {R"({"multipleOf":3})", {"9", "-3.0", "3e20", "300000000000000000000"}, {"1", "1e20"}},
        {R"({"multipleOf":250})", {"1000", "1e3", "250"}, {"100", "1e2"}},
        {R"({"minLength":2,"maxLength":3})",
         {"\"ab\"", "\"\\ud83d\\ude00\\u00e9\"", "5"},
         {"\"a\"", "\"abcd\"", "\"\\ud83d\\ude00\""}},
        {R"({"pattern":"^a.c$"})", {"\"abc\"", "1"}, {"\"a\"", "\"abcd\""}},
        {R"({"format":"date"})", {"\"2024-02-29\"", "3"}, {"\"2023-02-29\""}},
        {R"({"minItems":1,"maxItems":2.0})", {"[1]", "[1,2]", "\"\""}, {"[]", "[1,2,3]"}},
        {R"({"uniqueItems":true})",
         {"[1,2,\"1\",true]", "[[1],[2]]", "[]"},
         {"[1,1.0]", R"([{"a":1,"b":2},{"b":2,"a":1.0}])"}},
        {R"({"uniqueItems":false})", {"[1,1]"}, {}},
        {R"({"items":{"type":"integer"},"prefixItems":[{"type":"string"}]})",
         {"[]", "[\"a\"]", "[\"a\",1,2]"},
         {"[1]", "[\"a\",\"b\"]"}},
        {R"({"contains":{"type":"integer"}})", {"[\"a\",1]", "{}"}, {"[]", "[\"a\"]"}},
        {R"({"contains":{"const":1},"minContains":2,"maxContains":3})",
         {"[1,1]", "[1,2,1,1]"},
         {"[1]", "[1,1,1,1]"}},
        {R"({"contains":{"const":1},"minContains":0})", {"[]", "[2]"}, {}},
        {R"({"minContains":2})", {"[]"}, {}},
        {R"({"properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})",
         {R"({"a":"x"})", "[]"},
         {"{}", R"({"a":1})", R"({"a":"x","b":1})"}},
        {R"({"properties":{"a":true},"patternProperties":{"^x-":{"type":"integer"},"z$":false},
             "additionalProperties":{"type":"null"}})",
         {R"({"a":1,"x-b":2,"c":null})"},
         {R"({"x-b":"2"})", R"({"c":1})", R"({"x-z":1})"}},
        {R"({"propertyNames":{"pattern":"^[a-z]+$","maxLength":3}})",
         {R"({"abc":1})", "{}"},
         {R"({"A":1})", R"({"abcd":1})"}},
        {R"({"minProperties":1,"maxProperties":2})",
         {R"({"a":1})"},
         {"{}", R"({"a":1,"b":1,"c":1})"}},
        {R"({"dependentRequired":{"a":["b","c"]}})",
         {"{}", R"({"b":1})", R"({"a":1,"b":1,"c":1})"},
         {R"({"a":1,"b":1})"}},
        {R"({"dependentSchemas":{"a":{"required":["b"]}}})",
         {"{}", R"({"a":1,"b":1})"},
         {R"({"a":1})"}},
        {R"({"allOf":[{"minimum":1},{"maximum":3}]})", {"2"}, {"0", "4"}},
        {R"({"anyOf":[{"type":"string"},{"minimum":3}]})", {"\"a\"", "3", "null"}, {"2"}},
        {R"({"oneOf":[{"multipleOf":2},{"multipleOf":3}]})", {"2", "9"}, {"6", "5"}},
        {R"({"not":{"type":"string"}})", {"1"}, {"\"\""}},
        {R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"required":["a"]},
             "else":{"required":["b"]}})",
         {R"({"k":1,"a":0})", R"({"b":0})"},
         {R"({"k":1,"b":0})", R"({"k":2})"}},
        {R"({"if":{"type":"string"},"then":{"minLength":1}})", {"\"a\"", "1"}, {"\"\""}},
        {R"({"then":false,"else":false})", {"1"}, {}},
        {R"({"$defs":{"t":{"properties":{"l":{"$ref":"#/$defs/t"}},"additionalProperties":false}},
             "$ref":"#/$defs/t"})",
         {R"({"l":{"l":{}}})"},
         {R"({"l":{"l":{"x":1}}})"}},
        {R"({"definitions":{"a":{"$anchor":"here","type":"null"}},"$ref":"#here"})",
         {"null"},
         {"1"}},
        {R"({"title":"t","description":"d","default":1,"examples":[1],"$comment":"c",
             "deprecated":true,"readOnly":true,"writeOnly":false,
             "$schema":"https://json-schema.org/draft/2020-12/schema"})",
         {"1"},
         {}},
        {R"({"enum":[{"$id":"x","$ref":"#/nothing"}]})",
         {R"({"$ref":"#/nothing","$id":"x"})"},
         {"1"}},
    };
    for (const judged_values& each : samples) {
        const schema_validator validator(parsed(each.schema));
        for (const char* text : each.right)
            EXPECT_TRUE(validator.accepts(parsed(text))) << each.schema << " on " << text;
        for (const char* text : each.wrong)
            EXPECT_FALSE(validator.accepts(parsed(text))) << each.schema << " on " << text;
    }
}

TEST(validate, refuses_what_it_cannot_enforce) {
    const struct {
        const char* schema;
        const char* pointer;
        const char* keyword;
    } samples[] = {
        {R"({"properties":{"a/b":{"unevaluatedItems":false}}})",
         "/properties/a~1b/unevaluatedItems", "unevaluatedItems"},
        {R"({"unevaluatedProperties":1})", "/unevaluatedProperties", "unevaluatedProperties"},
        {R"({"$dynamicRef":"#a"})", "/$dynamicRef", "$dynamicRef"},
        {R"({"type":"string","nullable":1})", "/nullable", "nullable"},
        {R"({"prefixItems":[],"items":[{}]})", "/items", "items"},
        {R"({"format":1})", "/format", "format"},
        {R"({"pattern":"a("})", "/pattern", "pattern"},
        {R"({"patternProperties":{"\\1":{}}})", "/patternProperties", "patternProperties"},
        {R"({"type":"text"})", "/type", "type"},
        {R"({"type":[]})", "/type", "type"},
        {R"({"minLength":-1})", "/minLength", "minLength"},
        {R"({"minLength":"1"})", "/minLength", "minLength"},
        {R"({"maxItems":1.5})", "/maxItems", "maxItems"},
        {R"({"multipleOf":0})", "/multipleOf", "multipleOf"},
        {R"({"required":"a"})", "/required", "required"},
        {R"({"required":[1]})", "/required", "required"},
        {R"({"enum":1})", "/enum", "enum"},
        {R"({"anyOf":[]})", "/anyOf", "anyOf"},
        {R"({"anyOf":{}})", "/anyOf", "anyOf"},
        {R"({"properties":[]})", "/properties", "properties"},
        {R"({"allOf":[true,3]})", "/allOf/1", "1"},
        {R"({"uniqueItems":1})", "/uniqueItems", "uniqueItems"},
        {R"({"minContains":-1})", "/minContains", "minContains"},
        {R"({"dependentRequired":{"a":"b"}})", "/dependentRequired", "dependentRequired"},
        {R"({"$ref":"#/$defs/a"})", "/$ref", "$ref"},
        {R"({"$ref":"#/enum/0","enum":[{}]})", "/$ref", "$ref"},
        {R"({"$ref":"http://example.com/a.json"})", "/$ref", "$ref"},
        {R"({"$ref":"#nowhere"})", "/$ref", "$ref"},
        {R"({"$ref":"#/a~2"})", "/$ref", "$ref"},
        {R"({"$ref":"#/%zz"})", "/$ref", "$ref"},
        {R"({"$id":"a#b"})", "/$id", "$id"},
        {R"({"$anchor":"1"})", "/$anchor", "$anchor"},
        {R"({"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}})", "/$defs/b/$anchor", "$anchor"},
        {R"({"$defs":{"a":{"$id":"x"},"b":{"$id":"x"}}})", "/$defs/b/$id", "$id"},
        {R"({"$ref":"#"})", "/$ref", "$ref"},
        {R"({"anyOf":[false,{"$ref":"#"}]})", "/anyOf/1/$ref", "$ref"},
    };
    for (const auto& each : samples) {
        try {
            validates(parsed(each.schema), 1);
            ADD_FAILURE() << each.schema;
        } catch (const schema_refused& e) {
            EXPECT_EQ(e.problem().pointer, each.pointer) << each.schema;
            EXPECT_EQ(e.problem().keyword, each.keyword) << each.schema;
        }
    }
    EXPECT_THROW(validates(3, 1), schema_refused);
}

TEST(validate, knows_all_that_the_generator_makes) {
    schema_generator made(1);
    std::string keywords;
    for (int i = 0; i < 500; ++i) {
        const ordered_json schema = made.next();
        keywords += schema.dump();
        const schema_validator validator(schema);
        for (const char* text : {"null", "1", "\"a\"", "[]", "{}"}) validator.accepts(parsed(text));
    }
    for (const char* keyword :
         {"enum", "const", "required", "additionalProperties", "patternProperties", "propertyNames",
          "prefixItems", "uniqueItems", "exclusiveMinimum", "multipleOf", "minLength", "pattern",
          "format", "oneOf", "allOf", "not", "then", "dependentRequired", "$ref"})
        EXPECT_NE(keywords.find('"' + std::string(keyword) + "\":"), std::string::npos) << keyword;
}

TEST(validate, is_bounded) {
    ordered_json schema = true;
    for (int i = 0; i < 200; ++i) schema = {{"not", schema}};
    EXPECT_THROW(validates(schema, 1), schema_refused);

    ordered_json deep = ordered_json::array();
    for (int i = 0; i < 5000; ++i) deep = ordered_json::array({std::move(deep)});
    const schema_validator tree(parsed(R"({"type":"array","items":{"$ref":"#"}})"));
    EXPECT_THROW(tree.accepts(deep), engine_error);
    EXPECT_THROW(validates(parsed(R"({"const":1})"), deep), engine_error);
    while (!deep.empty()) deep = ordered_json(std::move(deep[0]));

    // Twice as many branches with every level.
    ordered_json defs;
    for (int i = 0; i < 60; ++i) {
        const ordered_json next = {{"$ref", "#/$defs/s" + std::to_string(i + 1)}};
        defs["s" + std::to_string(i)] = {{"oneOf", {next, next}}};
    }
    defs["s60"] = true;
    EXPECT_THROW(validates({{"$defs", defs}, {"$ref", "#/$defs/s0"}}, 1), engine_error);
}

TEST(exact_number, compares_as_decimals) {
    const auto number = [](const char* text) { return exact_number(parsed(text)); };
    EXPECT_EQ(number("1.0"), number("1"));
    EXPECT_EQ(number("-0.0"), number("0"));
    EXPECT_EQ(number("1e2"), number("100"));
    EXPECT_LT(number("9007199254740992"), number("9007199254740993"));
    EXPECT_LT(number("-10"), number("-9.5"));
    EXPECT_LT(number("-1"), number("1e-300"));
    EXPECT_LT(number("0.1"), number("0.12"));
    EXPECT_GT(number("1e300"), number("18446744073709551615"));
    EXPECT_TRUE(number("1e300").is_integer());
    EXPECT_FALSE(number("1e-1").is_integer());
    EXPECT_THROW(exact_number(ordered_json("1")), engine_error);
}

// RFC 3986, 5.4.
TEST(uri_reference, resolves_as_the_rfc_does) {
    const std::pair<const char*, const char*> samples[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {";x", "http://a/b/c/;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    for (const auto& [reference, expected] : samples)
        EXPECT_EQ(resolve_uri("http://a/b/c/d;p?q", reference), expected) << reference;
    EXPECT_EQ(resolve_uri("http://a", "g"), "http://a/g");
    EXPECT_EQ(resolve_uri("", "./a/b"), "a/b");
    EXPECT_EQ(resolve_uri("", "a/../b"), "/b");
    EXPECT_EQ(resolve_uri("urn:x:y", "#f"), "urn:x:y#f");
    EXPECT_EQ(percent_decoded("a%2Fb%7e"), "a/b~");
    EXPECT_EQ(percent_decoded("%2"), std::nullopt);
    EXPECT_EQ(percent_decoded("%+1"), std::nullopt);
}

}  // namespace
}  // namespace tessera::engine
