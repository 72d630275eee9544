#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "constrain/language.hpp"
#include "support/validator/schema_rules.hpp"

namespace tessera::engine {

/// A keyword inside its schema, for the validator.
struct schema_clause {
    using json = nlohmann::ordered_json;
    using assertion = schema_rule::assertion;

    schema_rules& rules;
    const schema_node& owner;
    std::string_view keyword;
    const json& value;

    [[noreturn]] void refuse(const std::string& reason) const { owner.refuse(keyword, reason); }
    std::optional<schema_clause> beside(std::string_view name) const;

    // The schema that the value is, and those that it holds.
    const schema_rule& schema() const { return schema(value); }
    const schema_rule& schema(const json& part) const { return rules.of(part); }
    std::vector<const schema_rule*> schemas() const;
    std::vector<std::pair<std::string, const schema_rule*>> members() const;

    bool flag() const;
    const std::string& text() const;
    std::size_t count() const;
    std::vector<std::string> names(const json& list) const;
    std::shared_ptr<const language> pattern(const std::string& text) const;
};

/// Whether the language has the text, for what that takes.
bool spent_match(const language&, const std::string& text, schema_evaluation&);

// Of members, and of schemas for the same value.
schema_clause::assertion properties(const schema_clause&);
schema_clause::assertion pattern_properties(const schema_clause&);
schema_clause::assertion additional_properties(const schema_clause&);
schema_clause::assertion unevaluated_properties(const schema_clause&);
schema_clause::assertion property_names(const schema_clause&);
schema_clause::assertion required(const schema_clause&);
schema_clause::assertion dependencies(const schema_clause&);
schema_clause::assertion combined(const schema_clause&);
schema_clause::assertion negation(const schema_clause&);
schema_clause::assertion condition(const schema_clause&);
schema_clause::assertion reference(const schema_clause&);

}  // namespace tessera::engine
