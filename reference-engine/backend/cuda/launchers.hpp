#pragma once

#include "backend/cuda/kernels.hpp"

namespace tessera::engine::cuda {

/// What the table has of kernels: each of these is defined beside its kernel.
namespace launchers {}

/// Fills in all functions of the table that ask for kernels.
inline void add_launchers(library&) {}

}  // namespace tessera::engine::cuda
