#pragma once

#include "backend/cuda/attention_plan.hpp"
#include "backend/cuda/device.hpp"

namespace tessera::engine::cuda {

// Device code that rotate_and_store and attend share.

__device__ inline void store_number(element type, std::byte* to, std::ptrdiff_t index, float x) {
    if (type == element::bf16) {
        reinterpret_cast<bf16*>(to)[index] = to_bf16(x);
    } else {
        reinterpret_cast<float*>(to)[index] = x;
    }
}

/// Number d of a head that is turned by angles [cosines, sines][half]; rounded alike wherever it is
/// computed.
__device__ inline float turned(const float* head, const float* angles, int half, int d) {
    const int i = d < half ? d : d - half;
    const float low = head[i];
    const float high = head[i + half];
    const float cosine = angles[i];
    const float sine = angles[i + half];
    return d < half ? fmaf(low, cosine, -(high * sine)) : fmaf(high, cosine, low * sine);
}

/// Where the key of a position is, in numbers.
__device__ inline std::ptrdiff_t key_place(const cache_view& cache, int layer, int kv_head,
                                           int block, int position, int width) {
    return layer * cache.layer_stride + kv_head * cache.head_stride + block * cache.block_stride +
           position % 16 * width;
}

/// Number d, below the cache's width, of a key and its value: turns and stores them.
__device__ inline void store_key_value(const cache_view& cache, std::ptrdiff_t key_at,
                                       const float* key, const float* value, const float* angles,
                                       int head_dim, int d) {
    const bool there = d < head_dim;
    store_number(cache.type, cache.data, key_at + d,
                 there ? turned(key, angles, head_dim / 2, d) : 0.0F);
    store_number(cache.type, cache.data, key_at + cache.value_offset + d, there ? value[d] : 0.0F);
}

}  // namespace tessera::engine::cuda
