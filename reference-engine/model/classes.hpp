#pragma once

#include <span>
#include <vector>

#include "loading/config.hpp"

namespace tessera::engine {

/// What a classifier's outputs say: a probability for each label, or the values of a regression.
std::vector<float> interpret(problem_kind, std::span<const float> outputs);

}  // namespace tessera::engine
