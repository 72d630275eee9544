#pragma once

// Where sums of products go; for kernels only.

#include "backend/cuda/device.hpp"
#include "backend/cuda/layout.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cuda {

/// silu(gate) * up. Nothing is fused, so it is the same wherever it is computed.
__device__ inline float gated_value(float gate, float up) {
    return __fmul_rn(__fdiv_rn(gate, __fadd_rn(1.0F, expf(-gate))), up);
}

/// Number k of a row of f32 or bf16.
__device__ inline void store_input(const rows_in& to, int row, int k, float x) {
    std::byte* data = to.data + row * to.stride;
    if (to.type == element::f32) {
        reinterpret_cast<float*>(data)[k] = x;
    } else {
        reinterpret_cast<bf16*>(data)[k] = to_bf16(x);
    }
}

/// Rows there are, known once the kernels before have ended.
__device__ inline int rows_of(const int* count, int at_most) {
    return count == nullptr ? at_most : min(*count, at_most);
}

/// Does what norm_after asks for, of neighbours a and b of a row of the state, features `feature` and
/// the next. By all lanes of a warp: those of 16 features are `apart` lanes from each other. Numbers
/// that are none of the row are 0, and `is` says whether there are any.
template <int apart>
__device__ void weigh_pair(const norm_after& after, int features, int row, int feature, bool is,
                           float a, float b, place at = TESSERA_HERE) {
    float squares = fmaf(a, a, __fmul_rn(b, b));
#pragma unroll
    for (int other = 1; other < 8; other *= 2)
        squares += TESSERA_EXCHANGE(squares, other * apart, at);
    if (!is) return;
    store_input(after.rows, row, feature, a * after.weight[feature]);
    if (feature + 1 < features)
        store_input(after.rows, row, feature + 1, b * after.weight[feature + 1]);
    if (feature % 16 == 0) after.squares[row * norm_parts(features) + feature / 16] = squares;
}

/// What sums of products with a row are multiplied by. By all lanes of a warp.
__device__ inline float norm_factor(const norm_before& before, int size, int row,
                                    place at = TESSERA_HERE) {
    if (before.squares == nullptr) return 1;
    const int parts = norm_parts(size);
    const float* from = before.squares + static_cast<std::ptrdiff_t>(row) * parts;
    float sum = 0;
    for (int i = static_cast<int>(threadIdx.x) % 32; i < parts; i += 32) sum += from[i];
    const float mean = __fdiv_rn(warp_sum(sum, at), static_cast<float>(size));
    return __fdiv_rn(1.0F, __fsqrt_rn(__fadd_rn(mean, before.eps)));
}

/// Those of rows [first, end) of a block, to [row - first]; they are there after a barrier.
__device__ inline void find_factors(const product& p, int first, int end, float* factors) {
    const int warps = static_cast<int>(blockDim.x) / 32;
    for (int row = first + static_cast<int>(threadIdx.x) / 32; row < end; row += warps) {
        const float factor = norm_factor(p.before, p.weights.inner, row);
        if (threadIdx.x % 32 == 0) factors[row - first] = factor;
    }
}

/// Takes the whole sums of an even feature and the one after it, of a row that `is` there, and what
/// they are multiplied by. By all lanes of a warp, those of 16 features `apart` lanes from each
/// other.
template <int apart>
__device__ void finish(const product& p, int row, bool is, int feature, float a, float b,
                       float factor, place at = TESSERA_HERE) {
    const int outer = p.weights.outer;
    const bool one = is && feature < outer;
    const bool both = is && feature + 1 < outer;
    a = __fmul_rn(a, factor);
    b = __fmul_rn(b, factor);
    if (p.weights.bias != nullptr) {
        if (one) a += p.weights.bias[feature];
        if (both) b += p.weights.bias[feature + 1];
    }
    if (p.gated) {
        if (one) store_input(p.gate, row, feature / 2, gated_value(a, b));
        return;
    }
    float* to = p.output + row * p.output_stride + feature;
    if (both && p.output_stride % 2 == 0) {
        auto* pair = reinterpret_cast<float2*>(to);
        if (p.accumulate) {
            const float2 old = *pair;
            a += old.x;
            b += old.y;
        }
        *pair = make_float2(a, b);
    } else {
        if (p.accumulate && one) a += to[0];
        if (p.accumulate && both) b += to[1];
        if (one) to[0] = a;
        if (both) to[1] = b;
    }
    if (p.after.weight != nullptr)
        weigh_pair<apart>(p.after, outer, row, feature, one, one ? a : 0.0F, both ? b : 0.0F, at);
}

}  // namespace tessera::engine::cuda
