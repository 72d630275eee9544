#pragma once

#include <string>
#include <string_view>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json {

namespace detail {

/// Empty, or what is wrong with the text, for unreadable().
TESSERA_DECL std::string parse_into(value& out, std::string_view text, const limits& bounds);

}  // namespace detail

/// Reads one JSON text after RFC 8259, strictly, UTF-8 included. Of members with one name the last
/// counts. A leading byte order mark is skipped; numbers beyond the range of a double and unpaired
/// surrogate escapes are refused. An error is of kind decode and names the byte offset. Memory and
/// time are bounded by the limits, the call stack does not grow with the text.
TESSERA_DECL result<value> parse(std::string_view text, const limits& bounds = {});

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/parse_impl.hpp"
#endif
