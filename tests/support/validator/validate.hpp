#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "constrain/schema_problem.hpp"

namespace tessera::engine {

/// Holds values against a schema by evaluating it on them directly: an oracle for the decoder's
/// automaton, which shares no code with it but the regular expressions and the tree of the
/// document's schemas. `$schema` names the dialect, 2020-12 without it; what that does not know is
/// an annotation. References stay inside the document; a `format` that is known is an assertion.
/// Immutable and thread-safe.
class schema_validator {
  public:
    /// Throws schema_refused for a schema with an assertion that it does not know how to enforce, a
    /// malformed keyword, or a reference to nothing.
    explicit schema_validator(nlohmann::ordered_json schema);
    ~schema_validator();
    schema_validator(const schema_validator&) = delete;
    schema_validator& operator=(const schema_validator&) = delete;

    /// Throws schema_refused for references that come back to themselves, and engine_error limit
    /// where the value nests too deep or takes too much work.
    bool accepts(const nlohmann::ordered_json& value) const;

  private:
    class implementation;
    std::unique_ptr<const implementation> implementation_;
};

/// The same for one value.
bool validates(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& instance);

}  // namespace tessera::engine
