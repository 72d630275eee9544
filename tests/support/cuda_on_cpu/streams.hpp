#pragma once

#include "backend/cuda/kernels.hpp"
#include "cuda_on_cpu/machine.hpp"

namespace tessera::cuda_on_cpu {

/// Runs behind what the stream was asked for before, or is recorded by its graph.
engine::cuda::status enqueue(engine::cuda::stream, launch);

}  // namespace tessera::cuda_on_cpu
