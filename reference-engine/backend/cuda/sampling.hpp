#pragma once

#include <cmath>

#include "backend/cuda/device.hpp"

// What blocks that look at a row of logits have in common; for kernels only.

namespace tessera::engine::cuda::sampling {

using wide = unsigned long long;

inline constexpr int threads = 1024;
inline constexpr int warps = threads / 32;
inline constexpr int bins = threads;

// exp within 2^-22 on [-87.3, 0], to the bit as on the CPU (Cephes).
__device__ inline float exponential(float x) {
    x = fmaxf(-87.3F, x);
    const float n = rintf(x * 1.44269504F);
    float r = fmaf(n, -0.693359375F, x);
    r = fmaf(n, 2.12194440e-4F, r);
    float y = 1.9875691500e-4F;
    y = fmaf(y, r, 1.3981999507e-3F);
    y = fmaf(y, r, 8.3334519073e-3F);
    y = fmaf(y, r, 4.1665795894e-2F);
    y = fmaf(y, r, 1.6666665459e-1F);
    y = fmaf(y, r, 5.0000001201e-1F);
    y = fmaf(y, __fmul_rn(r, r), r + 1);
    return y * __uint_as_float(static_cast<unsigned>(static_cast<int>(n) + 127) << 23);
}

__device__ inline bool is_finite(float x) { return fabsf(x) < INFINITY; }

// Of a weight from 0 to 1.
__device__ inline wide mass_of(float weight) { return static_cast<wide>(weight * 0x1p44F); }

// More for what is likelier, of equals for the lower token; NaN is the likeliest of all.
__device__ inline wide rank_of(float logit, int token) {
    const unsigned bits = __float_as_uint(logit);
    unsigned order = (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
    if (logit != logit) order = ~0U;
    return static_cast<wide>(order) << 32 | (~static_cast<unsigned>(token));
}
__device__ inline int token_of(wide rank) { return static_cast<int>(~static_cast<unsigned>(rank)); }
__device__ inline float logit_of(wide rank) {
    const auto order = static_cast<unsigned>(rank >> 32);
    if (order == ~0U) return __uint_as_float(0x7fffffffU);
    return __uint_as_float((order >> 31) != 0 ? order & 0x7fffffffU : ~order);
}

// floor(uniform * mass).
__device__ inline wide share_of(double uniform, wide mass) {
    const wide a = static_cast<wide>(uniform * 0x1p53) << 11;
    const wide low = (a & 0xffffffffU) * (mass & 0xffffffffU);
    const wide left = (a >> 32) * (mass & 0xffffffffU) + (low >> 32);
    const wide right = (a & 0xffffffffU) * (mass >> 32) + (left & 0xffffffffU);
    return (a >> 32) * (mass >> 32) + (left >> 32) + (right >> 32);
}

struct histogram {
    unsigned counts[bins];
    unsigned low[bins];  // of 24 bits of mass, the lower twelve: 2^20 of them fit
    unsigned high[bins];
};

struct block_memory {
    wide parts[warps];
    unsigned part_counts[warps];
    histogram coarse, fine;
    unsigned candidates;
    // What a search has found.
    int bin;
    wide before, own;
    unsigned before_count, own_count;
    wide key;
};

__device__ inline int thread() { return static_cast<int>(threadIdx.x); }
__device__ inline int lane() { return thread() % 32; }
__device__ inline int warp() { return thread() / 32; }

// The sum of this lane's x and those of lanes before it.
template <class T>
__device__ T sum_through(T x) {
    for (int by = 1; by < 32; by *= 2) {
        const T before = __shfl_up_sync(~0U, x, static_cast<unsigned>(by));
        if (lane() >= by) x += before;
    }
    return x;
}

// Of the block.
__device__ inline wide largest_of(wide x, block_memory& m) {
    for (int by = 16; by > 0; by /= 2) {
        const wide other = __shfl_xor_sync(~0U, x, by);
        if (other > x) x = other;
    }
    __syncthreads();
    if (lane() == 0) m.parts[warp()] = x;
    __syncthreads();
    x = m.parts[lane()];
    for (int by = 16; by > 0; by /= 2) {
        const wide other = __shfl_xor_sync(~0U, x, by);
        if (other > x) x = other;
    }
    return x;
}

__device__ inline wide sum_of(wide x, block_memory& m) {
    x = sum_through(x);
    __syncthreads();
    if (lane() == 31) m.parts[warp()] = x;
    __syncthreads();
    return __shfl_sync(~0U, sum_through(m.parts[lane()]), 31);
}

// Ranks of a thread's own tokens that are below `bound`, the largest.
__device__ inline wide likeliest_below(const float* logits, int size, wide bound) {
    wide best = 0;
    for (int i = thread(); i < size; i += threads) {
        const wide rank = rank_of(logits[i], i);
        if (rank < bound && rank > best) best = rank;
    }
    return best;
}
__device__ inline wide likeliest(const float* logits, int size, block_memory& m) {
    return largest_of(likeliest_below(logits, size, ~wide{0}), m);
}

// Log probabilities of a token and of the `top` likeliest; by the whole block.
__device__ inline void describe_token(const float* logits, int size, float largest, int token,
                                      int top, outcome& to, block_memory& m) {
    wide mass = 0;
    for (int i = thread(); i < size; i += threads)
        mass += mass_of(exponential(logits[i] - largest));
    const double sum = static_cast<double>(sum_of(mass, m)) * 0x1p-44;
    const double norm = static_cast<double>(largest) + log(sum);
    top = min(min(top, most_alternatives), size);
    if (thread() == 0) {
        to.logprob = static_cast<float>(static_cast<double>(logits[token]) - norm);
        to.alternatives = top;
    }
    wide own = top > 0 ? likeliest_below(logits, size, ~wide{0}) : 0;
    for (int i = 0; i < top; ++i) {
        const wide best = largest_of(own, m);
        if (own != best) continue;
        to.ids[i] = token_of(best);
        to.logprobs[i] = static_cast<float>(static_cast<double>(logit_of(best)) - norm);
        own = likeliest_below(logits, size, best);
    }
}

}  // namespace tessera::engine::cuda::sampling
