#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

namespace tessera::json {

/// Any JSON value, for what no type describes. Members keep the order they came in: schemas,
/// prompts and answers read as they were written. Looking up a member takes time linear in their
/// number. Values that come from parse() are bounded in depth, so copying and comparing them is
/// safe; a value built by hand may be of any depth.
using value = nlohmann::ordered_json;

/// What a reader takes before it refuses a text.
struct limits {
    std::size_t depth = 128;               ///< arrays and objects inside each other
    std::size_t bytes = 64 * 1024 * 1024;  ///< of the text
    /// Of any kind, which bounds the memory a text can earn.
    std::size_t values = 16 * 1024 * 1024;
};

}  // namespace tessera::json
