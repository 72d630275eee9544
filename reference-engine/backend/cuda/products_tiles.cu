// Products of many rows in bf16 and i8: tiles of 128 features and 32 to 256 rows, whose weights and
// rows come through a ring of shared memory by cp.async. Weights lie there as lanes read them, rows in
// lines of 64 bytes: 16 bytes a lane, no two of a phase in one bank.
//
// Bytes: the matrix once for each tile's rows, and rows once for each 128 features, most of it from
// the second cache: blocks that run at a time differ in rows first. Where that gives 5.5 TB/s, 128 rows
// of bf16 (64 operations a byte) come to 350 TFLOP/s and 256 to 470; of i8 64 rows and 128 (85 and 128
// operations a byte) to 470 and 700. Of shared memory a warp's 64 features and 32 rows read 6 KB for
// 131,072 operations, at 128 bytes a clock 2,730 operations a clock, 630 TFLOP/s of an H100; 64 rows
// 8 KB for twice as many, 940. From memory the matrix is read at 2 * rows operations a number: 64 rows
// of bf16 are 64 operations a byte, below the 260 where both bounds meet.
//
// Sums of twice as many rows leave registers no room for what segments have given: that lies in
// shared memory, 16 bytes a lane, and is read and written once a segment, 2,048 clocks for 256 rows of
// bf16: of the gate and up of an 8B model, in 4 segments, 8 % of what their products take at 600 TFLOP/s.

#include <type_traits>

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
template <int tall_, int wide_, int across_, bool totals_are_shared_ = false>
struct arrangement {
    static constexpr int tall = tall_;
    static constexpr int wide = wide_;
    static constexpr int across = across_;
    static constexpr bool totals_are_shared = totals_are_shared_;
    static constexpr int rows = 8 * wide * across;
    static constexpr int stage_bytes = weights_bytes + rows * step_bytes;
    static constexpr int bytes =
        stages * stage_bytes + (totals_are_shared ? wide_features * rows * int{sizeof(float)} : 0);
    static constexpr int bytes_in_all = bytes + rows * int{sizeof(float)} + 128;
    static_assert(tall * 16 * (threads / 32 / across) == wide_features);
};

// Four of a lane's sums.
__device__ inline float4 four(const float (&x)[4]) { return make_float4(x[0], x[1], x[2], x[3]); }
__device__ inline float4 plus(float4 a, float4 b) {
    return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}

// What a thread's segments have given so far.
template <class shape>
class totals {
  public:
    __device__ explicit totals(std::byte* shared)
        : shared_(reinterpret_cast<float4*>(shared) + threadIdx.x) {}
    __device__ float4& of(int m, int n) {
        if constexpr (shape::totals_are_shared)
            return shared_[(m * shape::wide + n) * threads];
        else
            return kept_[m][n];
    }

  private:
    float4* shared_;  // [of the lane's sums][thread]
    float4 kept_[shape::totals_are_shared ? 1 : shape::tall]
                [shape::totals_are_shared ? 1 : shape::wide];
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
    totals<shape> total(ring + stages * shape::stage_bytes);
    int exact[shape::tall][shape::wide][4] = {};
    const auto each = [&](auto f) {
#pragma unroll
        for (int m = 0; m < shape::tall; ++m)
#pragma unroll
            for (int n = 0; n < shape::wide; ++n) f(m, n);
    };
    // Of this tile, [segment][of a lane's sums][thread][4].
    constexpr int sums = shape::tall * shape::wide;
    const int tile = static_cast<int>(blockIdx.y * gridDim.x + blockIdx.x);
    auto* const partial = reinterpret_cast<float4*>(p.scratch + tile_counters) +
                          static_cast<std::ptrdiff_t>(tile) * segments * (sums * threads) + thread;
    const auto place = [&](int segment, int m, int n) -> float4& {
        return partial[(segment * sums + m * shape::wide + n) * threads];
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
        each([&](int m, int n) {
            for (int& x : exact[m][n]) x = 0;
        });
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
                const uint4 words =
                    *reinterpret_cast<const uint4*>(w + m * 16 * step_bytes + f * fragment_bytes);
                const std::uint32_t a[4] = {words.x, words.y, words.z, words.w};
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
        each([&](int m, int n) {
            const float4 own = four(sum[m][n]);
            if (first_segment > 0)
                place(segment, m, n) = own;
            else
                total.of(m, n) = segment == 0 ? own : plus(total.of(m, n), own);
            for (float& one : sum[m][n]) one = 0;
        });
        ++segment;
        segment_end = segment_begin(units, segments, segment + 1) * unit_steps;
    }
    wait_copies<0>();
    prefetch(p);

    if (shares > 1) {
        // The first share has added its own; whoever is last adds the others'.
        if (first_segment == 0) each([&](int m, int n) { place(0, m, n) = total.of(m, n); });
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
        each([&](int m, int n) {
            float4 all = __ldcg(&place(0, m, n));
            for (int s = segments / shares; s < segments; ++s)
                all = plus(all, __ldcg(&place(s, m, n)));
            total.of(m, n) = all;
        });
    }
#pragma unroll
    for (int m = 0; m < shape::tall; ++m) {
        const int feature =
            (static_cast<int>(blockIdx.y) * tiles + tall_begin + m) * 16 + lane / 4 * 2;
#pragma unroll
        for (int n = 0; n < shape::wide; ++n) {
            const int row = first_row + (wide_begin + n) * 8 + lane % 4 * 2;
            const float4 y = total.of(m, n);
            const auto write = [&](int of, float left, float right) {
                const bool is = of < rows;
                finish<4>(p, of, is, feature, left, right, is ? factors[of - first_row] : 1);
            };
            write(row, y.x, y.z);
            write(row + 1, y.y, y.w);
        }
    }
}

template <element type, class shape>
status run(const product& p, stream to) {
    const auto& w = p.weights;
    const int segments = segments_of(w.type, w.outer, w.inner);
    const int shares = shares_of(w.type, w.outer, w.inner, p.rows, p.multiprocessors);
    const dim3 grid(static_cast<unsigned>(ceil_div(p.rows, shape::rows)),
                    static_cast<unsigned>(ceil_div(w.outer, wide_features)),
                    static_cast<unsigned>(shares));
    return launch(tile_product<type, shape>, grid, dim3(threads), shape::bytes, to, p, segments,
                  shares);
}

template <element type>
status run_rows(const product& p, stream to) {
    constexpr bool whole = type == element::bf16;
    using usual = std::conditional_t<whole, arrangement<4, 4, 4>, arrangement<2, 4, 2>>;
    using twice = std::conditional_t<whole, arrangement<4, 8, 4, true>, arrangement<4, 4, 4, true>>;
    static_assert(usual::rows == most_wide_rows(type) && twice::rows == 2 * usual::rows);
    static_assert(twice::bytes_in_all <= 227 * 1024);  // of Hopper
    const int rows = wide_rows(type, p.rows);
    if (rows == 32) return run<type, arrangement<1, 4, 1>>(p, to);
    if (rows < usual::rows) return run<type, arrangement<2, 4, 2>>(p, to);
    if (twice_as_wide(type, p.weights.outer, p.rows, p.multiprocessors) &&
        twice::bytes_in_all <= shared_memory_of_block)
        return run<type, twice>(p, to);
    return run<type, usual>(p, to);
}

}  // namespace

status multiply_tiles(const product& p, stream to) {
    return p.weights.type == element::bf16 ? run_rows<element::bf16>(p, to)
                                           : run_rows<element::i8>(p, to);
}

}  // namespace tessera::engine::cuda
