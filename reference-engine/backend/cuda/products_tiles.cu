// Products of many rows in bf16 and i8: tiles of 128 features and 32, 64 or 128 rows, whose weights
// and rows come through a ring of shared memory by cp.async. Weights lie there as lanes read them,
// rows in lines of 64 bytes: 16 bytes a lane, no two of a phase in one bank.
//
// Bytes: the matrix once for each 32, 64 or 128 rows, and rows once for each 128 features, most of
// it from the second cache: blocks that run at a time differ in rows first. Operations a byte of
// shared memory, for which a multiprocessor's tensor cores wait: a warp's 64 features and 32 rows
// read 6 KB for 131,072 operations, so the bound by shared memory (128 bytes a clock) is 2,730
// operations a clock, 630 TFLOP/s of an H100; the matrix is read from memory at 2 * rows operations
// a number: 64 rows of bf16 are 64 operations a byte, below the 260 where both bounds meet.

#include "backend/cuda/finish.hpp"
#include "backend/cuda/products.hpp"
#include "backend/cuda/segment.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int threads = 256;
constexpr int stages = 4;
constexpr int tiles = wide_features / 16;
constexpr int weights_bytes = tiles * 16 * step_bytes;  // of a step

// A warp computes 16 * tall features and 8 * wide rows; warps stand `across` beside each other along
// the rows.
template <int tall_, int wide_, int across_>
struct arrangement {
    static constexpr int tall = tall_;
    static constexpr int wide = wide_;
    static constexpr int across = across_;
    static constexpr int rows = 8 * wide * across;
    static constexpr int stage_bytes = weights_bytes + rows * step_bytes;
    static_assert(tall * 16 * (threads / 32 / across) == wide_features);
};

// Copies a step of weights and rows into a stage. A warp copies a tile.
template <class shape>
__device__ void copy_step(const product& p, int first_row, int rows, int step, int steps,
                          std::byte* stage) {
    const int thread = static_cast<int>(threadIdx.x);
    const int tile = static_cast<int>(blockIdx.y) * tiles + thread / 32;
    const bool is = tile < tiles_of(p.weights.type, p.weights.outer);
    const std::byte* from =
        p.weights.weights +
        (static_cast<std::ptrdiff_t>(is ? tile : 0) * steps + step) * (16 * step_bytes) +
        thread % 32 * 16;
    std::byte* to = stage + thread / 32 * 16 * step_bytes + thread % 32 * 16;
    copy_async_or_zero<16>(to, from, is);
    copy_async_or_zero<16>(to + fragment_bytes, from + fragment_bytes, is);
#pragma unroll
    for (int i = thread; i < shape::rows * 4; i += threads) {
        const int row = first_row + i / 4;
        const std::byte* x =
            p.input.data + (row < rows ? row : 0) * p.input.stride + step * step_bytes + i % 4 * 16;
        copy_async_or_zero<16>(stage + weights_bytes + i * 16, x, row < rows);
    }
}

template <element type, class shape>
__global__ void __launch_bounds__(threads) tile_product(product p, int segments, int shares) {
    std::byte* const ring = dynamic_shared<std::byte>();
    TESSERA_SHARED(int, is_last, [1]);
    TESSERA_SHARED(float, factors, [shape::rows]);
    release_next();
    wait_for_previous();
    const int rows = rows_of(p.count, p.rows);
    const int first_row = static_cast<int>(blockIdx.x) * shape::rows;
    if (first_row >= rows) return;

    const int thread = static_cast<int>(threadIdx.x);
    const int lane = thread % 32;
    const int warp = thread / 32;
    const int tall_begin = warp / shape::across * shape::tall;
    const int wide_begin = warp % shape::across * shape::wide;
    const int steps = steps_of(type, p.weights.inner);
    const int units = units_of(type, p.weights.inner);
    const int unit_steps = type == element::i8 ? block_steps(p.weights.inner) : 1;
    const int first_segment = static_cast<int>(blockIdx.z) * (segments / shares);
    const int last_segment = first_segment + segments / shares;
    const int first = segment_begin(units, segments, first_segment) * unit_steps;
    const int last = segment_begin(units, segments, last_segment) * unit_steps;

    float sum[shape::tall][shape::wide][4] = {};
    float total[shape::tall][shape::wide][4] = {};
    int exact[shape::tall][shape::wide][4] = {};
    const auto each = [&](auto f) {
#pragma unroll
        for (int m = 0; m < shape::tall; ++m)
#pragma unroll
            for (int n = 0; n < shape::wide; ++n)
#pragma unroll
                for (int i = 0; i < 4; ++i) f(m, n, i);
    };
    // Of this tile, [segment][lane's sums][thread].
    constexpr int sums = shape::tall * shape::wide * 4;
    const int tile = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
    float* const partial = p.scratch + tile_counters +
                           static_cast<std::ptrdiff_t>(tile) * segments * (sums * threads) + thread;
    const auto place = [&](int segment, int m, int n, int i) -> float& {
        return partial[(segment * sums + (m * shape::wide + n) * 4 + i) * threads];
    };

    const float* weight_scales = nullptr;
    const std::byte* row_scales = nullptr;
    if constexpr (type == element::i8) {
        const auto* scales = reinterpret_cast<const float*>(
            p.weights.weights + fragments_bytes(type, p.weights.outer, p.weights.inner));
        weight_scales = scales +
                        static_cast<std::ptrdiff_t>(blockIdx.y * tiles + tall_begin) * units * 16 +
                        lane / 4 * 2;
        row_scales = p.input.data + steps * step_bytes;
    }
    const int tiles_left =
        tiles_of(type, p.weights.outer) - static_cast<int>(blockIdx.y) * tiles - tall_begin;
    const auto add_blocks = [&](int block) {
        float2 w[shape::tall];
#pragma unroll
        for (int m = 0; m < shape::tall; ++m)
            w[m] = m < tiles_left
                       ? *reinterpret_cast<const float2*>(weight_scales + (m * units + block) * 16)
                       : make_float2(0, 0);
#pragma unroll
        for (int n = 0; n < shape::wide; ++n) {
            const int row = first_row + (wide_begin + n) * 8 + lane % 4 * 2;
            const auto scale = [&](int of) {
                return of < rows
                           ? reinterpret_cast<const float*>(row_scales + of * p.input.stride)[block]
                           : 0.0F;
            };
            const float2 x = make_float2(scale(row), scale(row + 1));
#pragma unroll
            for (int m = 0; m < shape::tall; ++m) add_block(exact[m][n], w[m], x, sum[m][n]);
        }
        each([&](int m, int n, int i) { exact[m][n][i] = 0; });
    };

    for (int i = 0; i < stages - 1; ++i) {
        if (first + i < last)
            copy_step<shape>(p, first_row, rows, first + i, steps, ring + i * shape::stage_bytes);
        commit_copies();
    }
    find_factors(p, first_row, min(first_row + shape::rows, rows), factors);
    int segment = first_segment;
    int segment_end = segment_begin(units, segments, segment + 1) * unit_steps;
    for (int step = first; step < last; ++step) {
        wait_copies<stages - 2>();
        __syncthreads();
        const int next = step + stages - 1;
        if (next < last)
            copy_step<shape>(p, first_row, rows, next, steps,
                             ring + (next - first) % stages * shape::stage_bytes);
        commit_copies();

        const std::byte* stage = ring + (step - first) % stages * shape::stage_bytes;
        const std::byte* w = stage + tall_begin * 16 * step_bytes + lane * 16;
        const std::byte* x = stage + weights_bytes + wide_begin * 8 * step_bytes + lane * 16;
        uint4 b[shape::wide];
#pragma unroll
        for (int n = 0; n < shape::wide; ++n)
            b[n] = *reinterpret_cast<const uint4*>(x + n * 8 * step_bytes);
#pragma unroll
        for (int f = 0; f < 2; ++f) {
#pragma unroll
            for (int m = 0; m < shape::tall; ++m) {
                const uint4 four =
                    *reinterpret_cast<const uint4*>(w + m * 16 * step_bytes + f * fragment_bytes);
                const std::uint32_t a[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
                for (int n = 0; n < shape::wide; ++n) {
                    const std::uint32_t pair[2] = {f == 0 ? b[n].x : b[n].z,
                                                   f == 0 ? b[n].y : b[n].w};
                    if constexpr (type == element::i8) {
                        mma_s8(exact[m][n], a, pair);
                    } else {
                        mma_bf16(sum[m][n], a, pair);
                    }
                }
            }
        }
        if constexpr (type == element::i8) {
            if ((step + 1) % unit_steps == 0) add_blocks(step / unit_steps);
        }
        if (step + 1 < segment_end) continue;
        if (shares > 1) {
            each([&](int m, int n, int i) { place(segment, m, n, i) = sum[m][n][i]; });
        } else if (segment == first_segment) {
            each([&](int m, int n, int i) { total[m][n][i] = sum[m][n][i]; });
        } else {
            each([&](int m, int n, int i) { total[m][n][i] += sum[m][n][i]; });
        }
        each([&](int m, int n, int i) { sum[m][n][i] = 0; });
        ++segment;
        segment_end = segment_begin(units, segments, segment + 1) * unit_steps;
    }
    wait_copies<0>();
    prefetch(p);

    if (shares > 1) {
        // Whoever is last adds all of them.
        __threadfence();
        __syncthreads();
        if (thread == 0) {
            auto* counter = reinterpret_cast<int*>(p.scratch) + tile;
            is_last[0] = atomicAdd(counter, 1) == shares - 1 ? 1 : 0;
            if (is_last[0] != 0) *counter = 0;
        }
        __syncthreads();
        if (is_last[0] == 0) return;
        __threadfence();
        each([&](int m, int n, int i) { total[m][n][i] = __ldcg(&place(0, m, n, i)); });
        for (int s = 1; s < segments; ++s)
            each([&](int m, int n, int i) { total[m][n][i] += __ldcg(&place(s, m, n, i)); });
    }
#pragma unroll
    for (int m = 0; m < shape::tall; ++m) {
        const int feature =
            (static_cast<int>(blockIdx.y) * tiles + tall_begin + m) * 16 + lane / 4 * 2;
#pragma unroll
        for (int n = 0; n < shape::wide; ++n) {
            const int row = first_row + (wide_begin + n) * 8 + lane % 4 * 2;
#pragma unroll
            for (int i = 0; i < 2; ++i) {
                const bool is = row + i < rows;
                finish<4>(p, row + i, is, feature, total[m][n][i], total[m][n][2 + i],
                          is ? factors[row + i - first_row] : 1);
            }
        }
    }
}

template <element type, class shape>
status run(const product& p, stream to) {
    const auto& w = p.weights;
    const int segments = segments_of(w.type, w.outer, w.inner);
    const int shares = shares_of(w.type, w.outer, w.inner, p.rows);
    const dim3 grid(static_cast<unsigned>(ceil_div(p.rows, shape::rows)),
                    static_cast<unsigned>(ceil_div(w.outer, wide_features)),
                    static_cast<unsigned>(shares));
    return launch(tile_product<type, shape>, grid, dim3(threads),
                  std::size_t{stages} * shape::stage_bytes, to, p, segments, shares);
}

template <element type>
status run_rows(const product& p, stream to) {
    const int rows = wide_rows(type, p.rows);
    if (rows == 32) return run<type, arrangement<1, 4, 1>>(p, to);
    if constexpr (type == element::bf16) {
        if (rows == 128) return run<type, arrangement<4, 4, 4>>(p, to);
    }
    return run<type, arrangement<2, 4, 2>>(p, to);
}

}  // namespace

status multiply_tiles(const product& p, stream to) {
    return p.weights.type == element::bf16 ? run_rows<element::bf16>(p, to)
                                           : run_rows<element::i8>(p, to);
}

}  // namespace tessera::engine::cuda
