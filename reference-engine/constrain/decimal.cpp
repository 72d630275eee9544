#include "constrain/decimal.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr int most_digits = 400;

std::strong_ordering compare_magnitudes(const decimal& a, const decimal& b) {
    if (const auto by_length = a.whole.size() <=> b.whole.size(); by_length != 0) return by_length;
    if (const auto by_whole = a.whole.compare(b.whole) <=> 0; by_whole != 0) return by_whole;
    return a.fraction.compare(b.fraction) <=> 0;
}

}  // namespace

decimal decimal::parse(std::string_view text) {
    decimal made;
    if (text.starts_with('-')) {
        made.negative = true;
        text.remove_prefix(1);
    }
    int exponent = 0;
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        auto digits = text.substr(e + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (error != std::errc() || end != digits.data() + digits.size())
            exponent = most_digits + 1;
        text = text.substr(0, e);
    }
    const auto point = std::min(text.find('.'), text.size());
    std::string digits(text.substr(0, point));
    if (point < text.size()) digits += text.substr(point + 1);
    const long at = static_cast<long>(point) + exponent;
    if (at > most_digits || static_cast<long>(digits.size()) - at > most_digits)
        throw engine_error(error_code::limit,
                           "the number " + in_quotes(text) + " has too many digits");
    if (at <= 0) digits.insert(0, static_cast<std::size_t>(1 - at), '0');
    const auto split = static_cast<std::size_t>(std::max(1L, at));
    if (digits.size() < split) digits.resize(split, '0');
    made.whole = digits.substr(0, split);
    made.fraction = digits.substr(split);
    made.whole.erase(0, std::min(made.whole.find_first_not_of('0'), made.whole.size() - 1));
    made.fraction.resize(made.fraction.find_last_not_of('0') + 1);
    if (made.is_zero()) made.negative = false;
    return made;
}

decimal decimal::of(const nlohmann::ordered_json& number) { return parse(number.dump()); }

std::strong_ordering operator<=>(const decimal& a, const decimal& b) {
    if (a.negative != b.negative)
        return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
    return a.negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

}  // namespace tessera::engine
