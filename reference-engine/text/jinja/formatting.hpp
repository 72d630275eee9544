#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {

/// Python's format specification mini-language.
struct format_spec {
    std::string fill = " ";
    char align = '\0';  // < > ^ or =, which pads behind the sign
    char sign = '-';
    bool alternate = false;
    bool zero = false;
    char grouping = '\0';
    char type = '\0';
    std::int64_t width = 0;
    std::optional<std::int64_t> precision;
};

/// The number at the start of `rest`, which loses it; clamped to far beyond any limit.
std::optional<std::int64_t> take_number(std::string_view& rest);
format_spec read_format_spec(machine& m, std::string_view text);
/// A number in a type of b, o, x, X, d, c, n, e, f, g, their capitals and %, or none.
void append_number(machine& m, std::string& out, const value& x, const format_spec& spec);
/// Text with what fills it up to the width; `align` where the specification has none.
void append_padded(machine& m, std::string& out, std::string_view text, const format_spec& spec,
                   char align);

/// Python's `pattern % arguments`.
value percent_format(machine& m, const value& pattern, const value& given);
/// Python's pattern.format(arguments), attributes and items as Jinja's sandbox reads them.
value brace_format(machine& m, const value& pattern, const arguments& given);

}  // namespace tessera::engine::jinja
