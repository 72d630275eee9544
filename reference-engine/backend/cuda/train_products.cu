#include "backend/cuda/products.hpp"
#include "backend/cuda/train_kernels.hpp"
#include "backend/cuda/train_tiles.hpp"
#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int product_tile = 128;  // rows, and columns, of a block
constexpr int product_threads = 256;
constexpr int warp_rows = 64;
constexpr int warp_columns = 32;

constexpr int product_depth = 16;  // of the inner dimension at a time

// A matrix in global memory: [lines][length].
struct source {
    const float* data;
    std::ptrdiff_t stride;
    int lines, length;
    bool in_fours;  // aligned for loads of four
};

__device__ float4 four_of(const source& from, int line, int at) {
    float4 out{0, 0, 0, 0};
    if (line >= from.lines || at >= from.length) return out;
    const float* p = from.data + line * from.stride + at;
    if (from.in_fours && at + 4 <= from.length) return *reinterpret_cast<const float4*>(p);
    out.x = p[0];
    if (at + 1 < from.length) out.y = p[1];
    if (at + 2 < from.length) out.z = p[2];
    if (at + 3 < from.length) out.w = p[3];
    return out;
}

// One factor's tile on its way from global to shared memory through registers of the block.
template <bool turned>
struct tile_of {
    static constexpr int lines = turned ? product_depth : product_tile;
    static constexpr int length = turned ? product_tile : product_depth;
    static constexpr int stride = padded_row<float>(length);
    static constexpr int size = lines * stride;
    static constexpr int fours_a_line = length / 4;
    static constexpr int count = lines * fours_a_line / product_threads;

    float4 held[count];

    __device__ void fetch(const source& from, int first, int k) {
        for (int i = 0; i < count; ++i) {
            const int index = i * product_threads + static_cast<int>(threadIdx.x);
            const int line = index / fours_a_line;
            const int at = index % fours_a_line * 4;
            held[i] =
                turned ? four_of(from, k + line, first + at) : four_of(from, first + line, k + at);
        }
    }
    __device__ void put(float* to) const {
        for (int i = 0; i < count; ++i) {
            const int index = i * product_threads + static_cast<int>(threadIdx.x);
            store_four(to + index / fours_a_line * stride + index % fours_a_line * 4, held[i]);
        }
    }
};

// Blocks of the third dimension take parts of the inner one.
template <bool a_turned, bool b_turned>
__global__ void __launch_bounds__(product_threads)
    training_product_kernel(training_product p, int part_inner, bool a_in_fours, bool b_in_fours) {
    using a_tile = tile_of<a_turned>;
    using b_tile = tile_of<b_turned>;
    TESSERA_SHARED(float, a_tiles, [2][a_tile::size]);
    TESSERA_SHARED(float, b_tiles, [2][b_tile::size]);
    wait_for_previous();
    const int thread = static_cast<int>(threadIdx.x);
    const int lane = thread % 32;
    const int warp = thread / 32;
    const int first_row = static_cast<int>(blockIdx.y) * product_tile;
    const int first_column = static_cast<int>(blockIdx.x) * product_tile;
    const int begin = static_cast<int>(blockIdx.z) * part_inner;
    const int end = min(p.inner, begin + part_inner);
    // A part's end is that of its matrix, so that nothing beyond it is added.
    const auto matrix = [&](const void* data, std::ptrdiff_t stride, int lines, bool turned,
                            bool in_fours) {
        return source{static_cast<const float*>(data), stride, turned ? end : lines,
                      turned ? lines : end, in_fours};
    };
    const source a = matrix(p.a, p.a_stride, p.rows, a_turned, a_in_fours);
    const source b = matrix(p.b, p.b_stride, p.columns, b_turned, b_in_fours);

    const int warp_row = warp % 2 * warp_rows;
    const int warp_column = warp / 2 * warp_columns;
    float sums[warp_rows / 16][warp_columns / 8][4] = {};
    a_tile of_a;
    b_tile of_b;
    of_a.fetch(a, first_row, begin);
    of_b.fetch(b, first_column, begin);
    of_a.put(a_tiles[0]);
    of_b.put(b_tiles[0]);
    __syncthreads();
    int now = 0;
    for (int k = begin; k < end; k += product_depth, now ^= 1) {
        const bool more = k + product_depth < end;
        if (more) {
            of_a.fetch(a, first_row, k + product_depth);
            of_b.fetch(b, first_column, k + product_depth);
        }
        if (first_row + warp_row < p.rows && first_column + warp_column < p.columns) {
            multiply_tiles<a_turned, b_turned>(
                sums, a_tiles[now] + warp_row * (a_turned ? 1 : a_tile::stride), a_tile::stride,
                b_tiles[now] + warp_column * (b_turned ? 1 : b_tile::stride), b_tile::stride,
                product_depth, lane);
        }
        if (more) {
            of_a.put(a_tiles[now ^ 1]);
            of_b.put(b_tiles[now ^ 1]);
        }
        __syncthreads();
    }

    const lane_place at = place_of(lane);
    float* const part = p.scratch + std::ptrdiff_t(blockIdx.z) * p.rows * p.columns;
#pragma unroll
    for (int i = 0; i < warp_rows / 16; ++i)
#pragma unroll
        for (int j = 0; j < warp_columns / 8; ++j)
#pragma unroll
            for (int which = 0; which < 4; ++which) {
                const int row = first_row + warp_row + 16 * i + at.row + which / 2 * 8;
                const int column = first_column + warp_column + 8 * j + at.column + which % 2;
                if (row >= p.rows || column >= p.columns) continue;
                if (gridDim.z > 1)
                    part[std::ptrdiff_t(row) * p.columns + column] = sums[i][j][which];
                else
                    finish(p, row, column, sums[i][j][which]);
            }
}

// The parts in their order.
__global__ void training_parts_kernel(training_product p, int parts) {
    wait_for_previous();
    const std::ptrdiff_t size = std::ptrdiff_t(p.rows) * p.columns;
    const std::ptrdiff_t i = std::ptrdiff_t(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= size) return;
    float sum = 0;
    for (int part = 0; part < parts; ++part) sum += p.scratch[part * size + i];
    finish(p, i / p.columns, static_cast<int>(i % p.columns), sum);
}

bool in_fours(const void* data, std::ptrdiff_t stride) {
    return reinterpret_cast<std::uintptr_t>(data) % sizeof(float4) == 0 && stride % 4 == 0;
}

template <bool a_turned, bool b_turned>
status launch_product(const training_product& p, int parts, stream on) {
    const dim3 grid(blocks_of(p.columns, product_tile), blocks_of(p.rows, product_tile), parts);
    return launch(training_product_kernel<a_turned, b_turned>, grid, product_threads, 0, on, p,
                  part_inner(p.inner, parts, product_depth), in_fours(p.a, p.a_stride),
                  in_fours(p.b, p.b_stride));
}

status launch_product(const training_product& p, int parts, stream on) {
    // The gradient of weights: no other product turns a.
    if (p.a_turned) return p.b_turned ? launch_product<true, true>(p, parts, on) : not_supported;
    return p.b_turned ? launch_product<false, true>(p, parts, on)
                      : launch_product<false, false>(p, parts, on);
}

}  // namespace

status launch_training_product(const training_product& p, stream on) {
    if (p.rows == 0 || p.columns == 0) return 0;
    if (by_library(p)) {
        const status result = ask_library(p, on);
        if (result != no_library) return result;
    }
    const int parts = product_parts(p.rows, p.columns, p.inner);
    status failed = not_supported;
    if (p.factors == element::f32) failed = launch_product(p, parts, on);
    if (p.factors == element::bf16) failed = launch_training_product_bf16(p, parts, on);
    if (failed || parts == 1) return failed;
    const std::ptrdiff_t size = std::ptrdiff_t(p.rows) * p.columns;
    return launch(training_parts_kernel, blocks_of(size, element_threads), element_threads, 0, on,
                  p, parts);
}

}  // namespace tessera::engine::cuda
