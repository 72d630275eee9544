#pragma once

#include <vector>

#include "loading/config.hpp"

namespace tessera::engine::train {

/// Radians a position of each pair (i, i + head_dim / 2). Throws unsupported for scalings whose
/// frequencies depend on the length of the text.
std::vector<double> rotation_frequencies(const model_config& config);

}  // namespace tessera::engine::train
