#pragma once

#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {
namespace detail {

// Where the schemas of named types go, and how references to them begin.
struct definitions {
    value& schemas;
    std::string_view prefix;
};

/// The same schema, or null. An anyOf without further keywords takes null as one more alternative.
TESSERA_COLD_DECL value or_null_schema(value schema);
/// The schema of a described type itself.
TESSERA_COLD_DECL value define(const node& type, const definitions& named);
/// The schema of a type where it is used: a reference for a type with a name.
TESSERA_COLD_DECL value schema_of(const node& type, const definitions& named,
                                  const constraints& rules);
/// The schema on its own, with its "$defs".
TESSERA_COLD_DECL value whole_schema(const node& type);

}  // namespace detail

/// Adds the schema of T and of every named type inside it to `definitions`, with references that
/// begin with `prefix` ("#/components/schemas/" in an OpenAPI document), and returns the schema
/// that uses T.
template <class T>
value add_schema(value& definitions, std::string_view prefix) {
    if (definitions.is_null()) definitions = value::object();
    return detail::schema_of(detail::node_of<T, detail::use::looking>(), {definitions, prefix}, {});
}

/// The same, but the schema returned is that of T itself and no reference to it.
template <described T>
value inline_schema(value& definitions, std::string_view prefix) {
    if (definitions.is_null()) definitions = value::object();
    return detail::define(detail::node_of<T, detail::use::looking>(), {definitions, prefix});
}

/// The JSON Schema (2020-12) of T, with the named types inside it under "$defs".
template <class T>
value schema() {
    return detail::whole_schema(detail::node_of<T, detail::use::looking>());
}

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/schema_impl.hpp"
#endif
