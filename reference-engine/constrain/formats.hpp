#pragma once

#include <string_view>

#include "constrain/language.hpp"

namespace tessera::engine {

/// The texts of a `format` of JSON Schema, or null for a name that is not known: `date`, `time` and
/// `date-time` (RFC 3339; a day that the calendar has; second 60 where it is 23:59:60 UTC at
/// offsets of whole quarter hours), `email` (a dot-atom and a host name, RFC 5321 without quotes
/// and address literals; 64 characters before the `@`), `hostname` (RFC 1123; labels of 63
/// characters, their sum unbounded), `ipv4`, `ipv6` (RFC 4291, all forms), `uri` (RFC 3986, with a
/// scheme), `uuid` (RFC 9562). Thread-safe; each is built once, when it is first asked for.
const language* format_language(std::string_view name);

}  // namespace tessera::engine
