#pragma once

#include <charconv>
#include <optional>
#include <string_view>

#include "tessera/core/linkage.hpp"

namespace tessera::call::detail {

// A decimal number without sign or exponent, as headers carry durations.
TESSERA_COLD_DECL
std::optional<double> parse_decimal(std::string_view text) {
    const bool plain = !text.empty() && text.size() <= 32 &&
                       text.find_first_not_of("0123456789.") == std::string_view::npos;
    double number = 0;
    if (!plain) return std::nullopt;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace tessera::call::detail
