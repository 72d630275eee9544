#pragma once

#include "backend/cuda/device.hpp"
#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {

/// Products of tiles in shared memory by a warp. The sums of 16 rows and 8 columns lie as
/// mma.m16n8k16 has them: of lane 4 g + t those of row g, columns 2 t and 2 t + 1, then of row g + 8.
/// A tile of numbers of E, f32 or bf16, is [row][inner], or turned [inner][row]; its rows are padded
/// so that no two lanes meet at a bank.
template <class E>
constexpr int padded_row(int numbers) {
    return numbers + 16 / static_cast<int>(sizeof(E));
}

/// Numbers of bf16 that are copied at once, 16 bytes.
inline constexpr int chunk = 8;

struct lane_place {
    int row;     // g
    int column;  // 2 t
};
__device__ inline lane_place place_of(int lane) { return {lane / 4, lane % 4 * 2}; }

__device__ inline void store_four(float* to, float4 x) { *reinterpret_cast<float4*>(to) = x; }
__device__ inline void store_two(float* to, float x, float y) {
    *reinterpret_cast<float2*>(to) = {x, y};
}
__device__ inline void store_two(bf16* to, float x, float y) {
    *reinterpret_cast<std::uint32_t*>(to) = pack_bf16(x, y);
}
__device__ inline void store_two(bf16* to, bf16 x, bf16 y) {
    *reinterpret_cast<std::uint32_t*>(to) = static_cast<std::uint32_t>(y.bits) << 16 | x.bits;
}

/// sums += a b over `inner`, a multiple of 16: a of 16 M rows, b of 8 N columns.
template <bool a_turned, bool b_turned, int M, int N>
__device__ void multiply_tiles(float (&sums)[M][N][4], const float* a, int a_stride, const float* b,
                               int b_stride, int inner, int lane) {
    const lane_place at = place_of(lane);
    const auto a_of = [&](int row, int k) {
        return a_turned ? a[k * a_stride + row] : a[row * a_stride + k];
    };
    const auto b_of = [&](int column, int k) {
        return b_turned ? b[k * b_stride + column] : b[column * b_stride + k];
    };
#pragma unroll 2
    for (int k = 0; k < inner; ++k) {
        float rows[M][2];
#pragma unroll
        for (int i = 0; i < M; ++i) {
            rows[i][0] = a_of(16 * i + at.row, k);
            rows[i][1] = a_of(16 * i + at.row + 8, k);
        }
#pragma unroll
        for (int j = 0; j < N; ++j) {
            const float left = b_of(8 * j + at.column, k);
            const float right = b_of(8 * j + at.column + 1, k);
#pragma unroll
            for (int i = 0; i < M; ++i) {
                sums[i][j][0] += rows[i][0] * left;
                sums[i][j][1] += rows[i][0] * right;
                sums[i][j][2] += rows[i][1] * left;
                sums[i][j][3] += rows[i][1] * right;
            }
        }
    }
}

template <bool a_turned, bool b_turned, int M, int N>
__device__ void multiply_tiles(float (&sums)[M][N][4], const bf16* a, int a_stride, const bf16* b,
                               int b_stride, int inner, int lane) {
    static_assert(N % 2 == 0);
    // Of the four matrices that are loaded at once, lane l gives the address of a row of the one
    // numbered l / 8.
    const int which = lane / 8;
    const int line = lane % 8;
    for (int k = 0; k < inner; k += 16) {
        std::uint32_t left[M][4];
#pragma unroll
        for (int i = 0; i < M; ++i) {
            const int row = 16 * i + which % 2 * 8;
            const int at = k + which / 2 * 8;
            if constexpr (a_turned)
                load_fragments_transposed(left[i], a + (at + line) * a_stride + row);
            else
                load_fragments(left[i], a + (row + line) * a_stride + at);
        }
#pragma unroll
        for (int j = 0; j < N; j += 2) {
            std::uint32_t right[4];
            const int column = 8 * j + which / 2 * 8;
            const int at = k + which % 2 * 8;
            if constexpr (b_turned)
                load_fragments_transposed(right, b + (at + line) * b_stride + column);
            else
                load_fragments(right, b + (column + line) * b_stride + at);
            const std::uint32_t pairs[2][2] = {{right[0], right[1]}, {right[2], right[3]}};
#pragma unroll
            for (int i = 0; i < M; ++i) {
                mma_bf16(sums[i][j], left[i], pairs[0]);
                mma_bf16(sums[i][j + 1], left[i], pairs[1]);
            }
        }
    }
}

}  // namespace tessera::engine::cuda
