#pragma once

// What the kernels of products share; for kernels and their launchers only.

#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {

/// The kernels of a product, by rows: the bits are the same.
status multiply_few_rows(const product&, stream);
status multiply_tiles(const product&, stream);
status multiply_tiles_f32(const product&, stream);

/// Brings the beginning of the weights of what follows to the second cache, as much as the memory
/// moves while one kernel ends and the next begins. A grid's threads share it out.
__device__ inline void prefetch(const product& p) {
    constexpr std::size_t line = 128;
    constexpr std::size_t most = std::size_t{4} << 20;
    const std::size_t bytes = p.prefetch_bytes < most ? p.prefetch_bytes : most;
    const std::size_t block =
        blockIdx.x + std::size_t{gridDim.x} * (blockIdx.y + std::size_t{gridDim.y} * blockIdx.z);
    const std::size_t stride = std::size_t{gridDim.x} * gridDim.y * gridDim.z * blockDim.x * line;
    for (std::size_t at = (block * blockDim.x + threadIdx.x) * line; at < bytes; at += stride)
        prefetch_l2(static_cast<const std::byte*>(p.prefetch) + at);
}

}  // namespace tessera::engine::cuda
