#pragma once

#include <string>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/value.hpp"

// Which kinds of JSON value a type reads, as a set of bits.
namespace tessera::json::detail {

enum kind : unsigned {
    kind_none = 0,
    kind_null = 1,
    kind_boolean = 2,
    kind_integer = 4,
    kind_real = 8,
    kind_string = 16,
    kind_array = 32,
    kind_object = 64,
    kind_any = 127,
    kind_file = 128  // no JSON text has it
};

TESSERA_DECL unsigned kinds_of(const node& type);
TESSERA_DECL unsigned kind_of(const value& any);

/// "a string, an array or null"
TESSERA_COLD_DECL std::string names_of(unsigned kinds);

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/kinds_impl.hpp"
#endif
