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

/// Takes the whole sums of an even feature and the one after it.
__device__ inline void finish(const product& p, int row, int feature, float a, float b) {
    const int outer = p.weights.outer;
    if (feature >= outer) return;
    const bool both = feature + 1 < outer;
    if (p.weights.bias != nullptr) {
        a += p.weights.bias[feature];
        if (both) b += p.weights.bias[feature + 1];
    }
    if (p.gated) return store_input(p.gate, row, feature / 2, gated_value(a, b));
    float* to = p.output + row * p.output_stride + feature;
    if (both && p.output_stride % 2 == 0) {
        auto* pair = reinterpret_cast<float2*>(to);
        if (p.accumulate) {
            const float2 old = *pair;
            a += old.x;
            b += old.y;
        }
        *pair = make_float2(a, b);
        return;
    }
    if (p.accumulate) {
        a += to[0];
        if (both) b += to[1];
    }
    to[0] = a;
    if (both) to[1] = b;
}

/// Rows there are, known once the kernels before have ended.
__device__ inline int rows_of(const int* count, int at_most) {
    return count == nullptr ? at_most : min(*count, at_most);
}

}  // namespace tessera::engine::cuda
