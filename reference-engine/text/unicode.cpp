#include "text/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace tessera::engine::unicode {
namespace {

constexpr std::uint32_t bit(int category) { return 1U << category; }

constexpr std::uint32_t letters = bit(UTF8PROC_CATEGORY_LU) | bit(UTF8PROC_CATEGORY_LL) |
                                  bit(UTF8PROC_CATEGORY_LT) | bit(UTF8PROC_CATEGORY_LM) |
                                  bit(UTF8PROC_CATEGORY_LO);
constexpr std::uint32_t numbers =
    bit(UTF8PROC_CATEGORY_ND) | bit(UTF8PROC_CATEGORY_NL) | bit(UTF8PROC_CATEGORY_NO);
constexpr std::uint32_t words = letters | bit(UTF8PROC_CATEGORY_MN) | bit(UTF8PROC_CATEGORY_MC) |
                                bit(UTF8PROC_CATEGORY_ME) | bit(UTF8PROC_CATEGORY_ND) |
                                bit(UTF8PROC_CATEGORY_PC);
constexpr std::uint32_t unprintable = bit(UTF8PROC_CATEGORY_CC) | bit(UTF8PROC_CATEGORY_CF) |
                                      bit(UTF8PROC_CATEGORY_CS) | bit(UTF8PROC_CATEGORY_CO) |
                                      bit(UTF8PROC_CATEGORY_CN) | bit(UTF8PROC_CATEGORY_ZL) |
                                      bit(UTF8PROC_CATEGORY_ZP) | bit(UTF8PROC_CATEGORY_ZS);

std::uint32_t category_bit(char32_t point) {
    static const auto ascii = [] {
        std::array<std::uint8_t, 128> table{};
        for (int c = 0; c < 128; ++c) {
            table[static_cast<std::size_t>(c)] = static_cast<std::uint8_t>(utf8proc_category(c));
        }
        return table;
    }();
    if (point < 128) return bit(ascii[point]);
    return bit(utf8proc_category(static_cast<utf8proc_int32_t>(point)));
}

/// Length of the well-formed prefix of a character at `at`, and whether it is whole (table 3-7 of
/// the Unicode standard).
struct form {
    std::uint8_t size;
    bool whole;
};
form examine(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {1, true};
    if (lead < 0xc2 || lead > 0xf4) return {1, false};
    const std::uint8_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return {1, false};
    for (std::uint8_t i = 2; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return {i, false};
    }
    return {length, true};
}

}  // namespace

decoded decode(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return {lead, 1, true};
    const form found = examine(text, at);
    if (!found.whole) return {replacement, 1, false};
    char32_t point = lead & (0x7fU >> found.size);
    for (std::uint8_t i = 1; i < found.size; ++i) {
        point = (point << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    return {point, found.size, true};
}

void append(std::string& out, char32_t point) {
    const auto tail = [&](int shift) {
        out += static_cast<char>(0x80 | ((point >> shift) & 0x3f));
    };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | (point >> 12));
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xf0 | (point >> 18));
        tail(12), tail(6), tail(0);
    }
}

std::size_t count(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool is_valid(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const form found = examine(text, at);
        if (!found.whole) return false;
        at += found.size;
    }
    return true;
}

std::string repair(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const form found = examine(text, at);
        if (found.whole) {
            out.append(text, at, found.size);
        } else {
            append(out, replacement);
        }
        at += found.size;
    }
    return out;
}

bool is_letter(char32_t point) { return (category_bit(point) & letters) != 0; }
bool is_number(char32_t point) { return (category_bit(point) & numbers) != 0; }
bool is_word(char32_t point) { return (category_bit(point) & words) != 0; }
bool is_printable(char32_t point) {
    return point == ' ' || (category_bit(point) & unprintable) == 0;
}

bool is_space(char32_t point) {
    if (point < 0x80) return point == ' ' || (point >= '\t' && point <= '\r');
    return point == 0x85 || point == 0xa0 || point == 0x1680 ||
           (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 ||
           point == 0x202f || point == 0x205f || point == 0x3000;
}

std::string nfc(std::string_view text) {
    // Latin-1 and all before the first combining mark is in form C already.
    const bool plain =
        std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0xcc; });
    if (plain) return std::string(text);
    std::vector<utf8proc_int32_t> points;
    points.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const decoded c = decode(text, at);
        std::array<utf8proc_int32_t, 8> parts{};
        int unused = 0;
        const utf8proc_ssize_t n = utf8proc_decompose_char(
            static_cast<utf8proc_int32_t>(c.point), parts.data(),
            static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &unused);
        points.insert(points.end(), parts.begin(),
                      parts.begin() + std::max<utf8proc_ssize_t>(n, 0));
        at += c.size;
    }
    // Canonical ordering; utf8proc's own takes quadratic time for long runs of marks.
    const auto mark_class = [](utf8proc_int32_t point) {
        return utf8proc_get_property(point)->combining_class;
    };
    for (auto run = points.begin(); run != points.end(); ++run) {
        if (mark_class(*run) == 0) continue;
        const auto end =
            std::find_if(run, points.end(), [&](auto point) { return mark_class(point) == 0; });
        // Class, place and character in one number: sorting it is stable.
        std::vector<std::uint64_t> keys;
        for (auto mark = run; mark != end; ++mark) {
            keys.push_back(static_cast<std::uint64_t>(mark_class(*mark)) << 56 |
                           static_cast<std::uint64_t>(mark - run) << 21 |
                           static_cast<std::uint64_t>(*mark));
        }
        std::ranges::sort(keys);
        std::ranges::transform(keys, run, [](std::uint64_t key) {
            return static_cast<utf8proc_int32_t>(key & 0x1fffffU);
        });
        run = std::prev(end);
    }
    const utf8proc_ssize_t size = utf8proc_normalize_utf32(
        points.data(), static_cast<utf8proc_ssize_t>(points.size()),
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    points.resize(static_cast<std::size_t>(std::max<utf8proc_ssize_t>(size, 0)));
    std::string out;
    out.reserve(text.size());
    for (const utf8proc_int32_t point : points) append(out, static_cast<char32_t>(point));
    return out;
}

}  // namespace tessera::engine::unicode
