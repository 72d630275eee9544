#include "text/jinja/numbers.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <compare>
#include <cstdlib>

#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

constexpr wide_magnitude largest_magnitude = ~wide_magnitude{0} >> 1;
constexpr double two_to_127 = 0x1p127;

/// Without white space around and with ASCII digits only; nothing where underscores are misplaced.
std::optional<std::string> plain_number(std::string_view text) {
    const std::string_view stripped = strip(text, nullptr, true, true);
    std::string out;
    for (std::size_t at = 0; at < stripped.size();) {
        const unicode::decoded c = unicode::decode(stripped, at);
        at += c.size;
        if (c.point >= 0x80 && unicode::is_decimal(c.point)) {
            out += static_cast<char>('0' + unicode::decimal_value(c.point));
        } else {
            unicode::append(out, c.point);
        }
    }
    const auto joins = [&](std::size_t i) {
        const auto solid = [&](std::size_t k) {
            return k < out.size() && std::isalnum(static_cast<unsigned char>(out[k])) != 0;
        };
        return i > 0 && solid(i - 1) && solid(i + 1);
    };
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i] == '_' && !joins(i)) return std::nullopt;
    }
    return out;
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 36;
}

/// The base that a prefix such as "0x" names, or 0.
int prefix_base(std::string_view digits) {
    if (digits.size() < 2 || digits[0] != '0') return 0;
    const char letter = static_cast<char>(digits[1] | 0x20);
    return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
}

}  // namespace

std::string integer_text(wide_integer x, unsigned base) {
    auto rest = static_cast<wide_magnitude>(x);
    if (x < 0) rest = 0 - rest;
    std::string out;
    do {
        out += "0123456789abcdefghijklmnopqrstuvwxyz"[static_cast<std::size_t>(rest % base)];
        rest /= base;
    } while (rest != 0);
    if (x < 0) out += '-';
    std::ranges::reverse(out);
    return out;
}

std::string real_text(double x, bool json) {
    if (std::isnan(x)) return json ? "NaN" : "nan";
    if (std::isinf(x)) return std::string(x < 0 ? "-" : "") + (json ? "Infinity" : "inf");
    std::array<char, 64> buffer{};
    const auto scientific = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                          std::chars_format::scientific);
    const std::string text(buffer.data(), scientific.ptr);
    const int exponent = std::stoi(text.substr(text.find('e') + 1));
    if (exponent < -4 || exponent >= 16) return text;
    const auto fixed =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed);
    std::string out(buffer.data(), fixed.ptr);
    if (out.find('.') == std::string::npos) out += ".0";
    return out;
}

reading read_integer(std::string_view text, int base, wide_integer& out) {
    if (base != 0 && (base < 2 || base > 36)) return reading::malformed;
    const auto plain = plain_number(text);
    if (!plain) return reading::malformed;
    std::string_view digits = *plain;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    const int named = prefix_base(digits);
    if (named != 0 && (base == 0 || base == named)) {
        digits.remove_prefix(2);
        if (digits.starts_with('_')) digits.remove_prefix(1);
        base = named;
    } else if (base == 0) {
        // Python takes no leading zeros here, but for zero itself.
        if (digits.starts_with('0') && digits.find_first_not_of("0_") != std::string_view::npos) {
            return reading::malformed;
        }
        base = 10;
    }
    if (digits.empty()) return reading::malformed;
    const auto factor = static_cast<wide_magnitude>(base);
    wide_magnitude sum = 0;
    bool large = false;
    for (const char c : digits) {
        if (c == '_') continue;
        const int digit = digit_of(c);
        if (digit >= base) return reading::malformed;
        large = large || sum > (largest_magnitude - static_cast<wide_magnitude>(digit)) / factor;
        if (!large) sum = sum * factor + static_cast<wide_magnitude>(digit);
    }
    if (large) return reading::too_large;
    out = negative ? -static_cast<wide_integer>(sum) : static_cast<wide_integer>(sum);
    return reading::good;
}

std::optional<double> read_real(std::string_view text) {
    auto plain = plain_number(text);
    if (!plain) return std::nullopt;
    std::erase(*plain, '_');
    std::string_view digits = *plain;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    double out = 0;
    const char* end = digits.data() + digits.size();
    const bool letter_first = !digits.empty() && digits[0] != '.' && digit_of(digits[0]) >= 10;
    std::string lower(digits.substr(0, 9));
    for (char& c : lower) c = static_cast<char>(c | 0x20);
    if (letter_first) {
        const bool infinite = lower == "inf" || lower == "infinity";
        if (digits.size() > 8 || (!infinite && lower != "nan")) return std::nullopt;
        out = infinite ? HUGE_VAL : std::nan("");
    } else {
        const auto [stop, problem] = std::from_chars(digits.data(), end, out);
        if (digits.empty() || digits[0] == '-' || stop != end) return std::nullopt;
        // Beyond the range from_chars leaves the number alone; strtod gives zero or infinity.
        if (problem == std::errc::result_out_of_range) {
            out = std::strtod(std::string(digits).c_str(), nullptr);
        } else if (problem != std::errc()) {
            return std::nullopt;
        }
    }
    return negative ? -out : out;
}

std::optional<wide_integer> truncated(double x) {
    if (!(std::abs(x) < two_to_127)) return std::nullopt;
    return static_cast<wide_integer>(x);
}

std::partial_ordering order_of_numbers(const value& a, const value& b) {
    if (a.is_integer() && b.is_integer()) return a.integer() <=> b.integer();
    if (b.is_integer()) return 0 <=> order_of_numbers(b, a);
    if (!a.is_integer()) return a.real() <=> b.real();
    const double x = b.real();
    if (std::isnan(x)) return std::partial_ordering::unordered;
    const auto whole = truncated(x);
    if (!whole) return 0.0 <=> x;
    if (a.integer() != *whole) return a.integer() <=> *whole;
    return 0.0 <=> x - std::trunc(x);
}

double rounded(double x, std::int64_t digits) {
    if (!std::isfinite(x)) return x;
    if (digits >= 0) {
        if (digits > 323) return x;
        // printf rounds the exact decimal expansion.
        std::array<char, 700> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "%.*f", static_cast<int>(digits), x);
        return std::strtod(buffer.data(), nullptr);
    }
    if (digits < -308) return std::copysign(0.0, x);
    const double unit = std::pow(10.0, static_cast<double>(-digits));
    const double rest = std::fmod(std::abs(x), unit);
    const double below = std::abs(x) - rest;
    const bool odd = std::fmod(below / unit, 2) != 0;
    const bool up = rest > unit / 2 || (rest == unit / 2 && odd);
    return std::copysign(up ? below + unit : below, x);
}

}  // namespace tessera::engine::jinja
