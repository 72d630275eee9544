#include "support/validator/exact_number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

using nlohmann::ordered_json;

void append_text(std::string& out, std::string_view text) {
    out += '"' + std::to_string(text.size()) + ':';
    out += text;
}

void append(std::string& out, const ordered_json& value, int depth) {
    constexpr int most_depth = 200;
    if (depth > most_depth) throw engine_error(error_code::limit, "the value nests too deep");
    if (value.is_object()) {
        std::vector<const ordered_json::object_t::value_type*> members;
        for (const auto& member : value.get_ref<const ordered_json::object_t&>())
            members.push_back(&member);
        std::ranges::sort(
            members, {}, [](const auto* m) -> const auto& { return m->first; });
        out += '{';
        for (const auto* member : members) {
            append_text(out, member->first);
            append(out, member->second, depth + 1);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        for (const auto& item : value) append(out, item, depth + 1);
        out += ']';
    } else if (value.is_string()) {
        append_text(out, value.get_ref<const std::string&>());
    } else if (value.is_number()) {
        out += exact_number(value).text() + ' ';
    } else {
        out += value.is_null() ? "null" : value.get<bool>() ? "true" : "false";
    }
}

}  // namespace

exact_number::exact_number(const ordered_json& number) {
    std::array<char, 32> text{};
    const auto written = [&] {
        if (number.is_number_unsigned())
            return std::to_chars(text.begin(), text.end(), number.get<std::uint64_t>());
        if (number.is_number_integer())
            return std::to_chars(text.begin(), text.end(), number.get<std::int64_t>());
        const double value = number.is_number_float() ? number.get<double>() : NAN;
        if (!std::isfinite(value))
            throw engine_error(error_code::invalid_argument, "a finite number is expected");
        return std::to_chars(text.begin(), text.end(), value, std::chars_format::scientific);
    }();
    std::string_view rest(text.data(), static_cast<std::size_t>(written.ptr - text.data()));
    negative_ = rest.starts_with('-');
    if (negative_) rest.remove_prefix(1);
    const std::size_t e = rest.find('e');
    std::string_view mantissa = rest.substr(0, e);
    if (e != std::string_view::npos) {
        rest.remove_prefix(rest[e + 1] == '+' ? e + 2 : e + 1);
        std::from_chars(rest.data(), rest.data() + rest.size(), point_);
    }
    point_ += static_cast<int>(std::min(mantissa.find('.'), mantissa.size()));
    for (const char c : mantissa) {
        if (c == '.') continue;
        digits_ += c;
    }
    const std::size_t zeros = std::min(digits_.find_first_not_of('0'), digits_.size());
    digits_.erase(0, zeros);
    point_ -= static_cast<int>(zeros);
    while (digits_.ends_with('0')) digits_.pop_back();
    if (digits_.empty()) {
        negative_ = false;
        point_ = 0;
    }
}

// With both as a whole number times a power of ten, neither ending in a zero: the quotient
// A/B * 10^n is whole if n is enough for the twos and fives in B that A does not have.
bool exact_number::is_multiple_of(const exact_number& of) const {
    if (digits_.empty()) return true;
    const auto whole = [](const std::string& digits) {
        std::uint64_t value = 0;  // 20 digits at most, and no more than an integer of JSON had
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    };
    const auto exponent = [](const exact_number& n) {
        return n.point_ - static_cast<int>(n.digits_.size());
    };
    const int more = exponent(*this) - exponent(of);
    std::uint64_t divisor = whole(of.digits_);
    divisor /= std::gcd(whole(digits_), divisor);
    for (const std::uint64_t prime : {2U, 5U}) {
        for (int i = 0; i < more && divisor % prime == 0; ++i) divisor /= prime;
    }
    return more >= 0 && divisor == 1;
}

std::string exact_number::text() const {
    return (negative_ ? "-0." : "0.") + digits_ + 'e' + std::to_string(point_);
}

std::strong_ordering operator<=>(const exact_number& a, const exact_number& b) {
    const auto sign = [](const exact_number& n) {
        return n.digits_.empty() ? 0 : n.negative_ ? -1 : 1;
    };
    if (sign(a) != sign(b) || sign(a) == 0) return sign(a) <=> sign(b);
    const exact_number& low = a.negative_ ? b : a;
    const exact_number& high = a.negative_ ? a : b;
    if (low.point_ != high.point_) return low.point_ <=> high.point_;
    return low.digits_.compare(high.digits_) <=> 0;
}

std::string canonical_text(const ordered_json& value) {
    std::string out;
    append(out, value, 0);
    return out;
}

}  // namespace tessera::engine
