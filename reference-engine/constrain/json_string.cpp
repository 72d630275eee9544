#include "constrain/json_string.hpp"

namespace tessera::engine {
namespace {

using partial = json_character::partial;
using outcome = json_character::outcome;

// A partial character is a kind in the low bits and a value above them.
enum kind : unsigned {
    none,
    utf8_2_1,  // utf8_N_M: M bytes to come of N
    utf8_3_2,
    utf8_3_1,
    utf8_4_3,
    utf8_4_2,
    utf8_4_1,
    escape,  // behind the backslash
    hex_0,   // hex_N: N digits behind \u
    hex_1,
    hex_2,
    hex_3,
    low_backslash,  // a low surrogate must follow the high one that is the value
    low_u,
    low_0,  // the value: the high one's ten bits and then the digits so far
    low_1,
    low_2,
    low_3,
};
constexpr unsigned kind_bits = 5;

constexpr partial pack(unsigned k, std::uint32_t value) { return value << kind_bits | k; }

constexpr char32_t plain_first = 0x20, plain_last = 0x7E;
constexpr char32_t surrogates = 0xD800, low_surrogates = 0xDC00, end_of_surrogates = 0xE000;

json_character complete(char32_t c) { return {.what = outcome::character, .value = c}; }

json_character unfinished(partial rest, char32_t first, char32_t last) {
    return {
        .what = outcome::unfinished, .rest = rest, .ranges = 1, .within = {{{first, last}, {}}}};
}

json_character utf8(unsigned k, std::uint32_t value, int missing, char32_t least) {
    const char32_t first = value << (6 * missing);
    const char32_t last = first | ((1U << (6 * missing)) - 1);
    if (last < least || first > 0x10FFFF || (first >= surrogates && last < end_of_surrogates))
        return {};
    return unfinished(pack(k, value), first < least ? least : first,
                      last > 0x10FFFF ? 0x10FFFF : last);
}

int hex_digit(unsigned char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    const unsigned char lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What \u and so many digits may become: a character of the basic plane, or half a pair.
json_character basic(std::uint32_t value, int digits, bool tidy) {
    const int missing = 4 * (4 - digits);
    const char32_t first = value << missing, last = first | ((1U << missing) - 1);
    json_character made{.what = outcome::unfinished,
                        .rest = pack(static_cast<unsigned>(hex_0 + digits), value)};
    const auto add = [&](char32_t from, char32_t to) {
        if (from <= to) made.within[static_cast<std::size_t>(made.ranges++)] = {from, to};
    };
    const char32_t high_first = first < surrogates ? surrogates : first;
    const char32_t high_last = last >= low_surrogates ? low_surrogates - 1 : last;
    // The plane without surrogates is two ranges; only the widest partial holds both, and there the
    // hole matters to nobody.
    if (first < surrogates && tidy && first <= plain_last) {
        if (first < plain_first) add(first, last < plain_first ? last : plain_first - 1);
        add(plain_last + 1, last);
    } else if (first < surrogates)
        add(first, last);
    else if (last >= end_of_surrogates)
        add(first < end_of_surrogates ? end_of_surrogates : first, last);
    if (high_first <= high_last)
        add(0x10000 + ((high_first - surrogates) << 10),
            0x10000 + ((high_last - surrogates) << 10) + 0x3FF);
    return made.ranges == 0 ? json_character{} : made;
}

// What a backslash may become.
json_character escaped(bool tidy) {
    if (!tidy) return unfinished(pack(escape, 0), 0, 0x10FFFF);
    return {
        .what = outcome::unfinished,
        .rest = pack(escape, 0),
        .ranges = 4,
        .within = {{{0, plain_first - 1}, {'"', '"'}, {'\\', '\\'}, {plain_last + 1, 0x10FFFF}}}};
}

json_character low_half(std::uint32_t high, std::uint32_t value, int digits) {
    const int missing = 4 * (4 - digits);
    char32_t first = value << missing, last = first | ((1U << missing) - 1);
    if (last < low_surrogates || first >= end_of_surrogates) return {};
    if (first < low_surrogates) first = low_surrogates;
    if (last >= end_of_surrogates) last = end_of_surrogates - 1;
    const char32_t base = 0x10000 + (high << 10);
    return unfinished(pack(static_cast<unsigned>(low_0 + digits), high << 16 | value),
                      base + (first - low_surrogates), base + (last - low_surrogates));
}

}  // namespace

json_character json_character::read(partial before, unsigned char byte, bool tidy) {
    const unsigned k = before & ((1U << kind_bits) - 1);
    const std::uint32_t value = before >> kind_bits;
    const bool continues = (byte & 0xC0) == 0x80;
    switch (k) {
        case none:
            if (byte == '"') return {.what = outcome::end};
            if (byte == '\\') return escaped(tidy);
            if (byte < 0x20) return {};
            if (byte < 0x80) return complete(byte);
            if (byte >= 0xC2 && byte < 0xE0) return utf8(utf8_2_1, byte & 0x1F, 1, 0x80);
            if (byte >= 0xE0 && byte < 0xF0) return utf8(utf8_3_2, byte & 0x0F, 2, 0x800);
            if (byte >= 0xF0 && byte < 0xF5) return utf8(utf8_4_3, byte & 0x07, 3, 0x10000);
            return {};
        case utf8_2_1:
        case utf8_3_1:
        case utf8_4_1:
            return continues ? complete(value << 6 | (byte & 0x3F)) : json_character{};
        case utf8_3_2:
            if (!continues) return {};
            return utf8(utf8_3_1, value << 6 | (byte & 0x3F), 1, 0x800);
        case utf8_4_3:
            if (!continues) return {};
            return utf8(utf8_4_2, value << 6 | (byte & 0x3F), 2, 0x10000);
        case utf8_4_2:
            if (!continues) return {};
            return utf8(utf8_4_1, value << 6 | (byte & 0x3F), 1, 0x10000);
        case escape:
            switch (byte) {
                case '/':
                    if (tidy) return {};
                    [[fallthrough]];
                case '"':
                case '\\':
                    return complete(byte);
                case 'b':
                    return complete('\b');
                case 'f':
                    return complete('\f');
                case 'n':
                    return complete('\n');
                case 'r':
                    return complete('\r');
                case 't':
                    return complete('\t');
                case 'u':
                    return basic(0, 0, tidy);
                default:
                    return {};
            }
        case hex_0:
        case hex_1:
        case hex_2:
        case hex_3: {
            const int digit = hex_digit(byte);
            if (digit < 0) return {};
            const std::uint32_t code = value << 4 | static_cast<std::uint32_t>(digit);
            if (k != hex_3) return basic(code, static_cast<int>(k - hex_0) + 1, tidy);
            if (tidy && code >= plain_first && code <= plain_last) return {};
            if (code < surrogates || code >= end_of_surrogates) return complete(code);
            if (code >= low_surrogates) return {};
            const std::uint32_t high = code - surrogates;
            return unfinished(pack(low_backslash, high), 0x10000 + (high << 10),
                              0x10000 + (high << 10) + 0x3FF);
        }
        case low_backslash:
        case low_u: {
            if (byte != (k == low_u ? 'u' : '\\')) return {};
            const char32_t base = 0x10000 + (value << 10);
            return unfinished(k == low_u ? pack(low_0, value << 16) : pack(low_u, value), base,
                              base + 0x3FF);
        }
        default: {
            const int digit = hex_digit(byte);
            if (digit < 0) return {};
            const std::uint32_t high = value >> 16;
            const std::uint32_t code = (value & 0xFFFF) << 4 | static_cast<std::uint32_t>(digit);
            if (k != low_3) return low_half(high, code, static_cast<int>(k - low_0) + 1);
            if (code < low_surrogates || code >= end_of_surrogates) return {};
            return complete(0x10000 + (high << 10) + (code - low_surrogates));
        }
    }
}

}  // namespace tessera::engine
