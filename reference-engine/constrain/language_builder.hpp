#pragma once

#include <cstdint>
#include <vector>

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

    /// The least automaton of the words from `start` on. Languages that are equal have equal
    /// automata. Near linear time.
    language build(language::state start = 0) &&;

  private:
    language made_;
};

}  // namespace tessera::engine
