#pragma once

#include "backend/cuda/ptx.hpp"
#include "backend/cuda/train_kernels.hpp"
#include "backend/cuda/train_tiles.hpp"

namespace tessera::engine::cuda {

inline constexpr int other_rows = 32;  // that go by the rows which a block holds
inline constexpr int output_columns =
    64;  // of a head, that a block computes; a wider head has more blocks
inline constexpr int most_head_dim = 256;
inline constexpr int other_tiles = other_rows / 8;
inline constexpr int output_tiles = output_columns / 8;

/// How much of a head products read, and what a block holds of it.
constexpr int padded_dim(int head_dim) { return (head_dim + 15) / 16 * 16; }
constexpr int held_dim(int head_dim) {
    return (head_dim + output_columns - 1) / output_columns * output_columns;
}

/// What a warp holds of 16 rows: of scores, and of outputs.
using scores = float[1][other_tiles][4];
using outputs = float[1][output_tiles][4];

/// Stretches of rows of heads in global memory.
template <class E>
struct head_rows {
    const E* data;  // of the document's first row
    std::ptrdiff_t stride;

    // Whether all of them may be copied by chunks.
    __device__ bool in_chunks(int head_dim) const {
        return head_dim % chunk == 0 && stride % chunk == 0 &&
               reinterpret_cast<std::uintptr_t>(data) % 16 == 0;
    }
};

/// Gradients of outputs as products read them.
template <class E>
__device__ const E* factors_of(const training_attention_backward& b) {
    if constexpr (sizeof(E) == sizeof(float))
        return b.doutput;
    else
        return b.rounded_doutput;
}

/// Where one block works.
template <class E>
struct attention_block {
    static constexpr int rows = training_task_rows(sizeof(E) == 4 ? element::f32 : element::bf16);
    static constexpr int warps = rows / 16;
    static constexpr int threads = 32 * warps;
    static constexpr int score_stride = padded_row<E>(other_rows);

    training_attention p;
    training_task task;
    int padded;    // head_dim, as products read it
    int held;      // as tiles hold it
    int stride;    // of their rows
    int column;    // the first that is computed
    int warp_row;  // the warp's first, in the block
    int lane;
    lane_place at;

    __device__ explicit attention_block(const training_attention& a)
        : p(a),
          task(a.tasks[blockIdx.x]),
          padded(padded_dim(a.head_dim)),
          held(held_dim(a.head_dim)),
          stride(padded_row<E>(held)),
          column(static_cast<int>(blockIdx.z) * output_columns),
          warp_row(static_cast<int>(threadIdx.x) / 32 * 16),
          lane(static_cast<int>(threadIdx.x) % 32),
          at(place_of(lane)) {}

    __device__ head_rows<E> queries(int head) const {
        return {
            static_cast<const E*>(p.heads_data) + task.start * p.heads_stride + head * p.head_dim,
            p.heads_stride};
    }
    __device__ head_rows<E> keys(int group) const { return queries(p.heads + group); }
    __device__ head_rows<E> values(int group) const {
        return queries(p.heads + p.kv_heads + group);
    }
    __device__ head_rows<E> of_outputs(const E* data, int head) const {
        const std::ptrdiff_t row = std::ptrdiff_t(p.heads) * p.head_dim;
        return {data + task.start * row + head * p.head_dim, row};
    }
    __device__ std::ptrdiff_t per_row(int head) const {
        return std::ptrdiff_t(head) * p.rows + task.start;
    }

    // `count` rows from `first` of the document on, zeros beyond it and beyond head_dim. They are
    // there after share().
    __device__ void load(const head_rows<E>& from, int first, int count, E* to) const {
        if constexpr (sizeof(E) == sizeof(bf16)) {
            if (from.in_chunks(p.head_dim)) {
                const int chunks = held / chunk;
#pragma unroll 1
                for (int i = threadIdx.x; i < count * chunks; i += threads) {
                    const int row = i / chunks;
                    const int k = i % chunks * chunk;
                    const bool there = first + row < task.length && k < p.head_dim;
                    const E* const x = from.data + (first + row) * from.stride + k;
                    copy_async_or_zero<16>(to + row * stride + k, there ? x : from.data, there);
                }
                return;
            }
        }
        const int pairs = held / 2;
        for (int i = threadIdx.x; i < count * pairs; i += threads) {
            const int row = i / pairs;
            const int k = i % pairs * 2;
            const bool there = first + row < task.length && k < p.head_dim;
            const E* const x = from.data + (first + row) * from.stride + k;
            store_two(to + row * stride + k, there ? x[0] : E{}, there ? x[1] : E{});
        }
    }
    // Shows the block what all its threads have loaded.
    __device__ void share() const {
        commit_copies();
        wait_copies<0>();
        __syncthreads();
    }
    // Sums of a warp over the whole head: of its rows of `own` with the rows of `other`.
    __device__ void multiply_heads(scores& sums, const E* own, const E* other) const {
        multiply_tiles<false, false>(sums, own + warp_row * stride, stride, other, stride, padded,
                                     lane);
    }
    // Puts scores where the next product reads them.
    __device__ void keep(const scores& from, E* to) const {
        E* const rows_of_warp = to + warp_row * score_stride;
        for (int j = 0; j < other_tiles; ++j) {
            E* const two = rows_of_warp + at.row * score_stride + 8 * j + at.column;
            store_two(two, from[0][j][0], from[0][j][1]);
            store_two(two + 8 * score_stride, from[0][j][2], from[0][j][3]);
        }
    }
    // Kept scores with the columns of `other` that this block computes.
    __device__ void multiply_kept(outputs& sums, const E* kept, const E* other) const {
        multiply_tiles<false, true>(sums, kept + warp_row * score_stride, score_stride,
                                    other + column, stride, other_rows, lane);
    }
    // To rows of the document, of which `begin` is where its first has the head.
    __device__ void write(const outputs& from, int first, const training_output& to,
                          std::ptrdiff_t begin, std::ptrdiff_t to_stride,
                          const float (&factors)[2]) const {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
            const int row = first + warp_row + at.row + 8 * half;
            if (row >= task.length) continue;
            const std::ptrdiff_t to_row = begin + row * to_stride;
#pragma unroll
            for (int j = 0; j < output_tiles; ++j)
#pragma unroll
                for (int i = 0; i < 2; ++i) {
                    const int k = column + 8 * j + at.column + i;
                    if (k < p.head_dim)
                        put(to, to_row + k, from[0][j][2 * half + i] * factors[half]);
                }
        }
    }
};

template <class E>
__device__ E* head_tile(int rows_before, int stride) {
    return dynamic_shared<E>() + rows_before * stride;
}

/// The largest, and the sum, of four lanes that hold a row.
__device__ inline float largest_of_row(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffU, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffU, x, 2));
}
__device__ inline float sum_of_row(float x) {
    x += __shfl_xor_sync(0xffffffffU, x, 1);
    return x + __shfl_xor_sync(0xffffffffU, x, 2);
}

}  // namespace tessera::engine::cuda
