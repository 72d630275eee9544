#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "text/jinja/machine.hpp"

namespace tessera::engine::jinja {

// What a method of strings and a filter have in common.

/// With `most` occurrences replaced, all if it is negative.
std::string replaced(machine& m, std::string_view in, std::string_view from, std::string_view to,
                     std::int64_t most);
/// Filled up to the width, the text at the left (<), in the middle (^) or at the right (>).
value justified_text(machine& m, const value& x, char align, std::int64_t width,
                     std::string_view fill);
/// Whether something is cased, and all of that in upper case, or in lower.
bool has_case(std::string_view text, bool upper);

}  // namespace tessera::engine::jinja
