#include "backend/cuda/ptx.hpp"
#include "backend/cuda/train_kernels.hpp"
#include "backend/cuda/train_tiles.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int other_rows = 32;  // that go by the rows which a block holds
constexpr int output_columns =
    64;  // of a head, that a block computes; a wider head has more blocks
constexpr int most_head_dim = 256;
constexpr int chunk = 8;  // of bf16, that are copied at once: 16 bytes
constexpr int other_tiles = other_rows / 8;
constexpr int output_tiles = output_columns / 8;

// How much of a head products read, and what a block holds of it.
constexpr int padded_dim(int head_dim) { return (head_dim + 15) / 16 * 16; }
constexpr int held_dim(int head_dim) {
    return (head_dim + output_columns - 1) / output_columns * output_columns;
}

// What a warp holds of 16 rows: of scores, and of outputs.
using scores = float[1][other_tiles][4];
using outputs = float[1][output_tiles][4];

// Stretches of rows of heads in global memory.
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

// Gradients of outputs as products read them.
template <class E>
__device__ const E* factors_of(const training_attention_backward& b) {
    if constexpr (sizeof(E) == sizeof(float))
        return b.doutput;
    else
        return b.rounded_doutput;
}

// Where one block works.
template <class E>
struct block_of {
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

    __device__ explicit block_of(const training_attention& a)
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
__device__ E* tile(int rows_before, int stride) {
    return dynamic_shared<E>() + rows_before * stride;
}

// The largest, and the sum, of four lanes that hold a row.
__device__ float largest_of_row(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffU, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffU, x, 2));
}
__device__ float sum_of_row(float x) {
    x += __shfl_xor_sync(0xffffffffU, x, 1);
    return x + __shfl_xor_sync(0xffffffffU, x, 2);
}

// A block: rows of a document, a head, columns of it.
template <class E>
__global__ void __launch_bounds__(block_of<E>::threads)
    training_attend_kernel(training_attention p) {
    wait_for_previous();
    const block_of<E> own(p);
    const int head = static_cast<int>(blockIdx.y);
    const int group = head / (p.heads / p.kv_heads);
    E* const queries = tile<E>(0, own.stride);
    E* const keys = tile<E>(own.rows, own.stride);
    E* const values = tile<E>(own.rows + other_rows, own.stride);
    E* const kept = tile<E>(own.rows + 2 * other_rows, own.stride);
    const head_rows<E> query_rows = own.queries(head);
    const head_rows<E> key_rows = own.keys(group);
    const head_rows<E> value_rows = own.values(group);

    own.load(query_rows, own.task.first, own.rows, queries);
    outputs sums = {};
    float top[2] = {-INFINITY, -INFINITY};
    float total[2] = {};
    const int last = min(own.task.length, own.task.first + own.rows);
    for (int first = 0; first < last; first += other_rows) {
        __syncthreads();
        own.load(key_rows, first, other_rows, keys);
        own.load(value_rows, first, other_rows, values);
        own.share();
        scores weights = {};
        own.multiply_heads(weights, queries, keys);
        for (int half = 0; half < 2; ++half) {
            const int row = own.task.first + own.warp_row + own.at.row + 8 * half;
            float here = top[half];
            for (int j = 0; j < other_tiles; ++j)
                for (int i = 0; i < 2; ++i) {
                    float& x = weights[0][j][2 * half + i];
                    const int key = first + 8 * j + own.at.column + i;
                    x = key <= row ? x * p.scale : -INFINITY;
                    here = fmaxf(here, x);
                }
            here = largest_of_row(here);
            const float shrink = expf(top[half] - here);
            float sum = 0;
            for (int j = 0; j < other_tiles; ++j)
                for (int i = 0; i < 2; ++i) {
                    float& x = weights[0][j][2 * half + i];
                    x = expf(x - here);
                    sum += x;
                }
            total[half] = total[half] * shrink + sum_of_row(sum);
            top[half] = here;
            for (int j = 0; j < output_tiles; ++j)
                for (int i = 0; i < 2; ++i) sums[0][j][2 * half + i] *= shrink;
        }
        own.keep(weights, kept);
        __syncwarp();
        own.multiply_kept(sums, kept, values);
    }
    const std::ptrdiff_t row_stride = std::ptrdiff_t(p.heads) * p.head_dim;
    own.write(sums, own.task.first, p.output, own.task.start * row_stride + head * p.head_dim,
              row_stride, {1 / total[0], 1 / total[1]});
    if (own.column > 0 || own.lane % 4 != 0) return;
    for (int half = 0; half < 2; ++half) {
        const int row = own.task.first + own.warp_row + own.at.row + 8 * half;
        if (row < own.task.length)
            p.log_sums[own.per_row(head) + row] = top[half] + logf(total[half]);
    }
}

// delta: of each row and head the sum of output * doutput, which is rounded besides. A warp each.
__global__ void training_delta_kernel(training_attention_backward b) {
    wait_for_previous();
    const training_attention& p = b.forward;
    const int index = static_cast<int>(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (index >= p.rows * p.heads) return;
    const int row = index / p.heads;
    const int head = index % p.heads;
    const std::ptrdiff_t at = std::ptrdiff_t(index) * p.head_dim;
    float sum = 0;
    for (int k = threadIdx.x % 32; k < p.head_dim; k += 32) {
        const float doutput = b.doutput[at + k];
        sum += p.output.exact[at + k] * doutput;
        if (b.rounded_doutput) b.rounded_doutput[at + k] = to_bf16(doutput);
    }
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) b.delta[std::ptrdiff_t(head) * p.rows + row] = sum;
}

// A block: rows of a document, a head, columns of its queries.
template <class E>
__global__ void __launch_bounds__(block_of<E>::threads)
    training_attend_queries_kernel(training_attention_backward b) {
    wait_for_previous();
    const training_attention& p = b.forward;
    const block_of<E> own(p);
    const int head = static_cast<int>(blockIdx.y);
    const int group = head / (p.heads / p.kv_heads);
    E* const queries = tile<E>(0, own.stride);
    E* const doutputs = tile<E>(own.rows, own.stride);
    E* const values = tile<E>(2 * own.rows, own.stride);
    E* const keys = tile<E>(2 * own.rows + other_rows, own.stride);
    E* const kept = tile<E>(2 * own.rows + 2 * other_rows, own.stride);
    const head_rows<E> query_rows = own.queries(head);
    const head_rows<E> doutput_rows = own.of_outputs(factors_of<E>(b), head);
    const head_rows<E> key_rows = own.keys(group);
    const head_rows<E> value_rows = own.values(group);

    own.load(query_rows, own.task.first, own.rows, queries);
    own.load(doutput_rows, own.task.first, own.rows, doutputs);
    float log_sum[2], delta[2];
    for (int half = 0; half < 2; ++half) {
        const int row = own.task.first + own.warp_row + own.at.row + 8 * half;
        const bool there = row < own.task.length;
        log_sum[half] = there ? p.log_sums[own.per_row(head) + row] : 0;
        delta[half] = there ? b.delta[own.per_row(head) + row] : 0;
    }
    outputs sums = {};
    const int last = min(own.task.length, own.task.first + own.rows);
    for (int first = 0; first < last; first += other_rows) {
        __syncthreads();
        own.load(key_rows, first, other_rows, keys);
        own.load(value_rows, first, other_rows, values);
        own.share();
        scores weights = {};
        scores dweights = {};
        own.multiply_heads(weights, queries, keys);
        own.multiply_heads(dweights, doutputs, values);
        for (int j = 0; j < other_tiles; ++j)
            for (int which = 0; which < 4; ++which) {
                const int row = own.task.first + own.warp_row + own.at.row + which / 2 * 8;
                const int key = first + 8 * j + own.at.column + which % 2;
                float& x = weights[0][j][which];
                const float probability = key <= row && row < own.task.length
                                              ? expf(x * p.scale - log_sum[which / 2])
                                              : 0;
                x = probability * (dweights[0][j][which] - delta[which / 2]);
            }
        own.keep(weights, kept);
        __syncwarp();
        own.multiply_kept(sums, kept, keys);
    }
    own.write(sums, own.task.first, {.exact = b.dheads},
              own.task.start * p.heads_stride + head * p.head_dim, p.heads_stride,
              {p.scale, p.scale});
}

// A block: rows of a document, a group of heads, columns of its key and value.
template <class E>
__global__ void __launch_bounds__(block_of<E>::threads)
    training_attend_keys_kernel(training_attention_backward b) {
    wait_for_previous();
    const training_attention& p = b.forward;
    const block_of<E> own(p);
    const int group = static_cast<int>(blockIdx.y);
    const int heads = p.heads / p.kv_heads;
    E* const keys = tile<E>(0, own.stride);
    E* const values = tile<E>(own.rows, own.stride);
    E* const queries = tile<E>(2 * own.rows, own.stride);
    E* const doutputs = tile<E>(2 * own.rows + other_rows, own.stride);
    E* const kept = tile<E>(2 * own.rows + 2 * other_rows, own.stride);
    E* const dkept = kept + own.rows * own.score_stride;
    const head_rows<E> key_rows = own.keys(group);
    const head_rows<E> value_rows = own.values(group);

    own.load(key_rows, own.task.first, own.rows, keys);
    own.load(value_rows, own.task.first, own.rows, values);
    outputs dkeys = {};
    outputs dvalues = {};
    for (int head = group * heads; head < (group + 1) * heads; ++head) {
        const head_rows<E> query_rows = own.queries(head);
        const head_rows<E> doutput_rows = own.of_outputs(factors_of<E>(b), head);
        const float* const log_sums = p.log_sums + own.per_row(head);
        const float* const deltas = b.delta + own.per_row(head);
        for (int first = own.task.first; first < own.task.length; first += other_rows) {
            __syncthreads();
            own.load(query_rows, first, other_rows, queries);
            own.load(doutput_rows, first, other_rows, doutputs);
            own.share();
            scores weights = {};
            scores dweights = {};
            own.multiply_heads(weights, keys, queries);
            own.multiply_heads(dweights, values, doutputs);
            for (int j = 0; j < other_tiles; ++j)
                for (int which = 0; which < 4; ++which) {
                    const int key = own.task.first + own.warp_row + own.at.row + which / 2 * 8;
                    const int row = first + 8 * j + own.at.column + which % 2;
                    float& x = weights[0][j][which];
                    float& dx = dweights[0][j][which];
                    if (key <= row && row < own.task.length) {
                        x = expf(x * p.scale - log_sums[row]);
                        dx = x * (dx - deltas[row]);
                    } else {
                        x = dx = 0;
                    }
                }
            own.keep(weights, kept);
            own.keep(dweights, dkept);
            __syncwarp();
            own.multiply_kept(dvalues, kept, doutputs);
            own.multiply_kept(dkeys, dkept, queries);
        }
    }
    const std::ptrdiff_t begin = own.task.start * p.heads_stride;
    own.write(dkeys, own.task.first, {.exact = b.dheads}, begin + (p.heads + group) * p.head_dim,
              p.heads_stride, {p.scale, p.scale});
    own.write(dvalues, own.task.first, {.exact = b.dheads},
              begin + (p.heads + p.kv_heads + group) * p.head_dim, p.heads_stride, {1, 1});
}

// Rows of tiles as wide as a head, and of kept scores.
template <class E>
std::size_t shared_bytes(int head_dim, int rows, int kept_rows) {
    const int stride = padded_row<E>(held_dim(head_dim));
    return sizeof(E) *
           static_cast<std::size_t>(rows * stride + kept_rows * block_of<E>::score_stride);
}

bool fits(const training_attention& p) {
    return p.head_dim > 0 && p.head_dim <= most_head_dim && p.head_dim % 2 == 0 &&
           p.heads % p.kv_heads == 0;
}

dim3 grid_of(const training_attention& p, int heads) {
    return dim3(static_cast<unsigned>(p.task_count), static_cast<unsigned>(heads),
                blocks_of(p.head_dim, output_columns));
}

template <class E>
status attend(const training_attention& p, stream on) {
    using block = block_of<E>;
    return launch(training_attend_kernel<E>, grid_of(p, p.heads), block::threads,
                  shared_bytes<E>(p.head_dim, block::rows + 2 * other_rows, block::rows), on, p);
}

template <class E>
status attend_backward(const training_attention_backward& b, stream on) {
    using block = block_of<E>;
    const training_attention& p = b.forward;
    const int tiles = 2 * block::rows + 2 * other_rows;
    const status failed =
        launch(training_attend_queries_kernel<E>, grid_of(p, p.heads), block::threads,
               shared_bytes<E>(p.head_dim, tiles, block::rows), on, b);
    if (failed) return failed;
    return launch(training_attend_keys_kernel<E>, grid_of(p, p.kv_heads), block::threads,
                  shared_bytes<E>(p.head_dim, tiles, 2 * block::rows), on, b);
}

}  // namespace

status launch_training_attend(const training_attention& p, stream on) {
    if (!fits(p)) return not_supported;
    if (p.task_count == 0) return 0;
    return p.factors == element::f32 ? attend<float>(p, on) : attend<bf16>(p, on);
}

status launch_training_attend_backward(const training_attention_backward& b, stream on) {
    if (!fits(b.forward)) return not_supported;
    if (b.forward.task_count == 0) return 0;
    constexpr int warps = element_threads / 32;
    const status failed = launch(training_delta_kernel,
                                 blocks_of(std::ptrdiff_t(b.forward.rows) * b.forward.heads, warps),
                                 element_threads, 0, on, b);
    if (failed) return failed;
    return b.forward.factors == element::f32 ? attend_backward<float>(b, on)
                                             : attend_backward<bf16>(b, on);
}

}  // namespace tessera::engine::cuda
