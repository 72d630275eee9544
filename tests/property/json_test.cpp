#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/arbitrary.hpp"
#include "support/sample.hpp"
#include "tessera/json.hpp"

namespace json = tessera::json;

namespace sample {
void showValue(const everything& shown, std::ostream& out) { out << json::encode(shown); }
void showValue(const sheet& shown, std::ostream& out) { out << json::encode(shown); }
}  // namespace sample

RC_GTEST_PROP(json_properties, what_was_encoded_decodes_to_the_same, ()) {
    const auto given = *rc::gen::arbitrary<sample::everything>();
    const auto decoded = json::decode_text<sample::everything>(json::encode(given));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(json::equal(*decoded, given));
}

RC_GTEST_PROP(json_properties, what_open_unions_do_not_know_survives, ()) {
    const auto given = *rc::gen::arbitrary<sample::sheet>();
    const std::string text = json::encode(given);
    const auto decoded = json::decode_text<sample::sheet>(text);
    if (!decoded) RC_FAIL(decoded.error().message + " in " + text);
    RC_ASSERT(json::equal(*decoded, given));
    RC_ASSERT(json::encode(*decoded) == text);
    RC_ASSERT(json::equal(json::to_value(*decoded), *json::parse(text)));
}

RC_GTEST_PROP(json_properties, open_unions_are_closed_to_strict_readers, ()) {
    const auto given = *tessera::test::strictly_valid<sample::sheet>();
    std::vector<json::issue> issues;
    const auto decoded =
        json::decode_text<sample::sheet>(json::encode(given), json::mode::strict, issues);
    for (const json::issue& each : issues)
        RC_FAIL(json::to_string(each.path) + ": " + each.message);
    RC_ASSERT(json::equal(decoded.value(), given));
}

RC_GTEST_PROP(json_properties, what_the_description_allows_is_strictly_valid, ()) {
    const auto given = *tessera::test::strictly_valid<sample::everything>();
    std::vector<json::issue> issues;
    const auto decoded =
        json::decode_text<sample::everything>(json::encode(given), json::mode::strict, issues);
    for (const json::issue& each : issues)
        RC_FAIL(json::to_string(each.path) + ": " + each.message);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(json::equal(*decoded, given));
}

RC_GTEST_PROP(json_properties, any_value_survives_its_text, (const json::value& given)) {
    const auto parsed = json::parse(json::encode(given));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(json::equal(*parsed, given));
    RC_ASSERT(*parsed == given);
    RC_ASSERT(json::encode(*parsed) == json::encode(given));
}

RC_GTEST_PROP(json_properties, the_text_is_what_nlohmann_reads, (const json::value& given)) {
    RC_ASSERT(json::value::parse(json::encode(given)) == given);
    const auto parsed = json::parse(given.dump());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == given);
}

RC_GTEST_PROP(json_properties, any_bytes_encode_to_valid_text, (const std::string& bytes)) {
    const auto parsed = json::parse(json::encode(bytes));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->is_string());
}

RC_GTEST_PROP(json_properties, parsing_agrees_with_nlohmann_on_mangled_texts,
              (const json::value& given)) {
    std::string text = json::encode(given);
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = *rc::gen::elementOf(std::string("{}[]\",:01-.eE\\ux \n"));
    RC_ASSERT(json::parse(text).has_value() == json::value::accept(text));
}

RC_GTEST_PROP(json_properties, equality_sees_one_changed_member, ()) {
    const auto given = *rc::gen::arbitrary<sample::everything>();
    auto changed = given;
    changed.shapes.push_back(sample::circle{.radius = 1});
    RC_ASSERT(json::equal(given, given));
    RC_ASSERT(!json::equal(given, changed));
}

RC_GTEST_PROP(json_properties, decoding_any_value_ends_in_a_value_or_issues,
              (const json::value& given)) {
    for (const auto how : {json::mode::lenient, json::mode::strict}) {
        std::vector<json::issue> issues;
        auto mangled = sample::valid_everything();
        const auto member = *rc::gen::inRange<std::size_t>(0, mangled.size());
        std::next(mangled.begin(), static_cast<std::ptrdiff_t>(member)).value() = given;
        const auto decoded = json::decode<sample::everything>(mangled, how, issues);
        RC_ASSERT(decoded.has_value() == issues.empty());
        for (const json::issue& each : issues) RC_ASSERT(!each.path.empty());
    }
}
