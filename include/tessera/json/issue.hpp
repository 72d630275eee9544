#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "tessera/core/linkage.hpp"

namespace tessera::json {

/// Where a value is: names of members and indices of elements, from the outside in.
using path_type = std::vector<std::variant<std::string, std::size_t>>;

/// One thing that is wrong with a value. `type` is a stable word ("missing",
/// "int_type", "extra_forbidden", ...), `message` a sentence for people.
struct issue {
    path_type path;       ///< where
    std::string type;     ///< a stable word
    std::string message;  ///< for people
};

/// The path as people write it: "choices[0].index"; empty for the value itself.
TESSERA_COLD_DECL std::string to_string(const path_type& path);

}  // namespace tessera::json

#ifdef TESSERA_DEFINITIONS
#include "tessera/json/detail/issue_impl.hpp"
#endif
