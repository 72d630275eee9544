#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"

// Types that use every word of describe().
namespace sample {

namespace json = tessera::json;

enum class colour { red, green, blue };
constexpr auto describe(json::type<colour>) {
    return json::enumeration<colour>("Colour", json::enumerator("red", colour::red),
                                     json::enumerator("green", colour::green),
                                     json::enumerator("blue", colour::blue));
}

struct circle {
    json::fixed<"circle"> shape{};
    double radius = 0;
};
constexpr auto describe(json::type<circle>) {
    return json::object<circle>("Circle", json::field("shape", &circle::shape),
                                json::field("radius", &circle::radius, json::exclusive_min(0)));
}

struct label {
    std::string shape{};
    std::string text{};
    json::value extra{};
};
constexpr auto describe(json::type<label>) {
    return json::object<label>(
        "Label", json::field("shape", &label::shape, json::constant("label")),
        json::field("text", &label::text, json::length(1, 5)), json::rest(&label::extra));
}

using shape = std::variant<circle, label>;
using open_shape = std::variant<circle, label, json::unknown>;

// Unions that may grow.
struct sheet {
    std::vector<open_shape> shapes{};
    std::optional<open_shape> frame{};
    std::variant<std::string, std::vector<open_shape>, json::unknown> title{};
};
constexpr auto describe(json::type<sheet>) {
    return json::object<sheet>("Sheet", json::field("shapes", &sheet::shapes),
                               json::field("frame", &sheet::frame),
                               json::field("title", &sheet::title));
}

struct node {
    std::string name{};
    std::vector<node> children{};
};
constexpr auto describe(json::type<node>) {
    return json::object<node>("Node", json::field("name", &node::name),
                              json::field("children", &node::children));
}

struct everything {
    bool flag = false;
    std::int32_t small = 0;
    std::uint64_t large = 0;
    double ratio = 0;
    float single = 0;
    std::string text{};
    json::value anything{};
    colour closed_colour = colour::red;
    json::open_enum<colour> open_colour{};
    std::optional<std::string> maybe{};
    std::optional<std::int64_t> bounded{};
    json::nullable<std::string> null_or_text{};
    std::optional<json::nullable<double>> absent_or_null{};
    std::optional<std::string> required_or_null{};
    std::vector<std::string> list{};
    std::map<std::string, double> table{};
    std::variant<std::string, std::vector<std::int64_t>> text_or_numbers{};
    std::vector<shape> shapes{};
    std::optional<node> tree{};
    std::string kind = "thing";
    std::string decimal = "0";
    std::monostate nothing{};
};
constexpr bool is_decimal(std::string_view text) {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return !text.empty();
}
constexpr auto describe(json::type<everything>) {
    using t = everything;
    return json::object<t>(
        "Everything", json::closed, json::field("flag", &t::flag, json::defaults(true)),
        json::field("small", &t::small), json::field("large", &t::large),
        json::field("ratio", &t::ratio, json::range(-2, 2)), json::field("single", &t::single),
        json::field("text", &t::text), json::field("anything", &t::anything),
        json::field("closed_colour", &t::closed_colour, json::defaults(colour::green)),
        json::field("open_colour", &t::open_colour),
        json::field("maybe", &t::maybe, json::or_null, json::defaults("some"), json::deprecated),
        json::field("bounded", &t::bounded, json::min(1), json::max(10)),
        json::field("null_or_text", &t::null_or_text),
        json::field("absent_or_null", &t::absent_or_null),
        json::field("required_or_null", &t::required_or_null, json::required, json::or_null),
        json::field("list", &t::list, json::items(1, 3)), json::field("table", &t::table),
        json::field("text_or_numbers", &t::text_or_numbers, json::items(0, 2)),
        json::field("shapes", &t::shapes), json::field("tree", &t::tree),
        json::field("kind", &t::kind, json::constant("thing")),
        json::field("decimal", &t::decimal, json::pattern("^[0-9]+$", is_decimal)),
        json::field("nothing", &t::nothing));
}

// The JSON of an `everything` that strict decoding takes; tests change one member at a time.
inline json::value valid_everything() {
    return json::value::parse(R"({"flag":false,"small":-5,"large":18446744073709551615,"ratio":0.5,
        "single":1.5,"text":"t","anything":[1,{"a":null}],"closed_colour":"blue","open_colour":"red",
        "maybe":null,"bounded":10,"null_or_text":null,"absent_or_null":null,"required_or_null":null,
        "list":["a"],"table":{"k":1},"text_or_numbers":[1,2],
        "shapes":[{"shape":"circle","radius":2},{"shape":"label","text":"hi","more":[true]}],
        "tree":{"name":"root","children":[{"name":"leaf","children":[]}]},
        "kind":"thing","decimal":"42","nothing":null})");
}

}  // namespace sample
