#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::http {

namespace detail {

inline constexpr auto character_classes = [] {
    enum : std::uint8_t { token = 1, text = 2, digit = 4, hex = 8, alpha = 16 };
    std::array<std::uint8_t, 256> table{};
    for (int c = 0; c < 256; ++c) {
        const bool is_digit = c >= '0' && c <= '9';
        const bool is_alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool is_hex = is_digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool is_mark = std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) !=
                             std::string_view::npos;
        std::uint8_t classes = 0;
        if (is_digit || is_alpha || (is_mark && c != 0)) classes |= token;
        if (c == '\t' || (c >= ' ' && c != 0x7f)) classes |= text;
        if (is_digit) classes |= digit;
        if (is_hex) classes |= hex;
        if (is_alpha) classes |= alpha;
        table[static_cast<std::size_t>(c)] = classes;
    }
    return table;
}();

constexpr std::uint8_t classes_of(char c) {
    return character_classes[static_cast<unsigned char>(c)];
}

}  // namespace detail

/// RFC 9110 section 5.6.2: tchar.
constexpr bool is_token_char(char c) { return (detail::classes_of(c) & 1) != 0; }
/// HTAB, SP, VCHAR and obs-text: what a line of a head may hold.
constexpr bool is_text_char(char c) { return (detail::classes_of(c) & 2) != 0; }
/// 0 to 9.
constexpr bool is_digit(char c) { return (detail::classes_of(c) & 4) != 0; }
/// 0 to 9 and a to f, in either case.
constexpr bool is_hex_digit(char c) { return (detail::classes_of(c) & 8) != 0; }
/// An ASCII letter.
constexpr bool is_alpha(char c) { return (detail::classes_of(c) & 16) != 0; }
/// Space or tab.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
/// Changes ASCII letters alone.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
/// Of a character for which is_hex_digit() holds.
constexpr unsigned hex_value(char c) {
    return is_digit(c) ? static_cast<unsigned>(c - '0')
                       : static_cast<unsigned>(to_lower(c) - 'a' + 10);
}

/// RFC 9110 section 5.6.2.
constexpr bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
/// Whether a header field may have this value (RFC 9110 section 5.5).
constexpr bool is_field_value(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_text_char);
}
/// Whether all are digits, and there are some.
constexpr bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Without regard to the case of ASCII letters.
constexpr bool equal_nocase(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i])) return false;
    return true;
}

/// Without optional white space (SP, HTAB) on either side.
constexpr std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// Takes the text up to the first `separator` (or all) off the front of `rest`, with the separator.
constexpr std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t at = rest.find(separator);
    const std::string_view front = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return front;
}

/// Calls visit(element) with every trimmed element of a comma-separated list, empty ones included,
/// until it answers false. Quoted strings are not looked into.
template <class Visit>
constexpr bool for_each_element(std::string_view list, Visit&& visit) {
    for (;;) {
        const bool last = list.find(',') == std::string_view::npos;
        if (!visit(trim(take_until(list, ',')))) return false;
        if (last) return true;
    }
}

}  // namespace tessera::http
