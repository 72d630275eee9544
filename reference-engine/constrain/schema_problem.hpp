#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace tessera::engine {

struct schema_problem {
    std::string pointer;  // RFC 6901, into the schema
    std::string keyword;
    std::string message;
};

/// A schema that cannot be enforced: it has a malformed keyword, or asks too much.
class schema_refused : public std::runtime_error {
  public:
    explicit schema_refused(schema_problem p)
        : std::runtime_error(p.pointer + ": " + p.message), problem_(std::move(p)) {}
    const schema_problem& problem() const { return problem_; }

  private:
    schema_problem problem_;
};

}  // namespace tessera::engine
