#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tessera::engine {

struct schema_problem {
    std::string pointer;  // RFC 6901, into the schema
    std::string keyword;
    std::string message;
};

/// Whether `instance` satisfies `schema` (JSON Schema 2020-12), by evaluating the schema on the value
/// directly: an oracle for the decoder's automaton, which shares no code with it but the regular
/// expressions. References stay inside the document. Throws schema_refused for a schema with a keyword
/// that it does not know how to enforce, a malformed keyword, or a reference to nothing.
bool validates(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& instance);

/// Annotations (title, description, default, examples, $comment, $schema, readOnly, ...) are ignored.
class schema_refused : public std::runtime_error {
  public:
    explicit schema_refused(schema_problem p)
        : std::runtime_error(p.pointer + ": " + p.message), problem_(std::move(p)) {}
    const schema_problem& problem() const { return problem_; }

  private:
    schema_problem problem_;
};

}  // namespace tessera::engine
