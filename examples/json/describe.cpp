// What a struct says of itself, and what follows from it.
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <tessera/json.hpp>
#include <variant>
#include <vector>

namespace json = tessera::json;

// [enum]
enum class size { small, large };
constexpr auto describe(json::type<size>) {
    return json::enumeration<size>("Size", json::enumerator("s", size::small),
                                   json::enumerator("l", size::large));
}
// [/enum]

// [union]
struct tea {
    json::fixed<"tea"> kind{};  // the tag
    bool green = false;
};
constexpr auto describe(json::type<tea>) {
    return json::object<tea>("Tea", json::field("kind", &tea::kind),
                             json::field("green", &tea::green));
}
struct coffee {
    json::fixed<"coffee"> kind{};
    std::int64_t shots = 1;
};
constexpr auto describe(json::type<coffee>) {
    return json::object<coffee>("Coffee", json::field("kind", &coffee::kind),
                                json::field("shots", &coffee::shots, json::range(1, 4)));
}
using drink = std::variant<tea, coffee, json::unknown>;
// [/union]

// [struct]
struct order {
    std::string guest;
    std::vector<drink> drinks;
    json::open_enum<size> cup{size::small};
    std::optional<std::int64_t> table{};  // may be left out
    json::nullable<std::string> note{};   // always there, and perhaps null
    json::value more{};                   // members that nobody described
};
constexpr auto describe(json::type<order>) {
    return json::object<order>(
        "Order", json::field("guest", &order::guest, json::length(1)),
        json::field("drinks", &order::drinks, json::items(1, 8)),
        json::field("cup", &order::cup, json::defaults(size::small)),
        json::field("table", &order::table, json::min(1), json::note("as the sign on it says")),
        json::field("note", &order::note), json::rest(&order::more));
}
// [/struct]

int main() {
    // [decode]
    constexpr std::string_view text = R"({"guest": "Ada", "cup": "xl", "note": null, "tip": 2,
        "drinks": [{"kind": "tea", "green": true}, {"kind": "cocoa"}]})";
    const order read = json::decode_text<order>(text).value();
    std::cout << read.cup.text() << ' ' << read.cup.known().has_value() << '\n';  // xl 0
    std::cout << json::encode(read) << '\n';  // "cocoa" and "tip" are still there
    // [/decode]

    // [issues]
    std::vector<json::issue> issues;
    const auto strictly = json::decode_text<order>(
        R"({"guest": "", "drinks": [{"kind": "cocoa"}], "table": 0, "note": null})",
        json::mode::strict, issues);
    std::cout << strictly.has_value() << '\n';  // 0
    for (const json::issue& issue : issues)
        std::cout << json::to_string(issue.path) << ": " << issue.message << '\n';
    // [/issues]

    // [schema]
    std::cout << json::schema<order>().dump(2) << '\n';
    // [/schema]
}
