#pragma once

#include <nlohmann/json.hpp>

#include "constrain/schema_problem.hpp"

namespace tessera::engine {

/// Whether `instance` satisfies `schema` (JSON Schema 2020-12), by evaluating the schema on the value
/// directly: an oracle for the decoder's automaton, which shares no code with it but the regular
/// expressions. References stay inside the document. Annotations (title, description, default,
/// examples, $comment, $schema, readOnly, ...) are ignored. Throws schema_refused for a schema with a
/// keyword that it does not know how to enforce, a malformed keyword, or a reference to nothing.
bool validates(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& instance);

}  // namespace tessera::engine
