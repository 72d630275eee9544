#pragma once

#include <cmath>

#include "backend/cuda/cached.hpp"

namespace tessera::engine::cuda {

// Device code of attention over caches of both types. A block computes a task's rows for the heads
// of one key-value head, or for some of them.

inline constexpr float log2_of_e = 1.44269504F;

status attend_bf16(const attention&, dim3 grid, stream);
status attend_f32(const attention&, dim3 grid, stream);

/// Vectors are numbered by row and then by head.
struct attended {
    attention_task task;
    int kv_head;
    int first_head;
    int heads;
    int vectors;
    int begin;  // positions
    int end;
    const int* table;  // of blocks of the cache

    __device__ int row(int vector) const { return task.first_row + vector / heads; }
    __device__ int head(int vector) const { return first_head + vector % heads; }
    /// The last position that a vector sees; -1 where there is no such vector.
    __device__ int last(int vector) const {
        return vector < vectors ? task.position + vector / heads : -1;
    }
};

__device__ inline bool has_task(const attention& a) {
    return static_cast<int>(blockIdx.x) < a.plan.counts->tasks;
}

__device__ inline attended task_of(const attention& a) {
    attended to;
    to.task = a.plan.tasks[blockIdx.x];
    const int group = a.heads / a.kv_heads;
    const int chunks = static_cast<int>(gridDim.y) / a.kv_heads;
    const int most = heads_of_block({a.heads, a.kv_heads, a.head_dim});
    const int chunk = static_cast<int>(blockIdx.y) % chunks;
    to.kv_head = static_cast<int>(blockIdx.y) / chunks;
    to.first_head = to.kv_head * group + chunk * most;
    to.heads = min(most, group - chunk * most);
    to.vectors = to.task.rows * to.heads;
    to.begin = to.task.first_split * split_positions;
    to.end = min((to.task.first_split + to.task.splits) * split_positions,
                 to.task.position + to.task.rows);
    to.table = a.plan.block_tables + to.task.sequence * a.plan.block_table_stride;
    return to;
}

/// Where the key of a position is, in numbers.
__device__ inline std::ptrdiff_t key_of(const attention& a, const attended& t, int position) {
    return key_place(a.cache, a.layer, t.kv_head, t.table[position / 16], position,
                     cache_width(a.head_dim));
}

/// Number d of a vector's query, turned; zero where there is none.
__device__ inline float query_of(const attention& a, const attended& t, int vector, int d) {
    if (vector >= t.vectors || d >= a.head_dim) return 0;
    const int row = a.from != nullptr ? a.from[t.row(vector)] : t.row(vector);
    const float* head = a.heads_data + row * a.heads_stride + t.head(vector) * a.head_dim;
    if (!a.angles) return head[d];
    const std::ptrdiff_t position = t.last(vector);
    return turned(head, a.angles + position * a.head_dim, a.head_dim / 2, d);
}

/// Stores what the task's rows add to its part of the context, by the whole block.
__device__ inline void store_rows(const attention& a, const attended& t) {
    const int width = cache_width(a.head_dim);
    const int first = max(t.begin, t.task.position);
    for (int i = static_cast<int>(threadIdx.x); i < (t.end - first) * width;
         i += static_cast<int>(blockDim.x)) {
        const int position = first + i / width;
        const float* key = a.heads_data +
                           (t.task.first_row + position - t.task.position) * a.heads_stride +
                           (a.heads + t.kv_head) * a.head_dim;
        store_key_value(a.cache, key_of(a, t, position), key, key + a.kv_heads * a.head_dim,
                        a.angles + std::ptrdiff_t{position} * a.head_dim, a.head_dim, i % width);
    }
}

/// By what a whole and a part are multiplied as they are added, each relative to its largest score;
/// `peak` becomes that of both.
struct shares {
    float whole;
    float part;
};
__device__ inline shares join(float& peak, float part_peak) {
    const float larger = fmaxf(peak, part_peak);
    const shares result{exp2f(peak - larger), exp2f(part_peak - larger)};
    peak = larger;
    return result;
}
__device__ inline float join(shares by, float whole, float part) {
    return fmaf(whole, by.whole, __fmul_rn(part, by.part));
}

/// What a shared task comes to in one split: values [vector][width], peaks and sums [vector].
struct split_result {
    float* values;
    float* peaks;
    float* sums;
};
__device__ inline split_result result_of(const attention& a, const attended& t, int split) {
    const attention_shape shape{a.heads, a.kv_heads, a.head_dim};
    float* at = a.scratch + ((static_cast<std::ptrdiff_t>(t.task.first_place) + split) * gridDim.y +
                             blockIdx.y) *
                                place_floats(shape);
    float* peaks = at + t.vectors * cache_width(a.head_dim);
    return {at, peaks, peaks + t.vectors};
}

__device__ inline std::byte* output_of(const attention& a, const attended& t, int vector) {
    const int size = a.output.type == element::bf16 ? 2 : 4;
    return a.output.data + t.row(vector) * a.output.stride +
           static_cast<std::ptrdiff_t>(t.head(vector) * a.head_dim * size);
}

/// After a block has stored its splits: the last one of a task joins them in their order and writes
/// the output.
__device__ inline void join_splits(const attention& a, const attended& t) {
    TESSERA_SHARED(int, is_last, [1]);
    __syncthreads();
    if (threadIdx.x == 0) {
        __threadfence();
        unsigned* counter = a.counters + t.task.first_place * gridDim.y + blockIdx.y;
        const unsigned before = atomicAdd(counter, 1U);
        is_last[0] = before + 1 == static_cast<unsigned>(t.task.parts);
        if (is_last[0]) *counter = 0;
        __threadfence();
    }
    __syncthreads();
    if (!is_last[0]) return;
    const int width = cache_width(a.head_dim);
    const int splits = splits_of(t.task.position + t.task.rows);
    for (int i = static_cast<int>(threadIdx.x); i < t.vectors * a.head_dim;
         i += static_cast<int>(blockDim.x)) {
        const int vector = i / a.head_dim;
        const int d = i % a.head_dim;
        float peak = -INFINITY;
        float sum = 0;
        float value = 0;
        for (int split = 0; split < splits; ++split) {
            const split_result part = result_of(a, t, split);
            const shares by = join(peak, __ldcg(part.peaks + vector));
            sum = join(by, sum, __ldcg(part.sums + vector));
            value = join(by, value, __ldcg(part.values + vector * width + d));
        }
        store_number(a.output.type, output_of(a, t, vector), d, value * (1 / sum));
    }
}

}  // namespace tessera::engine::cuda
