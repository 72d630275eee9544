#pragma once

#include <vector>

#include "support/validator/schema_rules.hpp"

namespace tessera::engine {

/// What each keyword of a schema asserts. Throws schema_refused for one that is malformed or cannot
/// be enforced. The assertions refer to rules of other schemas.
std::vector<schema_rule::assertion> schema_assertions(schema_rules&, const schema_node&);
/// What each of them evaluates of members (JSON Schema 2020-12, core, 11.3).
std::vector<schema_rule::evaluation> schema_evaluations(schema_rules&, const schema_node&);

}  // namespace tessera::engine
