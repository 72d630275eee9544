#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/json/value.hpp"

namespace tessera::json::detail {

/// The error of a text that is no JSON, or too much of it; `why` begins with what follows "invalid
/// JSON".
TESSERA_COLD_DECL error unreadable(std::string_view why);
TESSERA_COLD_DECL std::string too_long(std::size_t size, const limits& bounds);

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/unreadable_impl.hpp"
#endif
