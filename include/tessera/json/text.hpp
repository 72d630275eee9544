#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Scalars as JSON text.
namespace tessera::json::detail {

// The length of the well-formed UTF-8 sequence at the front of `bytes` (Unicode
// table 3-7), or minus the length of the ill-formed part that U+FFFD stands for
// (its "maximal subpart").
inline int utf8_sequence(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned char lead = at(0);
    if (lead < 0x80) return 1;
    const int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4) return -1;
    unsigned char low = 0x80, high = 0xbf;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
    for (int i = 1; i < length; ++i) {
        const auto index = static_cast<std::size_t>(i);
        if (index >= bytes.size() || at(index) < low || at(index) > high) return -i;
        low = 0x80;
        high = 0xbf;
    }
    return length;
}

// How many bytes at the front are ASCII that a JSON string has as it is: neither a quote, a
// backslash nor a control character. Eight at a time: a byte of `odd` has its highest bit set where
// one is none of them, and perhaps after the first such byte.
inline std::size_t plain_ascii(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    const auto is_plain = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
    };
    std::size_t size = 0;
    for (; text.size() - size >= sizeof(std::uint64_t); size += sizeof(std::uint64_t)) {
        std::uint64_t eight;
        std::memcpy(&eight, text.data() + size, sizeof eight);
        const std::uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');
        const std::uint64_t odd = (eight | (eight - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs;
        if (odd) break;
    }
    while (size < text.size() && is_plain(text[size])) ++size;
    return size;
}

inline std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

inline void write_escape(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
    }
}

// Quoted and escaped; what is no UTF-8 becomes U+FFFD.
inline void write_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t written = 0;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\') {
            ++i;
            continue;
        }
        const int length = utf8_sequence(text.substr(i, 4));
        if (length > 1) {
            i += static_cast<std::size_t>(length);
            continue;
        }
        out.append(text.substr(written, i - written));
        if (length == 1) {
            write_escape(out, c);
            ++i;
        } else {
            out += "\xef\xbf\xbd";
            i += static_cast<std::size_t>(-length);
        }
        written = i;
    }
    out.append(text.substr(written));
    out += '"';
}

// The shortest text that reads back as the same number, always with a fraction
// or an exponent so that it stays a floating-point number; null for what JSON
// cannot say.
template <std::floating_point Float>
void write_number(std::string& out, Float number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

template <std::integral Integer>
void write_number(std::string& out, Integer number) {
    std::array<char, 24> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

}  // namespace tessera::json::detail
