#pragma once

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "constrain/schema_graph.hpp"

// Reading the members of a schema: what is malformed is refused where it stands.
namespace tessera::engine::schema_members {

using json = nlohmann::ordered_json;

[[noreturn]] inline void refuse(const std::string& pointer, const std::string& keyword,
                                const std::string& message) {
    throw schema_refused({pointer + "/" + keyword, keyword, message});
}

inline std::string escaped(const std::string& name) {
    std::string made;
    for (const char c : name) {
        if (c == '~')
            made += "~0";
        else if (c == '/')
            made += "~1";
        else
            made += c;
    }
    return made;
}

inline std::size_t whole(const json& schema, const char* keyword, const std::string& pointer) {
    const json& given = schema.at(keyword);
    const double value = given.is_number() ? given.get<double>() : -1;
    if (value < 0 || value != static_cast<double>(static_cast<std::uint32_t>(std::min(value, 4e9))))
        refuse(pointer, keyword, "must be a whole number from 0 to 4000000000");
    return static_cast<std::size_t>(value);
}

inline const json& number(const json& schema, const char* keyword, const std::string& pointer) {
    const json& given = schema.at(keyword);
    if (!given.is_number()) refuse(pointer, keyword, "must be a number");
    return given;
}

inline const json& object(const json& schema, const char* keyword, const std::string& pointer) {
    const json& given = schema.at(keyword);
    if (!given.is_object()) refuse(pointer, keyword, "must be an object");
    return given;
}

inline const json& list(const json& schema, const char* keyword, const std::string& pointer) {
    const json& given = schema.at(keyword);
    if (!given.is_array()) refuse(pointer, keyword, "must be an array");
    return given;
}

inline std::vector<std::string> names(const json& given, const std::string& pointer,
                                      const std::string& keyword) {
    if (!given.is_array()) refuse(pointer, keyword, "must be an array of strings");
    std::vector<std::string> made;
    for (const auto& each : given) {
        if (!each.is_string()) refuse(pointer, keyword, "must be an array of strings");
        made.push_back(each.get<std::string>());
    }
    std::sort(made.begin(), made.end());
    made.erase(std::unique(made.begin(), made.end()), made.end());
    return made;
}

}  // namespace tessera::engine::schema_members
