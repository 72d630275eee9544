#pragma once

#include <string_view>

#include "constrain/machine.hpp"

namespace tessera::engine {

/// Adds states and edges to a grammar. A piece begins in one state and ends in another, which has
/// no edges yet.
class rule_builder {
  public:
    explicit rule_builder(grammar& g) : grammar_(g) {}

    int state();
    void finish(int state) { at(state).final = true; }
    /// Without a byte, by way of an empty rule.
    void skip(int from, int to);
    void byte(int from, int to, unsigned char first, unsigned char last);
    void character(int from, int to, char32_t first, char32_t last);
    int literal(int from, std::string_view text);
    /// At most two blanks.
    int blanks(int from);
    void call(int from, int to, int rule);
    int value(int from, schema_graph graph);
    int text(int from, std::string_view mark, bool may_end);
    void free_text(int from, int to);
    /// To the end of the whole, without the mark.
    void text_without(int from, std::string_view mark);

  private:
    grammar::state& at(int s) { return grammar_.states[static_cast<std::size_t>(s)]; }
    int nothing();

    grammar& grammar_;
    int nothing_ = -1;  // the rule that is empty
};

/// Marks the states that may end their rule without a byte, and checks that every rule that can be
/// reached from `start` has an end and recurs on the left nowhere. Throws schema_refused.
void check_rules(grammar&);

}  // namespace tessera::engine
