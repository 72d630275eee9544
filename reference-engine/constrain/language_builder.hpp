#pragma once

#include <cstddef>
#include <span>

#include "constrain/language.hpp"

namespace tessera::engine {

/// Puts a deterministic automaton together, state by state in the order of their numbers.
class language_builder {
  public:
    /// Throws engine_error invalid_argument for a count of states that no language may have.
    static void check_states(std::size_t states);

    /// Begins the next state; edges added from now on leave it.
    void begin_state(bool accepting);
    /// Ranges of one state ascend and are disjoint; `to` may be a state that comes later. Throws
    /// engine_error invalid_argument for too many.
    void add_edge(char32_t first, char32_t last, language::state to);

    std::size_t states() const { return made_.accepting_.size(); }
    bool accepts(language::state s) const { return made_.accepts(s); }
    std::span<const language::edge> edges(language::state s) const { return made_.edges(s); }

    /// The least automaton of the words from `start` on. Languages that are equal have equal
    /// automata. Near linear time.
    language build(language::state start = 0) &&;
    /// The same where it is known that every state reaches a word, and no other state's words.
    language build_least(language::state start) &&;

  private:
    // With the states of a class taken for one. `Class` tells a state's, a number below `classes`,
    // or -1 for those that are left out.
    template <class Class>
    language renumbered(language::state start, std::size_t classes, Class) const;

    language made_;
};

}  // namespace tessera::engine
