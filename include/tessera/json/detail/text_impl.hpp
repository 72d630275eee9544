#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tessera/json/text.hpp"

namespace tessera::json::detail {

TESSERA_DEF int utf8_sequence(std::string_view bytes) {
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

TESSERA_DEF std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return count;
}

// Eight at a time: a byte of `odd` has its highest bit set where one is not plain, and perhaps
// after the first such byte.
TESSERA_DEF std::size_t plain_ascii(std::string_view text) {
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
        const std::uint64_t odd =
            (eight | (eight - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs;
        if (odd) break;
    }
    while (size < text.size() && is_plain(text[size])) ++size;
    return size;
}

TESSERA_DECL void write_escape(std::string& out, char c) {
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

TESSERA_DEF void write_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t written = 0, at = 0;
    while ((at += plain_ascii(text.substr(at))) < text.size()) {
        const int length = utf8_sequence(text.substr(at, 4));
        if (length > 1) {
            at += static_cast<std::size_t>(length);
            continue;
        }
        out.append(text.substr(written, at - written));
        if (length == 1)
            write_escape(out, text[at]);
        else
            out += "\xef\xbf\xbd";
        written = at += static_cast<std::size_t>(length == 1 ? 1 : -length);
    }
    out.append(text.substr(written));
    out += '"';
}

TESSERA_DEF void write_unsigned(std::string& out, std::uint64_t number) {
    std::array<char, 24> digits;
    char* const end = digits.data() + digits.size();
    char* at = end;
    do *--at = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    out.append(at, static_cast<std::size_t>(end - at));
}

TESSERA_DEF void write_integer(std::string& out, std::int64_t number) {
    const auto bits = static_cast<std::uint64_t>(number);
    if (number < 0) out += '-';
    write_unsigned(out, number < 0 ? ~bits + 1 : bits);
}

template <class Float>
void write_finite(std::string& out, Float number) {
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

TESSERA_DEF void write_real(std::string& out, double number) { write_finite(out, number); }
TESSERA_DEF void write_real(std::string& out, float number) { write_finite(out, number); }

TESSERA_DEF std::string sentence(std::string_view before, std::size_t number,
                                 std::string_view after) {
    std::string out(before);
    write_unsigned(out, number);
    return out += after;
}

TESSERA_DEF std::string in_quotes(std::string_view before, std::string_view text) {
    std::string out(before);
    ((out += '\'') += text) += '\'';
    return out;
}

}  // namespace tessera::json::detail
