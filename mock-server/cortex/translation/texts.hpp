#pragma once

#include <string>
#include <string_view>

namespace tessera::server::cortex {

constexpr std::string_view white_space = " \t\n\r\v\f";

/// Empty, or nothing but white space: Anthropic refuses such text.
constexpr bool is_blank(std::string_view text) {
    return text.find_first_not_of(white_space) == std::string_view::npos;
}

}  // namespace tessera::server::cortex
