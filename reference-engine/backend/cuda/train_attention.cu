#include "backend/cuda/train_attention.hpp"

namespace tessera::engine::cuda {
namespace {

// A block: rows of a document, a head, columns of it.
template <class E>
__global__ void __launch_bounds__(attention_block<E>::threads)
    training_attend_kernel(training_attention p) {
    wait_for_previous();
    const attention_block<E> own(p);
    const int head = static_cast<int>(blockIdx.y);
    const int group = head / (p.heads / p.kv_heads);
    E* const queries = head_tile<E>(0, own.stride);
    E* const keys = head_tile<E>(own.rows, own.stride);
    E* const values = head_tile<E>(own.rows + other_rows, own.stride);
    E* const kept = head_tile<E>(own.rows + 2 * other_rows, own.stride);
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
__global__ void __launch_bounds__(attention_block<E>::threads)
    training_attend_queries_kernel(training_attention_backward b) {
    wait_for_previous();
    const training_attention& p = b.forward;
    const attention_block<E> own(p);
    const int head = static_cast<int>(blockIdx.y);
    const int group = head / (p.heads / p.kv_heads);
    E* const queries = head_tile<E>(0, own.stride);
    E* const doutputs = head_tile<E>(own.rows, own.stride);
    E* const values = head_tile<E>(2 * own.rows, own.stride);
    E* const keys = head_tile<E>(2 * own.rows + other_rows, own.stride);
    E* const kept = head_tile<E>(2 * own.rows + 2 * other_rows, own.stride);
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
__global__ void __launch_bounds__(attention_block<E>::threads)
    training_attend_keys_kernel(training_attention_backward b) {
    wait_for_previous();
    const training_attention& p = b.forward;
    const attention_block<E> own(p);
    const int group = static_cast<int>(blockIdx.y);
    const int heads = p.heads / p.kv_heads;
    E* const keys = head_tile<E>(0, own.stride);
    E* const values = head_tile<E>(own.rows, own.stride);
    E* const queries = head_tile<E>(2 * own.rows, own.stride);
    E* const doutputs = head_tile<E>(2 * own.rows + other_rows, own.stride);
    E* const kept = head_tile<E>(2 * own.rows + 2 * other_rows, own.stride);
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
           static_cast<std::size_t>(rows * stride + kept_rows * attention_block<E>::score_stride);
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
    using block = attention_block<E>;
    return launch(training_attend_kernel<E>, grid_of(p, p.heads), block::threads,
                  shared_bytes<E>(p.head_dim, block::rows + 2 * other_rows, block::rows), on, p);
}

template <class E>
status attend_backward(const training_attention_backward& b, stream on) {
    using block = attention_block<E>;
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
