#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "constrain/decimal.hpp"

namespace tessera::engine {

/// A set of numbers: an interval, less or only the integers, and multiples.
struct number_set {
    struct bound {
        decimal at;
        bool exclusive = false;
        friend bool operator==(const bound&, const bound&) = default;
    };
    struct multiple {
        decimal of;
        bool is = true;  // false: all but the multiples
        friend bool operator==(const multiple&, const multiple&) = default;
    };

    bool integers = true;
    bool fractions = true;
    std::optional<bound> low{};
    std::optional<bound> high{};
    std::vector<multiple> multiples{};

    static number_set just(decimal);

    bool unrestricted() const { return *this == number_set(); }
    friend bool operator==(const number_set&, const number_set&) = default;
    friend number_set intersection(const number_set&, const number_set&);
    /// Together they are all numbers that are not in the set.
    friend std::vector<number_set> complement(const number_set&);
};

/// The texts of a set of numbers, as a deterministic automaton over bytes. Only plain decimals of a
/// bounded length, but for the set of all numbers, which may have exponents.
class number_automaton {
  public:
    using state = std::int32_t;
    static constexpr state dead = -1;

    /// `canonical`: one text for every number. Throws engine_error limit.
    explicit number_automaton(const number_set&, bool canonical = false);

    bool empty() const { return next_.empty(); }
    static constexpr state start = 0;
    state next(state, unsigned char) const;
    bool accepts(state s) const { return accepting_[static_cast<std::size_t>(s)]; }
    bool contains(std::string_view text) const {
        state s = empty() ? dead : start;
        for (const char c : text)
            if (s != dead) s = next(s, static_cast<unsigned char>(c));
        return s != dead && accepts(s);
    }
    /// Texts that can follow, at most `many`.
    std::uint32_t count(state s) const { return counts_[static_cast<std::size_t>(s)]; }
    static constexpr std::uint32_t many = 1U << 20;

  private:
    static constexpr std::size_t symbols = 14;  // digits, - . e +

    std::vector<std::array<state, symbols>> next_;
    std::vector<bool> accepting_;
    std::vector<std::uint32_t> counts_;
};

}  // namespace tessera::engine
