#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "constrain/language.hpp"

namespace tessera::engine {

/// Strings of a language whose length in code points is within bounds.
struct string_set {
    static constexpr std::size_t unlimited = std::numeric_limits<std::uint32_t>::max();

    std::shared_ptr<const language> words{};  // none: everything
    std::size_t shortest = 0;
    std::size_t longest = unlimited;

    bool unrestricted() const { return !words && shortest == 0 && longest == unlimited; }
    friend bool operator==(const string_set&, const string_set&) = default;
    /// Throw engine_error for what needs too many states.
    friend string_set intersection(const string_set&, const string_set&);
    friend std::vector<string_set> complement(const string_set&);
};

/// A set of strings, ready for stepping.
class string_automaton {
  public:
    using state = language::state;

    /// Throws engine_error limit for a language with loops and a great longest length.
    explicit string_automaton(string_set);

    bool empty() const { return !live(0, 0); }
    bool is_everything() const { return !set_.words; }
    const string_set& set() const { return set_; }

    /// Whether some word goes on from a state that so many characters led to.
    bool live(state, std::size_t length) const;
    bool accepts(state s, std::size_t length) const {
        return length >= set_.shortest && length <= set_.longest &&
               (!set_.words || set_.words->accepts(s));
    }
    bool contains(std::string_view utf8) const;
    /// dead where no word goes on with that character.
    state next(state s, std::size_t length, char32_t c) const {
        const state to = set_.words ? set_.words->next(s, c) : 0;
        return to != language::dead && live(to, length + 1) ? to : language::dead;
    }
    /// Whether some word goes on with a character from `first` to `last`.
    bool next_within(state, std::size_t length, char32_t first, char32_t last) const;
    /// Words that can follow, at most `many`.
    std::uint32_t count(state, std::size_t length) const;
    static constexpr std::uint32_t many = 1U << 20;

  private:
    string_set set_;
    std::vector<std::uint32_t> farthest_;     // the longest way to a word's end; many for loops
    std::vector<std::vector<bool>> lengths_;  // by state: which lengths can follow, up to longest
    std::vector<std::uint32_t> counts_;
};

}  // namespace tessera::engine
