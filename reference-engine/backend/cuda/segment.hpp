#pragma once

// A segment of a product, by one warp that reads its weights straight from the device's memory; for
// kernels only.

#include "backend/cuda/layout.hpp"
#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {

/// Adds the products of a block of i8 to a lane's sums, nothing fused, as the CPU does.
__device__ inline void add_block(const int (&exact)[4], float2 w, float2 x, float (&to)[4]) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const float scale = __fmul_rn(i % 2 == 0 ? x.x : x.y, i < 2 ? w.x : w.y);
        to[i] = __fadd_rn(to[i], __fmul_rn(static_cast<float>(exact[i]), scale));
    }
}

/// Of bf16 and i8: 16 features times 8 * groups rows. Loads run ahead of products by `ahead` units,
/// which are steps of bf16 and blocks of i8. A lane's sums are of the features 2g and 2g + 1, g =
/// lane / 4, and of rows 2t and 2t + 1, t = lane % 4: [group][2g of 2t, 2g of 2t + 1, 2g + 1 of 2t,
/// 2g + 1 of 2t + 1].
template <element type, int unit_steps, int groups>
class segment {
  public:
    /// Units [first, last) of a tile; begins to load weights, which no kernel writes.
    __device__ segment(const matrix& of, int tile, int first, int last)
        : first_(first), last_(last) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const int steps = steps_of(type, of.inner);
        weights_ =
            of.weights + static_cast<std::ptrdiff_t>(tile) * steps * 16 * step_bytes + lane * 16;
        steps_ = steps;
        if constexpr (type == element::i8) {
            const auto* scales = reinterpret_cast<const float*>(
                of.weights + fragments_bytes(type, of.outer, of.inner));
            scales_ = scales + static_cast<std::ptrdiff_t>(tile) * blocks_of(of.inner) * 16 +
                      lane / 4 * 2;
        }
#pragma unroll
        for (int i = 0; i < ahead; ++i)
            if (first + i < last) load_weights(first + i, i);
    }

    /// Reads rows [first_row, first_row + 8 * groups), as far as there are `rows`.
    __device__ void sum(const rows_in& input, int first_row, int rows, float (&to)[groups][4]) {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        const std::byte* row[groups];
        const float* row_scales[groups][2];
        bool is[groups];
        bool has_scale[groups][2];
#pragma unroll
        for (int n = 0; n < groups; ++n) {
            const int mine = first_row + 8 * n + lane / 4;
            is[n] = mine < rows;
            row[n] = input.data + mine * input.stride + lane % 4 * 16;
            for (int i = 0; i < 4; ++i) to[n][i] = 0;
            if constexpr (type == element::i8) {
                for (int i = 0; i < 2; ++i) {
                    const int of = first_row + 8 * n + lane % 4 * 2 + i;
                    has_scale[n][i] = of < rows;
                    row_scales[n][i] = reinterpret_cast<const float*>(
                        input.data + of * input.stride + steps_ * step_bytes);
                }
            }
        }
        const auto load_rows = [&](int unit, int i) {
#pragma unroll
            for (int n = 0; n < groups; ++n) {
#pragma unroll
                for (int s = 0; s < unit_steps; ++s)
                    x_[i][s][n] = is[n] ? *reinterpret_cast<const uint4*>(
                                              row[n] + (unit * unit_steps + s) * step_bytes)
                                        : make_uint4(0, 0, 0, 0);
                if constexpr (type == element::i8) {
                    x_scales_[i][n] = make_float2(has_scale[n][0] ? row_scales[n][0][unit] : 0.0F,
                                                  has_scale[n][1] ? row_scales[n][1][unit] : 0.0F);
                }
            }
        };
#pragma unroll
        for (int i = 0; i < ahead; ++i)
            if (first_ + i < last_) load_rows(first_ + i, i);
        for (int unit = first_; unit < last_; unit += ahead) {
#pragma unroll
            for (int i = 0; i < ahead; ++i) {
                if (unit + i >= last_) break;
                add(i, to);
                if (unit + i + ahead < last_) {
                    load_weights(unit + i + ahead, i);
                    load_rows(unit + i + ahead, i);
                }
            }
        }
    }

  private:
    static constexpr int ahead = 4 / unit_steps;

    __device__ void load_weights(int unit, int i) {
        const std::byte* from =
            weights_ + static_cast<std::ptrdiff_t>(unit) * unit_steps * 16 * step_bytes;
#pragma unroll
        for (int s = 0; s < unit_steps; ++s) {
            w_[i][s][0] = load_once(from + s * 16 * step_bytes);
            w_[i][s][1] = load_once(from + s * 16 * step_bytes + fragment_bytes);
        }
        if constexpr (type == element::i8)
            w_scales_[i] = *reinterpret_cast<const float2*>(scales_ + unit * 16);
    }

    __device__ void add(int i, float (&to)[groups][4]) {
        int exact[groups][4] = {};
#pragma unroll
        for (int s = 0; s < unit_steps; ++s) {
#pragma unroll
            for (int f = 0; f < 2; ++f) {
                const std::uint32_t a[4] = {w_[i][s][f].x, w_[i][s][f].y, w_[i][s][f].z,
                                            w_[i][s][f].w};
#pragma unroll
                for (int n = 0; n < groups; ++n) {
                    const uint4 x = x_[i][s][n];
                    const std::uint32_t b[2] = {f == 0 ? x.x : x.z, f == 0 ? x.y : x.w};
                    if constexpr (type == element::i8) {
                        mma_s8(exact[n], a, b);
                    } else {
                        mma_bf16(to[n], a, b);
                    }
                }
            }
        }
        if constexpr (type == element::i8) {
#pragma unroll
            for (int n = 0; n < groups; ++n)
                add_block(exact[n], w_scales_[i], x_scales_[i][n], to[n]);
        }
    }

    const std::byte* weights_;
    const float* scales_ = nullptr;
    int steps_;
    int first_;
    int last_;
    uint4 w_[ahead][unit_steps][2];
    uint4 x_[ahead][unit_steps][groups];
    float2 w_scales_[ahead];
    float2 x_scales_[ahead][groups];
};

/// Of f32: 32 features, a lane's its own, times 8 rows.
class segment_f32 {
  public:
    __device__ segment_f32(const matrix& of, int tile, int first, int last)
        : first_(first), last_(last) {
        weights_ = of.weights +
                   static_cast<std::ptrdiff_t>(tile) * steps_of(element::f32, of.inner) *
                       (32 * step_bytes) +
                   static_cast<int>(threadIdx.x) % 32 * 16;
#pragma unroll
        for (int i = 0; i < ahead; ++i)
            if (first + i < last) load_weights(first + i, i);
    }

    __device__ void sum(const rows_in& input, int first_row, int rows, float (&to)[8]) {
        for (float& each : to) each = 0;
        for (int step = first_; step < last_; step += ahead) {
#pragma unroll
            for (int i = 0; i < ahead; ++i) {
                if (step + i >= last_) break;
                const std::byte* x =
                    input.data + first_row * input.stride + (step + i) * step_bytes;
#pragma unroll
                for (int row = 0; row < 8; ++row) {
                    if (first_row + row >= rows) break;
#pragma unroll
                    for (int f = 0; f < 4; ++f) {
                        const float4 four =
                            *reinterpret_cast<const float4*>(x + row * input.stride + f * 16);
                        to[row] = dot(w_[i][f], four, to[row]);
                    }
                }
                if (step + i + ahead < last_) load_weights(step + i + ahead, i);
            }
        }
    }

    /// In the order of k.
    __device__ static float dot(uint4 w, float4 x, float sum) {
        sum = fmaf(__uint_as_float(w.x), x.x, sum);
        sum = fmaf(__uint_as_float(w.y), x.y, sum);
        sum = fmaf(__uint_as_float(w.z), x.z, sum);
        return fmaf(__uint_as_float(w.w), x.w, sum);
    }

  private:
    static constexpr int ahead = 2;

    __device__ void load_weights(int step, int i) {
        const std::byte* from = weights_ + static_cast<std::ptrdiff_t>(step) * (32 * step_bytes);
#pragma unroll
        for (int f = 0; f < 4; ++f) w_[i][f] = load_once(from + f * fragment_bytes);
    }

    const std::byte* weights_;
    int first_;
    int last_;
    uint4 w_[ahead][4];
};

}  // namespace tessera::engine::cuda
