#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "tessera/json/issue.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json {

TESSERA_DEF std::string to_string(const path_type& path) {
    std::string out;
    for (const auto& step : path) {
        if (const auto* index = std::get_if<std::size_t>(&step)) {
            out += '[';
            detail::write_unsigned(out, *index);
            out += ']';
        } else {
            if (!out.empty()) out += '.';
            out += *std::get_if<std::string>(&step);
        }
    }
    return out;
}

}  // namespace tessera::json
