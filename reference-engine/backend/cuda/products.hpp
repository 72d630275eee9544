#pragma once

// What the kernels of products share; for kernels and their launchers only.

#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {

/// The kernels of a product, by rows: the bits are the same.
status multiply_few_rows(const product&, stream);
status multiply_tiles(const product&, stream);
status multiply_tiles_f32(const product&, stream);

/// Brings memory that no kernel writes to the second cache; a whole grid's threads share it out.
__device__ inline void prefetch(const void* from, std::size_t bytes) {
    constexpr std::size_t line = 128;
    const std::size_t block =
        blockIdx.x + gridDim.x * (blockIdx.y + std::size_t{gridDim.y} * blockIdx.z);
    const std::size_t stride = std::size_t{gridDim.x} * gridDim.y * gridDim.z * blockDim.x * line;
    for (std::size_t at = (block * blockDim.x + threadIdx.x) * line; at < bytes; at += stride)
        prefetch_l2(static_cast<const std::byte*>(from) + at);
}

}  // namespace tessera::engine::cuda
