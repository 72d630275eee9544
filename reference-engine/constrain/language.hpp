#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tessera::engine {

/// A regular language over Unicode code points as a deterministic automaton, edges labelled with
/// ranges. Every state can still reach a word: what cannot is no state. It is the least automaton
/// of its words, so equal languages have equal states. Immutable; cheap to move.
class language {
  public:
    using state = std::int32_t;
    /// No word can follow.
    static constexpr state dead = -1;
    /// More states than that are refused.
    static constexpr std::size_t most_states = 20'000;
    static constexpr std::size_t most_edges = 1'000'000;

    struct edge {
        char32_t first = 0;
        char32_t last = 0;  // inclusive
        state to = dead;
        friend bool operator==(const edge&, const edge&) = default;
    };

    static language everything();
    static language nothing();
    /// Exactly these words, in UTF-8. Throws engine_error invalid_argument for other bytes.
    static language words(std::span<const std::string_view>);
    /// The words that a regular expression matches, searched as `pattern` of JSON Schema asks: the
    /// match may begin and end anywhere unless anchored. The syntax is ECMA-262's with the `u`
    /// flag: alternation, groups (named ones included), greedy and lazy quantifiers, classes and
    /// their escapes, `\p{...}` of general categories and scripts where they are known, `^`, `$`,
    /// `\b` and
    /// `\B`, lookahead and lookbehind where they come down to intersection. Compiled in time and
    /// space bounded by `most_states`. Throws engine_error invalid_argument with the offset and the
    /// reason for what is no such expression, and for what no regular language is
    /// (back-references).
    static language matching(std::string_view pattern);

    /// These throw engine_error invalid_argument when the result has too many states.
    friend language intersection(const language&, const language&);
    friend language union_of(const language&, const language&);
    friend language complement(const language&);

    bool empty() const { return edges_from_.size() < 2; }
    /// dead if the language is empty.
    state start() const { return empty() ? dead : 0; }
    std::size_t states() const { return edges_from_.size() - 1; }
    bool accepts(state s) const { return accepting_[static_cast<std::size_t>(s)]; }
    state next(state, char32_t) const;
    /// Ascending, disjoint.
    std::span<const edge> edges(state) const;
    /// False for what is no UTF-8.
    bool contains(std::string_view utf8) const;

    friend bool operator==(const language&, const language&) = default;

  private:
    friend class language_builder;

    std::vector<std::uint32_t> edges_from_{0};  // by state, and one past the last
    std::vector<edge> edges_;
    std::vector<bool> accepting_;
};

}  // namespace tessera::engine
