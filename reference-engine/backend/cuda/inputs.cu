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

// A block turns a row's words of the matrix, as far apart as fragments have them, into numbers.
__global__ void __launch_bounds__(threads) embed_rows(embed e) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= min(e.plan.counts->rows, e.rows)) return;
    const matrix& from = e.embedding;
    const int token = e.plan.tokens[row];
    float* to = e.state + row * e.state_stride;
    const auto word = [&](int index) {
        return *reinterpret_cast<const std::uint32_t*>(
            from.weights + word_place(from.type, from.inner, token, index));
    };
    for (int k = static_cast<int>(threadIdx.x); k < from.inner; k += threads) {
        if (from.type == element::f32) {
            to[k] = __uint_as_float(word(k));
        } else if (from.type == element::bf16) {
            const std::uint32_t pair = word(k / 2);
            to[k] = __uint_as_float(k % 2 == 0 ? pair << 16 : pair & 0xffff0000U);
        } else {
            const int numbers = block_numbers(from.inner);
            const int block = k / numbers;
            const int in_block = k % numbers;
            const std::uint32_t four =
                word(block * block_steps(from.inner) * (step_bytes / 4) + in_block / 4);
            const float scale = *reinterpret_cast<const float*>(
                from.weights + scale_place(from.outer, from.inner, token, block));
            const auto number = static_cast<signed char>(four >> (8 * (in_block % 4)));
            to[k] = scale * static_cast<float>(number);
        }
    }
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

status launch_convert(const convert& c, stream to) {
    if (c.rows == 0) return 0;
    return launch(convert_rows, dim3(static_cast<unsigned>(c.rows)), dim3(threads), 0, to, c);
}

}  // namespace tessera::engine::cuda
