#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/arbitrary.hpp"
#include "support/sample.hpp"
#include "tessera/json.hpp"
#include "tessera/json/texts.hpp"

namespace {

namespace json = tessera::json;

// All that texts can tell apart.
struct told {
    bool flag = false;
    std::int32_t small = 0;
    std::uint64_t large = 0;
    double ratio = 0;
    std::string text{};
    sample::colour closed_colour = sample::colour::red;
    json::open_enum<sample::colour> open_colour{};
    std::optional<std::string> maybe{};
    std::optional<std::int64_t> bounded{};
    json::nullable<std::string> null_or_text{};
    std::optional<double> required_or_null{};
    std::vector<std::string> list{};
    std::vector<std::vector<std::uint64_t>> lists{};
    std::vector<sample::shape> shapes{};
    std::map<std::string, double> table{};
    std::optional<sample::node> tree{};
    std::string kind = "thing";
};
constexpr auto describe(json::type<told>) {
    using t = told;
    return json::object<t>(
        "Told", json::closed, json::field("flag", &t::flag), json::field("small", &t::small),
        json::field("large", &t::large), json::field("ratio", &t::ratio, json::range(-2, 2)),
        json::field("text", &t::text), json::field("closed colour", &t::closed_colour),
        json::field("open_colour", &t::open_colour), json::field("maybe", &t::maybe),
        json::field("bounded", &t::bounded, json::min(1), json::max(10)),
        json::field("null_or_text", &t::null_or_text),
        json::field("required_or_null", &t::required_or_null, json::required, json::or_null),
        json::field("list[]", &t::list), json::field("lists", &t::lists),
        json::field("shapes", &t::shapes), json::field("table", &t::table),
        json::field("tree", &t::tree), json::field("kind", &t::kind, json::constant("thing")));
}

void showValue(const told& shown, std::ostream& out) { out << json::encode(shown); }

RC_GTEST_PROP(text_properties, what_texts_say_is_read_strictly, ()) {
    const auto given = *tessera::test::strictly_valid<told>();
    std::vector<json::issue> issues;
    const auto decoded =
        json::decode_texts<told>(json::encode_texts(given), json::mode::strict, issues);
    for (const json::issue& each : issues)
        RC_FAIL(json::to_string(each.path) + ": " + each.message);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(json::equal(*decoded, given));
}

RC_GTEST_PROP(text_properties, any_texts_end_in_a_value_or_issues,
              (const std::vector<std::pair<std::string, std::string>>& texts)) {
    const auto parts = json::description<told>.parts;
    auto given = json::encode_texts(*rc::gen::arbitrary<told>());
    for (const auto& [name, text] : texts)
        given.emplace_back(parts[*rc::gen::inRange<std::size_t>(0, parts.size())].name, text);
    for (const auto how : {json::mode::lenient, json::mode::strict}) {
        std::vector<json::issue> issues;
        const auto decoded = json::decode_texts<told>(given, how, issues);
        RC_ASSERT(decoded.has_value() == issues.empty());
    }
}

}  // namespace
