#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/error.hpp"
#include "text/jinja/formatting.hpp"
#include "text/jinja/numbers.hpp"
#include "text/jinja/text_tools.hpp"
#include "text/unicode.hpp"

namespace tessera::engine::jinja {
namespace {

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

bool take(std::string_view& rest, std::string_view any_of, char& out) {
    if (rest.empty() || any_of.find(rest[0]) == std::string_view::npos) return false;
    out = rest[0];
    rest.remove_prefix(1);
    return true;
}

std::string printed(machine& m, const format_spec& spec, char type, std::int64_t precision,
                    double x) {
    constexpr std::int64_t most_digits = 10'000;
    if (precision > most_digits) m.limit("a number is formatted with more than 10000 digits");
    const std::string pattern = std::string("%") + (spec.alternate ? "#" : "") + ".*" + type;
    const int digits = static_cast<int>(precision);
    const int size = std::snprintf(nullptr, 0, pattern.c_str(), digits, x);
    std::string out(static_cast<std::size_t>(size) + 1, '\0');
    std::snprintf(out.data(), out.size(), pattern.c_str(), digits, x);
    out.pop_back();
    return out;
}

/// Without a type but with a precision: as g, yet never without a point or an exponent.
std::string printed_like_repr(machine& m, const format_spec& spec, double x) {
    const std::int64_t digits = std::max<std::int64_t>(*spec.precision, 1);
    std::string scientific = printed(m, spec, 'e', digits - 1, x);
    const std::size_t e = scientific.find('e');
    if (e == std::string::npos) return scientific;
    const int point = std::atoi(scientific.c_str() + e + 1) + 1;
    if (point > -4 && point < digits) {
        std::string out = printed(m, spec, 'g', digits, x);
        return out.find('.') == std::string::npos ? out + ".0" : out;
    }
    std::size_t end = e;
    if (scientific.find('.') < e) {
        while (scientific[end - 1] == '0') --end;
        if (scientific[end - 1] == '.') --end;
    }
    return scientific.erase(end, e - end);
}

void group_digits(std::string& digits, char separator, std::size_t size) {
    const std::size_t end =
        std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
    for (std::size_t at = end; at > size; at -= size) digits.insert(at - size, 1, separator);
}

/// Sign, prefix such as "0x", and digits of a formatted number.
struct number_parts {
    bool negative = false;
    std::string prefix;
    std::string digits;
};

number_parts whole_parts(machine& m, wide_integer x, const format_spec& spec) {
    number_parts out{x < 0, {}, {}};
    const char lower = static_cast<char>(spec.type | 0x20);
    const unsigned base = lower == 'x' ? 16 : lower == 'o' ? 8 : lower == 'b' ? 2 : 10;
    out.digits = integer_text(x, base);
    if (out.negative) out.digits.erase(0, 1);
    if (spec.precision) {  // of % only: the least number of digits
        const auto size = static_cast<std::int64_t>(out.digits.size());
        std::string zeros;
        m.append_repeated(zeros, "0", *spec.precision - size);
        out.digits.insert(0, zeros);
    }
    if (spec.type == 'X')
        std::ranges::transform(out.digits, out.digits.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        });
    if (spec.alternate && base != 10) out.prefix = {'0', spec.type};
    if (spec.grouping != '\0') group_digits(out.digits, spec.grouping, base == 10 ? 3 : 4);
    return out;
}

number_parts real_parts(machine& m, double x, const format_spec& spec) {
    number_parts out{std::signbit(x) && !std::isnan(x), {}, {}};
    x = std::abs(x);
    const bool percent = spec.type == '%';
    if (spec.type == '\0' && !spec.precision) {
        out.digits = real_text(x);
    } else if (spec.type == '\0' && std::isfinite(x)) {
        out.digits = printed_like_repr(m, spec, x);
    } else {
        const char type = percent ? 'f' : spec.type == 'n' || spec.type == '\0' ? 'g' : spec.type;
        out.digits = printed(m, spec, type, spec.precision.value_or(6), percent ? x * 100 : x);
    }
    if (percent) out.digits += '%';
    if (spec.grouping != '\0' && std::isfinite(x)) group_digits(out.digits, spec.grouping, 3);
    return out;
}

}  // namespace

std::optional<std::int64_t> take_number(std::string_view& rest) {
    constexpr std::int64_t most = std::int64_t{1} << 40;
    std::optional<std::int64_t> out;
    for (; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; rest.remove_prefix(1))
        out = std::min(out.value_or(0) * 10 + (rest[0] - '0'), most);
    return out;
}

format_spec read_format_spec(machine& m, std::string_view text) {
    format_spec out;
    std::string_view rest = text;
    const std::size_t fill = rest.empty() ? 0 : character_at(rest, 0).size();
    if (fill > 0 && rest.size() > fill && is_align(rest[fill])) {
        out.fill = rest.substr(0, fill);
        out.align = rest[fill];
        rest.remove_prefix(fill + 1);
    } else {
        take(rest, "<>^=", out.align);
    }
    take(rest, "+- ", out.sign);
    char unused = '\0';
    out.alternate = take(rest, "#", unused);
    if (take(rest, "0", unused)) {
        out.zero = true;
        if (out.align == '\0') out.fill = "0";
    }
    out.width = take_number(rest).value_or(0);
    take(rest, ",_", out.grouping);
    if (take(rest, ".", unused)) {
        out.precision = take_number(rest);
        if (!out.precision) m.fail("a format has a point without a precision");
    }
    take(rest, "bcdeEfFgGnosxX%", out.type);
    if (!rest.empty()) m.fail("the format " + in_quotes(text) + " is malformed");
    return out;
}

void append_padded(machine& m, std::string& out, std::string_view text, const format_spec& spec,
                   char align) {
    const auto size = static_cast<std::int64_t>(unicode::count(text));
    const std::int64_t missing = std::max<std::int64_t>(spec.width - size, 0);
    if (spec.align != '\0') align = spec.align;
    const std::int64_t before = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
    m.append_repeated(out, spec.fill, before);
    m.append(out, text);
    m.append_repeated(out, spec.fill, missing - before);
}

void append_number(machine& m, std::string& out, const value& x, const format_spec& spec) {
    const bool real = std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos ||
                      (x.as<double>() != nullptr && (spec.type == 'n' || spec.type == '\0'));
    if (spec.type == 's' || (!real && !x.is_integer()))
        m.fail("a value of type " + std::string(x.type_name()) + " cannot be formatted as " +
               in_quotes(std::string_view(&spec.type, 1)));
    if (spec.type == 'c') {
        const wide_integer point = x.integer();
        if (point < 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            m.fail("a number to format is no character");
        std::string character;
        unicode::append(character, static_cast<char32_t>(point));
        return append_padded(m, out, character, spec, '<');
    }
    const number_parts parts =
        real ? real_parts(m, x.real(), spec) : whole_parts(m, x.integer(), spec);
    std::string head = parts.negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
    head += parts.prefix;
    const bool inside = spec.align == '=' || (spec.zero && spec.align == '\0');
    if (!inside) return append_padded(m, out, head + parts.digits, spec, '>');
    if (spec.grouping != '\0' && spec.fill == "0")
        m.unsupported("a format of grouped digits behind zeros");
    format_spec digits = spec;
    digits.align = '>';
    digits.width = spec.width - static_cast<std::int64_t>(head.size());
    m.append(out, head);
    append_padded(m, out, parts.digits, digits, '>');
}

}  // namespace tessera::engine::jinja
