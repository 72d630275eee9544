#pragma once

#include <string_view>

#include "constrain/machine.hpp"

namespace tessera::engine {

/// Adds the rules of a grammar in GBNF (the form of llama.cpp: `name ::= ...`, literals, classes,
/// groups, `| * + ? {m,n}`, `.`, comments) and returns the state that `root` begins with. Throws
/// schema_refused for what is no such grammar, has a rule without end, or recurs on the left.
int add_gbnf(grammar&, std::string_view text);

}  // namespace tessera::engine
