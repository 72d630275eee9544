#pragma once

#include <span>
#include <string_view>

namespace tessera::engine::world::detail {

/// What stands for {name} in questions of which the world knows nothing; separated by '|'.
struct gap {
    std::string_view name, fillings;
};

extern const std::span<const gap> gaps;
/// Separated by '|'. Gaps that are not listed above stand for what is drawn or invented: {country},
/// {city}, {person}, {title}, {name}, {acronym}, {noun}, and {odd}, a word.
extern const std::string_view questions_with_gaps, whole_questions;

}  // namespace tessera::engine::world::detail
