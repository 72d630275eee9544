#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/json/describe.hpp"

// Types of a library: their tables are compiled in its source alone.
namespace library {

template <class T>
void tessera_compiled(tessera::json::type<T>);

enum class colour { red, green };

struct note {
    std::string text;
    tessera::json::open_enum<colour> ink{};
    std::optional<std::vector<note>> answers{};
    std::optional<std::int64_t> stars{};
    std::optional<std::map<std::string, double>> weights{};
    std::variant<std::string, std::vector<std::int64_t>> more{};
    tessera::json::value extra{};
};

namespace json = tessera::json;

constexpr auto describe(json::type<colour>) {
    return json::enumeration<colour>("Colour", json::enumerator("red", colour::red),
                                     json::enumerator("green", colour::green));
}
constexpr auto describe(json::type<note>) {
    return json::object<note>("Note", json::field("text", &note::text, json::length(1)),
                              json::field("ink", &note::ink),
                              json::field("answers", &note::answers),
                              json::field("stars", &note::stars, json::defaults(3)),
                              json::field("weights", &note::weights),
                              json::field("more", &note::more), json::rest(&note::extra));
}

}  // namespace library
