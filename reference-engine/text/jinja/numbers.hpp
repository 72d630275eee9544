#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "text/jinja/value.hpp"

namespace tessera::engine::jinja {

/// In the digits of a base from 2 to 36.
std::string integer_text(wide_integer x, unsigned base = 10);
/// The shortest text that reads back as the same number, in Python's notation or JSON's.
std::string real_text(double x, bool json = false);

enum class reading : std::uint8_t { good, malformed, too_large };
/// As Python's int(text, base): white space around, a sign, underscores, 0x and the like where the
/// base is 0 or theirs.
reading read_integer(std::string_view text, int base, wide_integer& out);
/// As Python's float(text).
std::optional<double> read_real(std::string_view text);
/// The whole part of a finite number; nothing where it needs more than 128 bits.
std::optional<wide_integer> truncated(double x);

/// The order of two numbers, exact also where one is whole and the other is not.
std::partial_ordering order_of_numbers(const value& a, const value& b);
/// As Python's round(): halves to the even neighbour.
double rounded(double x, std::int64_t digits);

}  // namespace tessera::engine::jinja
