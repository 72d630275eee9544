#pragma once

#include <span>
#include <string_view>

namespace tessera::engine::world {

/// Two hundred questions that nothing in the world answers. They are an exam: held_out() keeps all
/// of them out of the corpus, which asks others of which it knows nothing either.
std::span<const std::string_view> outside_questions();

}  // namespace tessera::engine::world
