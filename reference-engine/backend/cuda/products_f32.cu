// Products of many rows in f32: tiles of 64 features and 64 rows; a thread computes 4 of each with
// fused multiply-adds, in the order of k.
//
// Bytes: the matrix once for each 64 rows, rows once for each 64 features: 32 operations a byte, most
// of them from the second cache. Bound by the arithmetic of f32: 67 TFLOP/s of an H100, of which a
// thread's 128 loaded bytes for 128 operations leave about half.

#include "backend/cuda/finish.hpp"
#include "backend/cuda/products.hpp"
#include "backend/cuda/segment.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int threads = 256;
constexpr int stages = 4;
constexpr int features = 64;
constexpr int rows_of_tile = 64;
constexpr int line_bytes = 32 * step_bytes;  // of a tile's step
constexpr int stage_bytes = 2 * line_bytes + rows_of_tile * step_bytes;

__device__ void copy_step(const product& p, int first_row, int rows, int step, int steps,
                          std::byte* stage) {
    const int thread = static_cast<int>(threadIdx.x);
    const int tile = static_cast<int>(blockIdx.y) * 2 + thread / 128;
    const bool is = tile < tiles_of(element::f32, p.weights.outer);
    const std::byte* from =
        p.weights.weights +
        (static_cast<std::ptrdiff_t>(is ? tile : 0) * steps + step) * line_bytes +
        thread % 128 * 16;
    copy_async_or_zero<16>(stage + thread * 16, from, is);
    const int row = first_row + thread / 4;
    const std::byte* x = p.input.data + (row < rows ? row : 0) * p.input.stride +
                         step * step_bytes + thread % 4 * 16;
    copy_async_or_zero<16>(stage + 2 * line_bytes + thread * 16, x, row < rows);
}

__global__ void __launch_bounds__(threads) tile_product_f32(product p, int segments) {
    TESSERA_SHARED(std::byte, ring, [stages * stage_bytes]);
    TESSERA_SHARED(float, factors, [rows_of_tile]);
    release_next();
    wait_for_previous();
    const int rows = rows_of(p.count, p.rows);
    const int first_row = static_cast<int>(blockIdx.x) * rows_of_tile;
    if (first_row >= rows) return;
    // Features column + (0, 16, 32, 48), and rows 4 * line + (0 .. 3).
    const int column = static_cast<int>(threadIdx.x) % 16;
    const int line = static_cast<int>(threadIdx.x) / 16;
    const int steps = steps_of(element::f32, p.weights.inner);
    float sum[4][4] = {};  // [feature][row]
    float total[4][4] = {};
    for (int i = 0; i < stages - 1; ++i) {
        if (i < steps) copy_step(p, first_row, rows, i, steps, ring + i * stage_bytes);
        commit_copies();
    }
    find_factors(p, first_row, min(first_row + rows_of_tile, rows), factors);
    int segment = 0;
    int segment_end = segment_begin(steps, segments, 1);
    for (int step = 0; step < steps; ++step) {
        wait_copies<stages - 2>();
        __syncthreads();
        const int next = step + stages - 1;
        if (next < steps)
            copy_step(p, first_row, rows, next, steps, ring + next % stages * stage_bytes);
        commit_copies();
        const std::byte* stage = ring + step % stages * stage_bytes;
        const std::byte* x = stage + 2 * line_bytes + line * 4 * step_bytes;
#pragma unroll
        for (int f = 0; f < 4; ++f) {
            uint4 w[4];
#pragma unroll
            for (int i = 0; i < 4; ++i)
                w[i] = *reinterpret_cast<const uint4*>(
                    stage + i / 2 * line_bytes + f * fragment_bytes + (column + i % 2 * 16) * 16);
#pragma unroll
            for (int row = 0; row < 4; ++row) {
                const float4 four = *reinterpret_cast<const float4*>(x + row * step_bytes + f * 16);
#pragma unroll
                for (int i = 0; i < 4; ++i) sum[i][row] = segment_f32::dot(w[i], four, sum[i][row]);
            }
        }
        if (step + 1 < segment_end) continue;
#pragma unroll
        for (int i = 0; i < 16; ++i) {
            float& whole = total[i / 4][i % 4];
            float& part = sum[i / 4][i % 4];
            whole = segment == 0 ? part : whole + part;
            part = 0;
        }
        ++segment;
        segment_end = segment_begin(steps, segments, segment + 1);
    }
    wait_copies<0>();
    prefetch(p);
    // Two threads give each other what makes neighbours of their features.
    const bool odd = column % 2 != 0;
#pragma unroll
    for (int row = 0; row < 4; ++row) {
        const int at = 4 * line + row;
        const bool is = first_row + at < rows;
        const float factor = is ? factors[at] : 1;
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
            const float mine = odd ? total[i + 1][row] : total[i][row];
            const float other =
                __shfl_xor_sync(all_lanes, odd ? total[i][row] : total[i + 1][row], 1);
            const int feature =
                static_cast<int>(blockIdx.y) * features + i * 16 + (odd ? column - 1 + 16 : column);
            finish<2>(p, first_row + at, is, feature, odd ? other : mine, odd ? mine : other,
                      factor);
        }
    }
}

}  // namespace

status multiply_tiles_f32(const product& p, stream to) {
    const auto& w = p.weights;
    const dim3 grid(static_cast<unsigned>(ceil_div(p.rows, rows_of_tile)),
                    static_cast<unsigned>(ceil_div(w.outer, features)));
    return launch(tile_product_f32, grid, dim3(threads), 0, to, p,
                  segments_of(w.type, w.outer, w.inner));
}

}  // namespace tessera::engine::cuda
