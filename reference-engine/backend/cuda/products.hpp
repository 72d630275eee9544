#pragma once

// What the kernels of products share; for kernels and their launchers only.

#include "backend/cuda/ptx.hpp"
#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {

/// The kernels of a product, by rows: the bits are the same.
status multiply_few_rows(const product&, stream);
status multiply_tiles(const product&, stream);
status multiply_tiles_f32(const product&, stream);
/// By a library, where by_library() and matrix::plain allow it; no_library where there is none.
status multiply_by_library(const product&, stream);

inline constexpr status no_library = -1;
/// cuBLASLt, which is opened when it is first wanted: of factors of bf16 the exact output alone, with a
/// scratch of library_workspace. no_library where there is none, or none for such a product.
/// Thread-safe.
status ask_library(const training_product&, stream);
/// What it has of a device, which is about to be reset.
void forget_library();

/// Brings weights of what follows to the second cache; a grid's threads share it out.
__device__ inline void prefetch(const product& p) {
    constexpr std::size_t line = 128;
    const std::size_t block =
        blockIdx.x + std::size_t{gridDim.x} * (blockIdx.y + std::size_t{gridDim.y} * blockIdx.z);
    const std::size_t stride = std::size_t{gridDim.x} * gridDim.y * gridDim.z * blockDim.x * line;
    for (std::size_t at = (block * blockDim.x + threadIdx.x) * line; at < p.prefetch_bytes;
         at += stride)
        prefetch_l2(static_cast<const std::byte*>(p.prefetch) + at);
}

}  // namespace tessera::engine::cuda
