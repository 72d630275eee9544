#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tessera::json {

using path_type = std::vector<std::variant<std::string, std::size_t>>;

// One thing that is wrong with a value. `type` is a stable word ("missing",
// "int_type", "extra_forbidden", ...), `message` a sentence for people.
struct issue {
    path_type path;
    std::string type;
    std::string message;
};

// The path as people write it: "choices[0].index"; empty for the value itself.
inline std::string to_string(const path_type& path) {
    std::string out;
    for (const auto& step : path) {
        if (const auto* index = std::get_if<std::size_t>(&step)) {
            out += '[' + std::to_string(*index) + ']';
        } else {
            if (!out.empty()) out += '.';
            out += std::get<std::string>(step);
        }
    }
    return out;
}

}  // namespace tessera::json
