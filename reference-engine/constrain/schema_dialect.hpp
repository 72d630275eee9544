#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tessera::engine {

/// Drafts of JSON Schema, in their order; `unnamed` is 2020-12 that also understands older words
/// where they cannot be mistaken, and `nullable` of OpenAPI 3.0.
enum class schema_dialect : std::uint8_t { draft4, draft6, draft7, draft2019, draft2020, unnamed };

/// What a `$schema` names; `unnamed` for meta-schemas that are not the drafts' own, and nothing for
/// a draft that is too old.
std::optional<schema_dialect> dialect_named(std::string_view meta_schema);

/// A keyword that says something of values, of references or of other keywords. All others are
/// annotations (JSON Schema 2020-12, core, 6.5).
struct schema_keyword {
    enum class holding : std::uint8_t { nothing, one, list, one_or_list, members };

    std::string_view name;
    unsigned dialects;  // a bit for each that knows it
    holding holds = holding::nothing;

    bool in(schema_dialect d) const { return (dialects >> static_cast<unsigned>(d) & 1) != 0; }
};

/// Null for a word that no dialect knows.
const schema_keyword* find_keyword(std::string_view name);

}  // namespace tessera::engine
