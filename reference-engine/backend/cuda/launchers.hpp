#pragma once

#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {

/// The part of a table that is the same on every device.
inline void add_launchers(library& to) {
    to.version = library_version;
    to.training = &training_launchers();
}

}  // namespace tessera::engine::cuda
