#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "constrain/rule_builder.hpp"
#include "constrain/schema_dialect.hpp"
#include "constrain/schema_problem.hpp"
#include "engine/constrain/public_suite.hpp"
#include "support/validator/validate.hpp"

namespace tessera::engine {
namespace {

using json = nlohmann::ordered_json;

// A text's way through the decoder's machine.
class reader {
  public:
    explicit reader(const json& schema) {
        rule_builder build(rules_);
        rules_.start = build.state();
        build.finish(build.value(rules_.start, schema_graph::compile(schema)));
        check_rules(rules_);
    }

    bool reads(const std::string& text) const {
        frame_pool pool;
        machine steps(rules_, pool);
        readings now = steps.begin();
        for (const char byte : text) {
            readings next;
            steps.step(now, static_cast<unsigned char>(byte), next);
            now = std::move(next);
        }
        return steps.complete(now);
    }

  private:
    grammar rules_;
};

struct dialect_sample {
    const char* schema;
    std::vector<const char*> right;
    std::vector<const char*> wrong;
};

// Decoder and validator, each on its own.
void expect(const std::vector<dialect_sample>& samples) {
    for (const auto& each : samples) {
        const json schema = json::parse(each.schema);
        const schema_validator validator(schema);
        const reader decoder(schema);
        for (const bool right : {true, false})
            for (const char* text : right ? each.right : each.wrong) {
                EXPECT_EQ(validator.accepts(json::parse(text)), right) << each.schema << text;
                EXPECT_EQ(decoder.reads(text), right) << each.schema << text;
            }
    }
}

std::optional<schema_problem> problem_of(const json& schema) {
    try {
        reader{schema};
    } catch (const schema_refused& e) {
        return e.problem();
    }
    return std::nullopt;
}

void expect_refused(const char* schema, const char* pointer) {
    const auto problem = problem_of(json::parse(schema));
    ASSERT_TRUE(problem) << schema;
    EXPECT_EQ(problem->pointer, pointer) << schema;
}

// Every case is right, or its schema refused.
TEST(dialects, agree_with_the_public_suite) {
    bool any = false;
    for (const auto& [draft, meta_schema] : suite_drafts) {
        int cases = 0, read = 0, validated = 0;
        any |= each_suite_group(draft, meta_schema, [&](const suite_group& group) {
            cases += static_cast<int>(group.tests.size());
            try {
                const schema_validator validator(group.schema);
                for (const auto& test : group.tests)
                    EXPECT_EQ(validator.accepts(test.at("data")), test.at("valid"))
                        << group.what << ": " << test.at("description");
                validated += static_cast<int>(group.tests.size());
            } catch (const schema_refused& e) {
                EXPECT_TRUE(refused_for_a_reason(e.what())) << group.what << ": " << e.what();
            }
            try {
                const reader decoder(group.schema);
                for (const auto& test : group.tests) {
                    const auto text = test.at("data").dump();
                    // Numbers within bounds are written without exponents.
                    if (test.at("data").is_number() && text.find('e') != std::string::npos)
                        continue;
                    EXPECT_EQ(decoder.reads(text), test.at("valid"))
                        << group.what << ": " << test.at("description");
                }
                read += static_cast<int>(group.tests.size());
            } catch (const schema_refused& e) {
                EXPECT_TRUE(refused_for_a_reason(e.what())) << group.what << ": " << e.what();
            }
        });
        EXPECT_GE(read, cases * 80 / 100) << draft;
        EXPECT_GE(validated, cases * 85 / 100) << draft;
        RecordProperty(draft, read);
    }
    if (!any) GTEST_SKIP() << "the public suite is not here";
}

TEST(dialects, are_named_by_their_meta_schema) {
    EXPECT_EQ(dialect_named("http://json-schema.org/draft-04/schema#"), schema_dialect::draft4);
    EXPECT_EQ(dialect_named("http://json-schema.org/draft-06/schema"), schema_dialect::draft6);
    EXPECT_EQ(dialect_named("https://json-schema.org/draft-07/schema#"), schema_dialect::draft7);
    EXPECT_EQ(dialect_named("https://json-schema.org/draft/2019-09/schema"),
              schema_dialect::draft2019);
    EXPECT_EQ(dialect_named("https://json-schema.org/draft/2020-12/schema"),
              schema_dialect::draft2020);
    EXPECT_EQ(dialect_named("http://json-schema.org/schema#"), schema_dialect::unnamed);
    EXPECT_EQ(dialect_named("https://example.com/meta"), schema_dialect::unnamed);
    EXPECT_EQ(dialect_named(""), schema_dialect::unnamed);
    EXPECT_EQ(dialect_named("http://json-schema.org/draft-03/schema#"), std::nullopt);
    expect_refused(R"({"$schema":"http://json-schema.org/draft-03/schema#"})", "/$schema");
}

TEST(dialects, take_what_they_do_not_know_for_annotations) {
    expect({
        {R"({"type":"object","discriminator":{"propertyName":"t"},"javaType":"x.Y","errorMessage":1,
             "x-order":[1],"properties":{"n":{"type":"integer","format":"int32","id":7}}})",
         {R"({"n":1})", "{}"},
         {R"({"n":"1"})", "[]"}},
        {R"({"$schema":"http://json-schema.org/draft-04/schema#","const":1,"contains":false,
             "if":true,"then":false,"propertyNames":false,"dependentRequired":{"a":["b"]},
             "nullable":3,"$id":4})",
         {"1", "2", "[3]", R"({"a":1})"},
         {}},
        {R"({"$schema":"http://json-schema.org/draft-06/schema#","if":true,"then":false})",
         {"1"},
         {}},
        {R"({"$schema":"http://json-schema.org/draft-07/schema#","minContains":2,"contains":true,
             "unevaluatedProperties":false,"prefixItems":[false]})",
         {"[1]", R"({"a":1})"},
         {"[]"}},
        {R"({"$schema":"https://json-schema.org/draft/2020-12/schema","dependencies":{"a":["b"]},
             "additionalItems":false,"nullable":true,"type":"object"})",
         {R"({"a":1})"},
         {"null"}},
        {R"({"format":"colour"})", {R"("x")", "1"}, {}},
        {R"({"format":"date"})", {R"("2024-02-29")"}, {R"("2023-02-29")"}},
    });
}

TEST(dialects, have_their_own_words) {
    expect({
        {R"({"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x.y/root.json",
             "definitions":{"a":{"id":"part.json","minimum":3,"exclusiveMinimum":true}},
             "anyOf":[{"$ref":"http://x.y/part.json"},{"maximum":0,"exclusiveMaximum":false}]})",
         {"3.5", "0", "-1"},
         {"3", "1"}},
        {R"({"$schema":"http://json-schema.org/draft-07/schema#",
             "items":[{"type":"string"},{"type":"null"}],"additionalItems":{"type":"integer"},
             "dependencies":{"a":["b"],"c":{"required":["d"]}}})",
         {R"(["a",null,1])", R"(["a"])", R"({"a":1,"b":2})", R"({"c":1,"d":2})"},
         {R"([1])", R"(["a",null,"b"])", R"({"a":1})", R"({"c":1})"}},
        // Siblings of a reference.
        {R"({"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"minLength":1}},
             "properties":{"x":{"$ref":"#/definitions/a","maxLength":2}}})",
         {R"({"x":"abc"})"},
         {R"({"x":""})"}},
        {R"({"$schema":"https://json-schema.org/draft/2019-09/schema","$defs":{"a":{"minLength":1}},
             "properties":{"x":{"$ref":"#/$defs/a","maxLength":2}}})",
         {R"({"x":"ab"})"},
         {R"({"x":"abc"})", R"({"x":""})"}},
        {R"({"$schema":"http://json-schema.org/draft-07/schema#",
             "definitions":{"a":{"$id":"#here","type":"null"}},"items":{"$ref":"#here"}})",
         {"[null]"},
         {"[1]"}},
        {R"({"$schema":"https://json-schema.org/draft/2019-09/schema",
             "properties":{"a":{"$recursiveRef":"#"}},"additionalProperties":false})",
         {R"({"a":{"a":{}}})"},
         {R"({"a":{"b":{}}})"}},
    });
}

// Without `$schema`.
TEST(dialects, understand_older_words_that_cannot_be_mistaken) {
    expect({
        {R"({"minimum":1,"exclusiveMinimum":true,"maximum":3,"exclusiveMaximum":false})",
         {"2", "3"},
         {"1", "4"}},
        {R"({"items":[{"type":"string"}],"additionalItems":false})",
         {R"(["a"])", "[]"},
         {"[1]", R"(["a","b"])"}},
        {R"({"dependencies":{"a":["b"],"c":{"required":["d"]}}})",
         {R"({"a":1,"b":1})", R"({"c":1,"d":1})"},
         {R"({"a":1})", R"({"c":1})"}},
        {R"({"type":"string","nullable":true})", {"null", R"("a")"}, {"1"}},
        {R"({"type":"string","nullable":false})", {R"("a")"}, {"null"}},
        {R"({"enum":["a"],"nullable":true})", {R"("a")"}, {"null"}},
        {R"({"id":"http://x.y/z.json#","definitions":{"a":{"type":"null"}},
             "items":{"$ref":"http://x.y/z.json#/definitions/a"}})",
         {"[null]"},
         {"[1]"}},
    });
    expect_refused(R"({"type":"string","nullable":"yes"})", "/nullable");
}

TEST(dialects, know_references_of_all_kinds) {
    expect({
        {R"({"$defs":{"a":{"$anchor":"here","type":"null"}},"items":{"$ref":"#here"}})",
         {"[null]"},
         {"[1]"}},
        {R"({"$id":"http://x.y/a","$defs":{"b":{"$id":"b","$defs":{"c":{"type":"null"}}}},
             "items":{"$ref":"b#/$defs/c"}})",
         {"[null]"},
         {"[1]"}},
        {R"({"$defs":{"n":{"$dynamicAnchor":"node","type":"array","items":{"$dynamicRef":"#node"}}},
             "$ref":"#/$defs/n"})",
         {"[[],[[]]]"},
         {"[1]"}},
        {R"({"components":{"schemas":{"a/b":{"type":"null"}}},
             "items":{"$ref":"#/components/schemas/a~1b"}})",
         {"[null]"},
         {"[1]"}},
    });
    // Names that are not apart concern nobody but references.
    expect({{R"({"$schema":"http://json-schema.org/draft-04/schema#","id":"http://x.y/z#",
                 "properties":{"a":{"id":"http://x.y/b","type":"null"},"c":{"id":"http://x.y/b"},
                               "d":{"id":{}},"e":{"id":"http://x.y/f#g","type":"null"},
                               "h":{"$ref":"http://x.y/f#g"}}})",
             {R"({"a":null,"h":null})"},
             {R"({"a":1})"}}});
    expect_refused(R"({"$schema":"http://json-schema.org/draft-04/schema#",
                       "definitions":{"a":{"id":"http://x.y/b"},"c":{"id":"http://x.y/b"}},
                       "items":{"$ref":"http://x.y/b"}})",
                   "/items/$ref");
    expect_refused(R"({"$dynamicRef":"#a","$dynamicAnchor":"a",
                       "$defs":{"b":{"$id":"b","$dynamicAnchor":"a"}}})",
                   "/$dynamicRef");
    expect_refused(R"({"items":{"$ref":"http://json-schema.org/draft-07/schema#"}})",
                   "/items/$ref");
    expect_refused(R"({"items":{"$ref":"#/$defs/e/enum/0"},"$defs":{"e":{"enum":[{}]}}})",
                   "/items/$ref");
}

TEST(dialects, count_what_arrays_contain) {
    expect({
        {R"({"contains":{"type":"integer"}})", {R"(["a",1])", "[1,2]", "{}"}, {"[]", R"(["a"])"}},
        {R"({"contains":{"const":1},"minContains":2,"maxContains":3})",
         {"[1,1]", "[1,2,1,1]"},
         {"[1]", "[1,1,1,1]", "[2]"}},
        {R"({"contains":{"const":1},"minContains":0})", {"[]", "[2]"}, {}},
        {R"({"contains":{"const":1},"maxContains":0,"minContains":0})", {"[]", "[2]"}, {"[2,1]"}},
        {R"({"contains":{"type":"string"},"items":{"type":["string","null"]},"maxItems":2})",
         {R"(["a"])", R"([null,"a"])"},
         {"[null,null]", "[null]"}},
        {R"({"allOf":[{"contains":{"multipleOf":2}},{"contains":{"multipleOf":3}}],"maxItems":2})",
         {"[6]", "[2,3]", "[5,6]"},
         {"[2,4]", "[5]"}},
        {R"({"not":{"contains":{"type":"null"}}})", {"[]", "[1]"}, {"[null]", "[1,null]"}},
        {R"({"oneOf":[{"type":"array","items":{"type":"string"}},
                      {"type":"array","items":{"type":"integer"}}]})",
         {R"(["a"])", "[1,2]"},
         {"[]", R"([1,"a"])"}},
        {R"({"prefixItems":[{"type":"null"}],"contains":{"type":"integer"},"maxItems":2})",
         {"[null,1]"},
         {"[null]", "[1]", "[null,null]"}},
        {R"({"uniqueItems":true,"items":{"type":"string"},"contains":{"const":"a"}})",
         {R"(["a"])", R"(["b","a","c"])"},
         {R"(["a","a"])", R"(["b"])"}},
    });
    EXPECT_FALSE(schema_graph::compile(json::parse(R"({"type":"array","items":{"type":"string"},
        "contains":{"type":"null"}})"))
                     .satisfiable());
}

TEST(dialects, know_what_some_other_member_must_be) {
    expect({
        {R"({"type":"object","properties":{"a":true},"not":{"properties":{"a":true},
             "additionalProperties":false}})",
         {R"({"b":1})", R"({"a":1,"b":1})"},
         {"{}", R"({"a":1})"}},
        {R"({"oneOf":[{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}},
                       "additionalProperties":false},
                      {"type":"object","properties":{"a":{"type":"integer"},"c":{"type":"integer"}},
                       "additionalProperties":false}]})",
         {R"({"b":1})", R"({"a":1,"c":1})"},
         {"{}", R"({"a":1})", R"({"b":1,"c":1})"}},
        {R"({"type":"object","not":{"patternProperties":{"^x":{"type":"null"}}},"maxProperties":2})",
         {R"({"x":1})", R"({"a":1,"xy":1})", R"({"xa":null,"xb":1})"},
         {R"({"x":null})", "{}", R"({"a":1,"b":1})"}},
        {R"({"type":"object","not":{"propertyNames":{"maxLength":2}}})",
         {R"({"abc":1})", R"({"a":1,"abc":1})"},
         {R"({"ab":1})", "{}"}},
        {R"({"not":{"not":{"additionalProperties":{"type":"null"}}}})",
         {R"({"a":null})", "1"},
         {R"({"a":1})"}},
        {R"({"type":"object","not":{"anyOf":[{"propertyNames":{"not":{"enum":["1","3"]}}},
             {"propertyNames":{"not":{"enum":["2","3"]}}}]},"maxProperties":2})",
         {R"({"1":0,"2":0})", R"({"3":0})", R"({"3":0,"4":0})"},
         {R"({"1":0,"4":0})", R"({"2":0})", "{}"}},
        {R"({"type":"object","required":["r"],"maxProperties":1,
             "not":{"additionalProperties":{"type":"string"}}})",
         {R"({"r":1})"},
         {R"({"r":"a"})"}},
    });
}

TEST(dialects, leave_no_member_unevaluated) {
    expect({
        {R"({"properties":{"a":true},"allOf":[{"properties":{"b":{"type":"null"}}}],
             "unevaluatedProperties":false})",
         {R"({"a":1,"b":null})", "{}", "[1]"},
         {R"({"c":1})", R"({"b":1})"}},
        {R"({"$defs":{"base":{"properties":{"id":{"type":"integer"}},"required":["id"]}},
             "$ref":"#/$defs/base","properties":{"name":{"type":"string"}},
             "unevaluatedProperties":{"type":"boolean"}})",
         {R"({"id":1,"name":"a","on":true})"},
         {R"({"id":1,"on":1})", R"({"name":"a"})"}},
        {R"({"anyOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},
                      {"properties":{"b":{"type":"integer"}},"required":["b"]}],
             "unevaluatedProperties":false})",
         {R"({"a":1})", R"({"b":1})", R"({"a":1,"b":1})"},
         {R"({"a":1,"b":"x"})", R"({"a":1,"c":1})", "{}"}},
        {R"({"if":{"properties":{"k":{"const":1}},"required":["k"]},
             "then":{"properties":{"a":true}},"else":{"properties":{"b":true,"k":true}},
             "unevaluatedProperties":false})",
         {R"({"k":1,"a":1})", R"({"k":2,"b":1})"},
         {R"({"k":1,"b":1})", R"({"k":2,"a":1})"}},
        {R"({"dependentSchemas":{"a":{"properties":{"a":true,"b":true}}},
             "patternProperties":{"^x":true},"unevaluatedProperties":false})",
         {R"({"a":1,"b":1,"xy":1})", "{}"},
         {R"({"b":1})"}},
        {R"({"allOf":[{"additionalProperties":true}],"unevaluatedProperties":false})",
         {R"({"a":1})"},
         {}},
    });
}

}  // namespace
}  // namespace tessera::engine
