// What products read: rows of the embedding, and rows turned into the type of an input.
//
// Bytes: a row of the embedding, 4 bytes a number of the state; for convert 4 bytes a number, and
// what is written. A few microseconds' latency rather than bandwidth, but for thousands of rows.

#include "backend/cuda/finish.hpp"
#include "backend/cuda/launchers.hpp"
#include "backend/cuda/quantise.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int threads = 256;

// Number k of a row of the embedding, which lies as fragments have it.
__device__ float embedded(const matrix& from, int token, int k) {
    const auto word = [&](int index) {
        return *reinterpret_cast<const std::uint32_t*>(
            from.weights + word_place(from.type, from.inner, token, index));
    };
    if (from.type == element::f32) return __uint_as_float(word(k));
    if (from.type == element::bf16) {
        const std::uint32_t pair = word(k / 2);
        return __uint_as_float(k % 2 == 0 ? pair << 16 : pair & 0xffff0000U);
    }
    const int numbers = block_numbers(from.inner);
    const int block = k / numbers;
    const int in_block = k % numbers;
    const std::uint32_t four =
        word(block * block_steps(from.inner) * (step_bytes / 4) + in_block / 4);
    const float scale = *reinterpret_cast<const float*>(
        from.weights + scale_place(from.outer, from.inner, token, block));
    return scale * static_cast<float>(static_cast<signed char>(four >> (8 * (in_block % 4))));
}

// Pairs of a row, value_of(k) their numbers, by the threads of a block; whole warps go around.
template <class F, class G>
__device__ void for_pairs(int size, F value_of, G take) {
    for (int i = static_cast<int>(threadIdx.x); i < ceil_div(size, 64) * 32; i += threads) {
        const int k = 2 * i;
        take(k, k < size ? value_of(k) : 0.0F, k + 1 < size ? value_of(k + 1) : 0.0F);
    }
}

__global__ void __launch_bounds__(threads) embed_rows(embed e) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= min(e.plan.counts->rows, e.rows)) return;
    const int size = e.embedding.inner;
    const int token = e.plan.tokens[row];
    float* to = e.state + row * e.state_stride;
    for_pairs(
        size, [&](int k) { return embedded(e.embedding, token, k); },
        [&](int k, float a, float b) {
            if (k < size) to[k] = a;
            if (k + 1 < size) to[k + 1] = b;
            if (e.after.weight != nullptr) weigh_pair<1>(e.after, size, row, k, k < size, a, b);
        });
}

__global__ void __launch_bounds__(threads) weigh_rows(weigh w) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= rows_of(w.count, w.rows)) return;
    const float* from = w.state + row * w.state_stride;
    for_pairs(
        w.size, [&](int k) { return from[k]; },
        [&](int k, float a, float b) { weigh_pair<1>(w.after, w.size, row, k, k < w.size, a, b); });
}

__global__ void __launch_bounds__(threads) convert_rows(convert c) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= rows_of(c.count, c.rows)) return;
    const float* x = c.x + row * c.x_stride;
    if (c.output.type == element::i8) {
        std::byte* to = c.output.data + row * c.output.stride;
        for (int block = static_cast<int>(threadIdx.x) / 32; block < blocks_of(c.size);
             block += threads / 32)
            store_block(to, c.size, block, [&](int k) { return x[k]; });
        return;
    }
    for (int k = static_cast<int>(threadIdx.x); k < c.size; k += threads)
        store_input(c.output, row, k, x[k]);
}

}  // namespace

status launch_embed(const embed& e, stream to) {
    if (e.rows == 0) return 0;
    return launch(embed_rows, dim3(static_cast<unsigned>(e.rows)), dim3(threads), 0, to, e);
}

status launch_weigh(const weigh& w, stream to) {
    if (w.rows == 0) return 0;
    return launch(weigh_rows, dim3(static_cast<unsigned>(w.rows)), dim3(threads), 0, to, w);
}

status launch_convert(const convert& c, stream to) {
    if (c.rows == 0) return 0;
    return launch(convert_rows, dim3(static_cast<unsigned>(c.rows)), dim3(threads), 0, to, c);
}

}  // namespace tessera::engine::cuda
