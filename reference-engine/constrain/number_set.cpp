#include "constrain/number_set.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::size_t most_number_states = 60'000;
constexpr long most_remainders = 20'000;
// Digits of a number, so that readers agree what it is: of any number, before the point and after
// it; of an integer, which 64 bits then hold; of a number within bounds, which a double tells from
// its bounds.
constexpr int longest_part = 20;
constexpr int longest_integer = 18;
constexpr int longest_bounded = 15;

number_set::bound tighter(const number_set::bound& a, const number_set::bound& b, bool low) {
    if (a.at == b.at) return {a.at, a.exclusive || b.exclusive};
    return (a.at > b.at) == low ? a : b;
}

std::optional<number_set::bound> tighter(const std::optional<number_set::bound>& a,
                                         const std::optional<number_set::bound>& b, bool low) {
    if (!a || !b) return a ? a : b;
    return tighter(*a, *b, low);
}

// Compares the number whose digits come in one by one with a magnitude.
class comparison {
  public:
    // In the whole part: digits so far and how they compare with as many of the bound's; in the
    // fraction: digits matched while equal.
    struct state {
        int digits = 0;
        int order = 0;
        auto operator<=>(const state&) const = default;
    };

    explicit comparison(decimal magnitude) : bound_(std::move(magnitude)) {}

    state whole_digit(state s, int digit) const {
        const auto at = static_cast<std::size_t>(s.digits);
        if (at >= bound_.whole.size()) return {static_cast<int>(bound_.whole.size()) + 1, 1};
        const int other = bound_.whole[at] - '0';
        return {s.digits + 1, s.order != 0 ? s.order : sign(digit - other)};
    }
    state point(state s) const { return {0, whole_order(s)}; }
    state fraction_digit(state s, int digit) const {
        if (s.order != 0) return {0, s.order};
        const auto at = static_cast<std::size_t>(s.digits);
        const int other = at < bound_.fraction.size() ? bound_.fraction[at] - '0' : 0;
        if (digit != other) return {0, sign(digit - other)};
        return {std::min(s.digits + 1, static_cast<int>(bound_.fraction.size())), 0};
    }
    int order(state s, bool in_fraction) const {
        const state f = in_fraction ? s : point(s);
        if (f.order != 0) return f.order;
        return static_cast<std::size_t>(f.digits) < bound_.fraction.size() ? -1 : 0;
    }

  private:
    static int sign(int x) { return (x > 0) - (x < 0); }
    int whole_order(state s) const {
        const int length = static_cast<int>(bound_.whole.size());
        return s.digits != length ? sign(s.digits - length) : s.order;
    }

    decimal bound_;
};

// Remainder of the number, scaled up until the divisor is whole.
class division {
  public:
    struct state {
        int remainder = 0;
        int digits = 0;  // of the fraction; -1: there are digits beyond the divisor's last
        auto operator<=>(const state&) const = default;
    };

    explicit division(const number_set::multiple& m)
        : digits_(static_cast<int>(m.of.fraction.size())), is_(m.is) {
        const std::string text = m.of.whole + m.of.fraction;
        if (text.size() > 9 || std::stol(text) > most_remainders)
            throw engine_error(error_code::limit,
                               "multiples are kept of numbers with at most 20000 in their digits");
        divisor_ = std::stoi(text);
    }

    state whole_digit(state s, int digit) const {
        return {(s.remainder * 10 + digit) % divisor_, 0};
    }
    state fraction_digit(state s, int digit) const {
        if (s.digits < 0 || (s.digits == digits_ && digit != 0)) return {0, -1};
        if (s.digits == digits_) return s;
        return {(s.remainder * 10 + digit) % divisor_, s.digits + 1};
    }
    bool accepts(state s) const {
        if (s.digits < 0) return !is_;
        int r = s.remainder;
        for (int i = s.digits; i < digits_; ++i) r = r * 10 % divisor_;
        return (r == 0) == is_;
    }

  private:
    int digits_;
    bool is_;
    int divisor_ = 1;
};

enum class phase : std::uint8_t { start, minus, zero, whole, point, fraction, e, e_sign, exponent };

struct text_state {
    phase in = phase::start;
    bool negative = false;
    bool nonzero = false;     // any digit
    bool fractional = false;  // a digit after the point that is not zero
    bool zero_end = false;    // the last digit after the point
    int length = 0;           // digits of this part
    comparison::state low{}, high{};
    std::vector<division::state> remainders{};
    auto operator<=>(const text_state&) const = default;
};

int symbol(unsigned char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    switch (byte) {
        case '-':
            return 10;
        case '.':
            return 11;
        case 'e':
        case 'E':
            return 12;
        case '+':
            return 13;
        default:
            return -1;
    }
}

class texts {
  public:
    texts(const number_set& set, bool canonical) : set_(set), canonical_(canonical) {
        for (const auto& m : set.multiples) divisions_.emplace_back(m);
        // A number's sign comes first: then its magnitude has bounds.
        const auto zero_too = [](const number_set::bound& b) {
            return b.at.is_zero() && !b.exclusive;
        };
        if (set.low && !set.low->at.negative) {
            positive_.low = limit(*set.low);
            if (zero_too(*set.low))
                negative_.high = positive_.low;  // minus zero
            else
                negative_.possible = false;
        } else if (set.low) {
            negative_.high = limit(*set.low);
        }
        if (set.high && (set.high->at.negative || set.high->at.is_zero())) {
            negative_.low = limit(*set.high);
            if (zero_too(*set.high))
                positive_.high = negative_.low;
            else
                positive_.possible = false;
        } else if (set.high) {
            positive_.high = limit(*set.high);
        }
        if (set.unrestricted()) return;
        number_set integers;
        integers.fractions = false;
        std::size_t longest = set == integers ? longest_integer : longest_bounded;
        for (const auto* b : {&set.low, &set.high})
            if (*b) longest = std::max(longest, (*b)->at.whole.size() + (*b)->at.fraction.size());
        longest_ = static_cast<int>(longest);
    }

    std::optional<text_state> next(const text_state& s, int c) const {
        text_state t = s;
        const bool digit = c < 10;
        switch (s.in) {
            case phase::start:
                if (c == 10 && negative_.possible) {
                    t.in = phase::minus;
                    t.negative = true;
                    return t;
                }
                if (!digit || !positive_.possible) return std::nullopt;
                return first_digit(t, c);
            case phase::minus:
                if (!digit) return std::nullopt;
                return first_digit(t, c);
            case phase::zero:
            case phase::whole:
                if (digit && s.in == phase::whole && s.length < longest_) return whole_digit(t, c);
                if (c == 11) return point(t);
                if (c == 12 && exponents()) return e(t);
                return std::nullopt;
            case phase::point:
            case phase::fraction:
                // A whole number may have ".0" behind it in any case.
                if (digit && (s.length < longest_ || (s.in == phase::point && c == 0)))
                    return fraction_digit(t, c);
                if (c == 12 && s.in == phase::fraction && exponents()) return e(t);
                return std::nullopt;
            case phase::e:
                if (c == 10 || c == 13) {
                    t.in = phase::e_sign;
                    return t;
                }
                [[fallthrough]];
            case phase::e_sign:
            case phase::exponent:
                if (!digit || s.length == 2) return std::nullopt;
                t.in = phase::exponent;
                ++t.length;
                return t;
        }
        return std::nullopt;
    }

    bool accepts(const text_state& s) const {
        if (s.in == phase::exponent) return true;
        if (s.in != phase::zero && s.in != phase::whole && s.in != phase::fraction) return false;
        const bool in_fraction = s.in == phase::fraction;
        if (s.fractional ? !set_.fractions : !set_.integers) return false;
        if (canonical_ && ((in_fraction && s.zero_end) || (s.negative && !s.nonzero))) return false;
        const auto& [low, high, possible] = magnitudes(s);
        if (low) {
            const int order = low->to.order(s.low, in_fraction);
            if (order < 0 || (order == 0 && low->exclusive)) return false;
        }
        if (high) {
            const int order = high->to.order(s.high, in_fraction);
            if (order > 0 || (order == 0 && high->exclusive)) return false;
        }
        for (std::size_t i = 0; i < divisions_.size(); ++i)
            if (!divisions_[i].accepts(s.remainders[i])) return false;
        return true;
    }

  private:
    struct limit {
        explicit limit(const number_set::bound& b) : to(magnitude(b.at)), exclusive(b.exclusive) {}
        comparison to;
        bool exclusive;
    };
    struct range {
        std::optional<limit> low{}, high{};
        bool possible = true;
    };
    static decimal magnitude(decimal d) {
        d.negative = false;
        return d;
    }
    const range& magnitudes(const text_state& t) const {
        return t.negative ? negative_ : positive_;
    }
    template <class Step>
    void compare(text_state& t, Step step) const {
        const auto& [low, high, possible] = magnitudes(t);
        if (low) t.low = step(low->to, t.low);
        if (high) t.high = step(high->to, t.high);
    }
    bool exponents() const { return set_.unrestricted() && !canonical_; }

    std::optional<text_state> first_digit(text_state& t, int digit) const {
        t.remainders.assign(divisions_.size(), {});
        t.length = 0;
        whole_digit(t, digit);
        t.in = digit == 0 ? phase::zero : phase::whole;
        return t;
    }
    std::optional<text_state> whole_digit(text_state& t, int digit) const {
        // The number of digits matters for the bounds and for the limit alone.
        ++t.length;
        t.nonzero |= digit != 0;
        compare(t, [&](const comparison& to, comparison::state at) {
            return to.whole_digit(at, digit);
        });
        for (std::size_t i = 0; i < divisions_.size(); ++i)
            t.remainders[i] = divisions_[i].whole_digit(t.remainders[i], digit);
        return t;
    }
    std::optional<text_state> point(text_state& t) const {
        t.in = phase::point;
        if (set_.unrestricted()) t.length = 0;
        compare(t, [&](const comparison& to, comparison::state at) { return to.point(at); });
        return t;
    }
    std::optional<text_state> fraction_digit(text_state& t, int digit) const {
        t.in = phase::fraction;
        ++t.length;
        t.nonzero |= digit != 0;
        t.fractional |= digit != 0;
        t.zero_end = canonical_ && digit == 0;
        compare(t, [&](const comparison& to, comparison::state at) {
            return to.fraction_digit(at, digit);
        });
        for (std::size_t i = 0; i < divisions_.size(); ++i)
            t.remainders[i] = divisions_[i].fraction_digit(t.remainders[i], digit);
        return t;
    }
    static std::optional<text_state> e(text_state& t) {
        t = {.in = phase::e, .remainders = {}};
        return t;
    }

    const number_set& set_;
    bool canonical_;
    std::vector<division> divisions_;
    range positive_, negative_;
    int longest_ = longest_part;
};

}  // namespace

number_set number_set::just(decimal value) {
    number_set made;
    made.low = made.high = bound{std::move(value), false};
    return made;
}

number_set intersection(const number_set& a, const number_set& b) {
    number_set made;
    made.integers = a.integers && b.integers;
    made.fractions = a.fractions && b.fractions;
    made.low = tighter(a.low, b.low, true);
    made.high = tighter(a.high, b.high, false);
    made.multiples = a.multiples;
    for (const auto& m : b.multiples)
        if (std::find(made.multiples.begin(), made.multiples.end(), m) == made.multiples.end())
            made.multiples.push_back(m);
    return made;
}

std::vector<number_set> complement(const number_set& set) {
    std::vector<number_set> made;
    if (!set.integers) made.push_back({.fractions = false});
    if (!set.fractions) made.push_back({.integers = false});
    if (set.low) made.push_back({.high = number_set::bound{set.low->at, !set.low->exclusive}});
    if (set.high) made.push_back({.low = number_set::bound{set.high->at, !set.high->exclusive}});
    for (const auto& m : set.multiples) made.push_back({.multiples = {{m.of, !m.is}}});
    return made;
}

number_automaton::number_automaton(const number_set& set, bool canonical) {
    const texts source(set, canonical);
    std::map<text_state, state> known{{text_state{}, 0}};
    std::vector<const text_state*> states{&known.begin()->first};
    for (std::size_t i = 0; i < states.size(); ++i) {
        auto& row = next_.emplace_back();
        accepting_.push_back(source.accepts(*states[i]));
        for (std::size_t c = 0; c < symbols; ++c) {
            row[c] = dead;
            const auto to = source.next(*states[i], static_cast<int>(c));
            if (!to) continue;
            const auto [place, made] = known.emplace(*to, static_cast<state>(states.size()));
            if (made) {
                if (states.size() == most_number_states)
                    throw engine_error(error_code::limit,
                                       "so many digits with such multiples need too many states");
                states.push_back(&place->first);
            }
            row[c] = place->second;
        }
    }
    // The texts have no loops: a later state never leads back, but for equal lengths, so that
    // counts come from the longest texts down. A depth-first walk needs no order.
    counts_.assign(next_.size(), 0);
    std::vector<std::uint8_t> seen(next_.size(), 0);
    std::vector<std::pair<state, std::size_t>> path{{0, 0}};
    seen[0] = 1;
    while (!path.empty()) {
        auto& [s, c] = path.back();
        const auto i = static_cast<std::size_t>(s);
        if (c == symbols) {
            std::uint64_t count = accepting_[i] ? 1 : 0;
            for (auto& to : next_[i]) {
                if (to == dead) continue;
                if (counts_[static_cast<std::size_t>(to)] == 0)
                    to = dead;
                else
                    count += counts_[static_cast<std::size_t>(to)];
            }
            counts_[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, many));
            path.pop_back();
            continue;
        }
        const state to = next_[i][c++];
        if (to != dead && !seen[static_cast<std::size_t>(to)]) {
            seen[static_cast<std::size_t>(to)] = 1;
            path.emplace_back(to, 0);
        }
    }
    if (counts_[0] == 0) next_.clear();
}

number_automaton::state number_automaton::next(state s, unsigned char byte) const {
    const int c = symbol(byte);
    return c < 0 ? dead : next_[static_cast<std::size_t>(s)][static_cast<std::size_t>(c)];
}

}  // namespace tessera::engine
