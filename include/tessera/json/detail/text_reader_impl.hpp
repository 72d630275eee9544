#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tessera/json/detail/scalar.hpp"
#include "tessera/json/detail/text_reader.hpp"
#include "tessera/json/detail/unreadable.hpp"
#include "tessera/json/text.hpp"

namespace tessera::json::detail {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_number_part(char c) {
    return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// What the characters of a number say, as RFC 8259 has them.
struct number_shape {
    bool is_valid = false;
    bool is_integer = true;
    // Of the first digit that is not 0: 1 for 1.5, 3 for 123, -1 for 0.05; exponents not counted.
    std::int64_t magnitude = 0;
    std::int64_t exponent = 0;
};

TESSERA_DECL number_shape shape_of_number(std::string_view text) {
    number_shape shape;
    const char* at = text.data();
    const char* const end = at + text.size();
    bool is_zero = true;
    const auto digits = [&](std::int64_t step) {
        const char* const first = at;
        for (; at != end && is_digit(*at); ++at) {
            is_zero = is_zero && *at == '0';
            if (step > 0 ? !is_zero : is_zero) shape.magnitude += step;
        }
        return at - first;
    };
    if (at != end && *at == '-') ++at;
    const bool leads_with_zero = at != end && *at == '0';
    const auto whole = digits(1);
    if (whole == 0 || (leads_with_zero && whole > 1)) return shape;
    if (at != end && *at == '.') {
        shape.is_integer = false;
        ++at;
        if (digits(-1) == 0) return shape;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        shape.is_integer = false;
        ++at;
        const bool is_negative = at != end && *at == '-';
        if (at != end && (*at == '-' || *at == '+')) ++at;
        const char* const first = at;
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 100;
        for (; at != end && is_digit(*at); ++at)
            if (shape.exponent < most) shape.exponent = shape.exponent * 10 + (*at - '0');
        if (at == first) return shape;
        if (is_negative) shape.exponent = -shape.exponent;
    }
    shape.is_valid = at == end;
    return shape;
}

// An integer if it is one that fits 64 bits, else a double; discarded beyond the range of a double.
TESSERA_DECL value value_of_number(std::string_view text, const number_shape& shape) {
    const char* const end = text.data() + text.size();
    if (shape.is_integer) {
        const bool is_negative = text.front() == '-';
        const std::uint64_t most = is_negative ? std::uint64_t{1} << 63 : ~std::uint64_t{0};
        std::uint64_t number = 0;
        const char* at = text.data() + is_negative;
        for (; at != end; ++at) {
            const auto digit = static_cast<std::uint64_t>(*at - '0');
            if (number > most / 10 || number * 10 > most - digit) break;
            number = number * 10 + digit;
        }
        if (at == end && is_negative)
            return scalar(value::value_t::number_integer, static_cast<std::int64_t>(~number + 1));
        if (at == end) return scalar(value::value_t::number_unsigned, number);
    }
    double number = 0;
    if (std::from_chars(text.data(), end, number).ec == std::errc::result_out_of_range) {
        if (shape.magnitude + shape.exponent > 0) return value(value::value_t::discarded);
        number = text.front() == '-' ? -0.0 : 0.0;
    }
    return scalar(value::value_t::number_float, number);
}

// How many bytes at the front go into a string as they are.
TESSERA_DECL std::size_t plain_bytes(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size()) {
        size += plain_ascii(text.substr(size));
        if (size == text.size() || static_cast<unsigned char>(text[size]) < 0x80) break;
        const int length = utf8_sequence(text.substr(size, 4));
        if (length < 0) break;
        size += static_cast<std::size_t>(length);
    }
    return size;
}

// The number of four hexadecimal digits.
TESSERA_DECL std::optional<std::uint32_t> hexadecimal(std::string_view digits) {
    std::uint32_t number = 0;
    for (const char c : digits) {
        const char lower = static_cast<char>(c | 32);
        number <<= 4;
        if (is_digit(c))
            number |= static_cast<std::uint32_t>(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            number |= static_cast<std::uint32_t>(lower - 'a' + 10);
        else
            return std::nullopt;
    }
    return number;
}

TESSERA_DECL void append_code_point(std::string& out, std::uint32_t point) {
    const auto byte = [&](std::uint32_t bits) { out += static_cast<char>(bits); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) {
        byte(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            byte(0xe0 | point >> 12);
        } else {
            byte(0xf0 | point >> 18);
            byte(0x80 | (point >> 12 & 0x3f));
        }
        byte(0x80 | (point >> 6 & 0x3f));
    }
    byte(0x80 | (point & 0x3f));
}

// The character that a backslash and `c` stand for; NUL for none.
constexpr char unescaped(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

TESSERA_DEF void text_reader::read(std::string_view piece) {
    if (failure_.empty() && piece.size() > bounds_.bytes - before_)
        failure_ = too_long(before_ + piece.size(), bounds_);
    begin_ = at_ = piece.data();
    end_ = begin_ + piece.size();
    while (at_ != end_ && failure_.empty()) {
        if (state_ == state::string)
            read_string();
        else if (state_ == state::number)
            read_number();
        else if (state_ == state::literal)
            read_literal();
        else
            read_structure();
    }
    before_ += piece.size();
    begin_ = at_ = end_ = nullptr;
}

TESSERA_DEF void text_reader::end() {
    if (failure_.empty() && state_ == state::number) end_number(digits_);
    if (failure_.empty() && state_ == state::item) fail_unexpected("'[', '{', or a literal");
    if (failure_.empty() && state_ != state::done) fail("unexpected end of input");
}

TESSERA_DEF void text_reader::read_structure() {
    while (is_space(*at_))
        if (++at_ == end_) return;
    const char c = *at_;
    switch (state_) {
        case state::item_or_end:
            if (c == ']') return close(false);
            [[fallthrough]];
        case state::item:
            return begin_value(c);
        case state::name_or_end:
            if (c == '}') return close(true);
            [[fallthrough]];
        case state::name:
            if (c != '"') return fail_unexpected("the name of a member");
            name_.clear();
            text_ = &name_;
            state_ = state::string;
            break;
        case state::colon:
            if (c != ':') return fail_unexpected("':'");
            state_ = state::item;
            break;
        case state::comma_or_end:
            if (c == '}' || c == ']') return close(c == '}');
            if (c != ',') return fail_unexpected("',' or the end of what is open");
            state_ = builder_.is_in_object() ? state::name : state::item;
            break;
        default:
            return fail_unexpected("end of input");
    }
    ++at_;
}

TESSERA_DEF void text_reader::begin_value(char c) {
    switch (c) {
        case '"':
            begin_member();
            state_ = state::string;
            if (value* added = check(builder_.add(value(value::value_t::string))))
                text_ = added->get_ptr<std::string*>();
            break;
        case '{':
            begin_member();
            state_ = state::name_or_end;
            check(builder_.open(value(value::value_t::object)));
            break;
        case '[':
            begin_member();
            state_ = state::item_or_end;
            check(builder_.open(value(value::value_t::array)));
            break;
        case 't':
        case 'f':
        case 'n':
            literal_ = c == 't' ? "true" : c == 'f' ? "false" : "null";
            matched_ = 0;
            state_ = state::literal;
            return;
        default:
            if (c != '-' && !is_digit(c)) return fail_unexpected("'[', '{', or a literal");
            digits_.clear();
            state_ = state::number;
            return;
    }
    ++at_;
}

TESSERA_DEF void text_reader::read_number() {
    const char* const first = at_;
    while (at_ != end_ && is_number_part(*at_)) ++at_;
    const std::string_view here(first, static_cast<std::size_t>(at_ - first));
    if (at_ != end_ && digits_.empty()) return end_number(here);
    digits_ += here;
    if (at_ != end_) end_number(digits_);
}

TESSERA_DEF void text_reader::end_number(std::string_view digits) {
    const number_shape shape = shape_of_number(digits);
    if (!shape.is_valid) return fail("invalid number", digits.size());
    value number = value_of_number(digits, shape);
    if (number.is_discarded())
        return fail("the number is beyond the range of a double", digits.size());
    add(std::move(number));
}

TESSERA_DEF void text_reader::read_literal() {
    for (; at_ != end_ && matched_ < literal_.size(); ++at_, ++matched_)
        if (*at_ != literal_[matched_]) return fail("invalid literal");
    if (matched_ < literal_.size()) return;
    if (literal_ == "null")
        add(value());
    else
        add(scalar(value::value_t::boolean, literal_ == "true"));
}

TESSERA_DEF void text_reader::begin_member() {
    if (builder_.is_in_object()) builder_.name_member(std::move(name_));
}

TESSERA_DEF void text_reader::add(value&& whole) {
    begin_member();
    check(builder_.add(std::move(whole)));
    end_value();
}

TESSERA_DEF void text_reader::close(bool is_object) {
    if (builder_.is_in_object() != is_object) return fail("the end of what is not open");
    builder_.close();
    ++at_;
    end_value();
}

TESSERA_DEF void text_reader::read_string() {
    if (!held_.empty()) return take_held();
    const std::string_view left(at_, static_cast<std::size_t>(end_ - at_));
    const std::size_t plain = plain_bytes(left);
    text_->append(left.substr(0, plain));
    at_ += plain;
    if (at_ == end_) return;
    const char c = *at_;
    if (c == '"') {
        ++at_;
        if (text_ != &name_) return end_value();
        state_ = state::colon;
    } else if (static_cast<unsigned char>(c) < 0x20) {
        fail("a control character inside a string");
    } else if (c == '\\' && left.size() > plain + 1 && unescaped(at_[1]) != '\0') {
        text_->push_back(unescaped(at_[1]));
        at_ += 2;
    } else {
        take_held();
    }
}

// An escape, or a character of several bytes, that may be cut.
TESSERA_DEF void text_reader::take_held() {
    held_.push_back(*at_++);
    if (held_[0] == '\\') return take_escape();
    const int length = utf8_sequence(held_);
    const auto lead = static_cast<unsigned char>(held_[0]);
    const bool may_go_on =
        lead >= 0xc2 && lead <= 0xf4 && -length == static_cast<int>(held_.size());
    if (length < 0 && !may_go_on) return fail("ill-formed UTF-8", held_.size());
    if (length < 0) return;
    *text_ += held_;
    held_.clear();
}

TESSERA_DEF void text_reader::take_escape() {
    const std::size_t size = held_.size();
    if (size < 2) return;
    if (held_[1] != 'u') {
        const char c = unescaped(held_[1]);
        if (c == '\0') return fail("no escape of JSON", size);
        text_->push_back(c);
        return held_.clear();
    }
    if (size < 6) return;
    const std::string_view held = held_;
    auto point = hexadecimal(held.substr(2, 4));
    if (point && *point >= 0xd800 && *point < 0xdc00) {
        if (size < 12) return;
        const auto low = hexadecimal(held.substr(8));
        const bool follows = held.substr(6, 2) == "\\u" && low && *low >= 0xdc00 && *low < 0xe000;
        point = follows ? std::optional(0x10000 + ((*point - 0xd800) << 10) + (*low - 0xdc00))
                        : std::nullopt;
    } else if (point && *point >= 0xdc00 && *point < 0xe000) {
        point.reset();
    }
    if (!point) return fail("no escape of JSON", size);
    append_code_point(*text_, *point);
    held_.clear();
}

// `back`: how many bytes before this one the fault begins.
TESSERA_DEF void text_reader::fail(std::string_view why, std::size_t back) {
    if (back == 0 && at_ != end_ && *at_ == '\0') why = "a NUL byte";
    const std::size_t offset = before_ + static_cast<std::size_t>(at_ - begin_) - back;
    (failure_ = sentence(" at byte ", offset, ": ")) += why;
}

TESSERA_DEF void text_reader::fail_unexpected(std::string_view expected) {
    std::string why = "unexpected ";
    if (at_ == end_)
        why += "end of input";
    else if (std::string_view("[]{}:,").find(*at_) != std::string_view::npos)
        (why += '\'') += std::string{*at_, '\''};
    else if (*at_ == '"')
        why += "string";
    else if (*at_ == '-' || is_digit(*at_))
        why += "number";
    else
        return fail("invalid literal");
    (why += "; expected ") += expected;
    fail(why);
}

TESSERA_DEF value* text_reader::check(value* added) {
    if (added) return added;
    if (builder_.refused() == tree_builder::refusal::depth)
        fail(sentence("more than ", bounds_.depth, " arrays and objects inside each other"));
    else
        failure_ = sentence(": more than ", bounds_.values, " values");
    return nullptr;
}

}  // namespace tessera::json::detail
