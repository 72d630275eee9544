#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "constrain/schema_problem.hpp"
#include "constrain/schema_tree.hpp"

// Reading the keywords of a schema: what is malformed is refused where it stands.
namespace tessera::engine::schema_members {

using json = nlohmann::ordered_json;

inline std::size_t whole(const schema_node& s, std::string_view keyword, std::size_t otherwise) {
    const json* const given = s.find(keyword);
    if (!given) return otherwise;
    const double value = given->is_number() ? given->get<double>() : -1;
    if (value < 0 || value != static_cast<double>(static_cast<std::uint32_t>(std::min(value, 4e9))))
        s.refuse(keyword, "must be a whole number from 0 to 4000000000");
    return static_cast<std::size_t>(value);
}

/// Null if it is not there; else of that kind.
inline const json* object(const schema_node& s, std::string_view keyword) {
    const json* const given = s.find(keyword);
    if (given && !given->is_object()) s.refuse(keyword, "must be an object");
    return given;
}

inline const json* list(const schema_node& s, std::string_view keyword) {
    const json* const given = s.find(keyword);
    if (given && !given->is_array()) s.refuse(keyword, "must be an array");
    return given;
}

inline bool flag(const schema_node& s, std::string_view keyword) {
    const json* const given = s.find(keyword);
    if (given && !given->is_boolean()) s.refuse(keyword, "must be true or false");
    return given && given->get<bool>();
}

/// The strings of an array, which is a keyword's value or a part of it.
inline std::vector<std::string> names(const json& given, const schema_node& s,
                                      std::string_view keyword) {
    if (!given.is_array()) s.refuse(keyword, "must be an array of strings");
    std::vector<std::string> made;
    for (const auto& each : given) {
        if (!each.is_string()) s.refuse(keyword, "must be an array of strings");
        made.push_back(each.get<std::string>());
    }
    std::sort(made.begin(), made.end());
    made.erase(std::unique(made.begin(), made.end()), made.end());
    return made;
}

}  // namespace tessera::engine::schema_members
