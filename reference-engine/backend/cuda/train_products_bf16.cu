// Products of training in bf16: tiles of 128 rows and 256 columns, or 128, whose factors come through
// a ring of shared memory by cp.async. A warp computes 64 rows and columns. Either factor may lie the
// other way round: ldmatrix turns it as it is read.
//
// Operations a byte of the second-level cache: 85 of a tile of 256 columns, 64 of one of 128. Where
// it gives 5.5 TB/s that is 470 and 350 TFLOP/s; mma.sync does some 600 on an H100, 2,600 operations a
// clock of a multiprocessor. Of shared memory a warp reads 4 KB for 131,072 operations, and 12 KB (16
// of two tiles of 128) are written for 1,048,576: at 128 bytes a clock 2,980 (2,730) operations.
// Of 4 stages of 24 KB (16 KB) three are under way. A multiprocessor holds 8 warps, all that have room
// for their sums: a block of 256 columns, which takes 96 KB, or two of 128.

#include "backend/cuda/ptx.hpp"
#include "backend/cuda/train_kernels.hpp"
#include "backend/cuda/train_tiles.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int tile_rows = 128;
constexpr int warp_tile = 64;
constexpr int depth = 32;  // of the inner dimension, of a stage
constexpr int slice = 16;  // of it, that one mma adds
constexpr int stages = 4;
// Tiles of so many rows go over the columns together, so that blocks that run at a time share more.
constexpr int rows_together = 8;

// A matrix in global memory: [lines][length].
struct matrix {
    const bf16* data;
    int stride;
    int lines, length;
    bool in_chunks;  // aligned for copies of 16 bytes
};

// A factor's part of a stage: `outer` rows or columns, [outer][depth], or turned [depth][outer].
// Chunks of a line change places, so that neither eight that are copied nor eight that ldmatrix
// reads together meet at a bank.
template <bool turned, int outer, int threads>
struct tile_of {
    static constexpr int length = turned ? outer : depth;
    static constexpr int chunks_a_line = length / chunk;
    static constexpr int size = outer * depth;
    // A thread's chunks lie in lines so far from each other, in the same place of each.
    static constexpr int lines_apart = threads / chunks_a_line;
    static constexpr int count = size / chunk / threads;
    static_assert(lines_apart % 8 == 0);

    matrix from;
    int line, at;      // of the thread's first chunk in the matrix
    int to;            // and in a stage
    const bf16* data;  // where that is

    __device__ tile_of(const matrix& of, int first, int k) : from(of) {
        const int own_line = static_cast<int>(threadIdx.x) / chunks_a_line;
        const int own_chunk = static_cast<int>(threadIdx.x) % chunks_a_line;
        line = (turned ? k : first) + own_line;
        at = (turned ? first : k) + own_chunk * chunk;
        to = own_line * length + (own_chunk ^ (turned ? own_line % 8 : own_line / 2 % 4)) * chunk;
        data = of.data + std::ptrdiff_t(line) * of.stride + at;
    }
    // Copies what is next along the inner dimension.
    __device__ void copy(bf16* stage) {
        if (from.in_chunks) {
            const int there = min(chunk, max(0, from.length - at));
#pragma unroll
            for (int i = 0; i < count; ++i) {
                const int some = line + i * lines_apart < from.lines ? there : 0;
                const bf16* const source = data + i * lines_apart * std::ptrdiff_t(from.stride);
                copy_async_some(stage + to + i * lines_apart * length,
                                some > 0 ? source : from.data,
                                some * static_cast<int>(sizeof(bf16)));
            }
        } else {
#pragma unroll 1
            for (int i = 0; i < count; ++i)
                *reinterpret_cast<uint4*>(stage + to + i * lines_apart * length) =
                    one_by_one(data + i * lines_apart * std::ptrdiff_t(from.stride),
                               line + i * lines_apart < from.lines ? from.length - at : 0);
        }
        (turned ? line : at) += depth;
        data += turned ? depth * std::ptrdiff_t(from.stride) : depth;
    }
    // A chunk of that many numbers at least, and zeros.
    __device__ static uint4 one_by_one(const bf16* from, int there) {
        const auto two = [&](int i) {
            const std::uint32_t low = i < there ? from[i].bits : 0U;
            const std::uint32_t high = i + 1 < there ? from[i + 1].bits : 0U;
            return high << 16 | low;
        };
        return {two(0), two(2), two(4), two(6)};
    }
};

// What a lane reads for ldmatrix of 16 rows or columns and a slice: the line, and which halves.
struct lane_of_matrix {
    int line, outer_half, inner_half;

    // Where it is, in numbers from the tile's begin, of multiples of 16; chunks lie as tile_of has
    // put them.
    template <bool turned, int length>
    __device__ int place(int outer, int k) const {
        if (turned)
            return (k + 8 * inner_half + line) * length +
                   ((outer / chunk) ^ (outer_half ^ line)) * chunk;
        return (outer + 8 * outer_half + line) * length +
               ((k / chunk) ^ (inner_half ^ line / 2)) * chunk;
    }
};

template <bool turned, int length>
__device__ void load(std::uint32_t (&to)[4], const bf16* tile, const lane_of_matrix& own, int outer,
                     int k) {
    const bf16* const from = tile + own.place<turned, length>(outer, k);
    if constexpr (turned)
        load_fragments_transposed(to, from);
    else
        load_fragments(to, from);
}

// What a warp multiplies of a slice.
struct fragments {
    std::uint32_t rows[warp_tile / 16][4];
    std::uint32_t columns[warp_tile / 16][4];
};

using sums_of_warp = float[warp_tile / 16][warp_tile / 8][4];

__device__ void multiply(sums_of_warp& sums, const fragments& by) {
#pragma unroll
    for (int j = 0; j < warp_tile / 16; ++j) {
        const std::uint32_t pairs[2][2] = {{by.columns[j][0], by.columns[j][1]},
                                           {by.columns[j][2], by.columns[j][3]}};
#pragma unroll
        for (int i = 0; i < warp_tile / 16; ++i) {
            mma_bf16(sums[i][2 * j], by.rows[i], pairs[0]);
            mma_bf16(sums[i][2 * j + 1], by.rows[i], pairs[1]);
        }
    }
}

struct tile_place {
    int row, column;
};
__device__ tile_place own_tile() {
    const int across = static_cast<int>(gridDim.x);
    const int block = static_cast<int>(blockIdx.y) * across + static_cast<int>(blockIdx.x);
    const int first = block / (rows_together * across) * rows_together;
    const int rows = min(rows_together, static_cast<int>(gridDim.y) - first);
    const int within = block - first * across;
    return {first + within % rows, within / rows};
}

// How a launch has factors and writes.
struct product_alignment {
    bool a_in_chunks, b_in_chunks, written_in_pairs;
};

// Two sums that are neighbours.
__device__ void finish_two(const training_product& p, int row, int column, float left, float right,
                           bool in_pairs) {
    if (!in_pairs || column + 1 >= p.columns) {
        finish(p, row, column, left);
        if (column + 1 < p.columns) finish(p, row, column + 1, right);
        return;
    }
    const std::ptrdiff_t at = row * p.output_stride + column;
    float2 value{p.factor * left, p.factor * right};
    if (p.bias) {
        value.x += p.bias[column];
        value.y += p.bias[column + 1];
    }
    if (p.before) {
        const float2 before = *reinterpret_cast<const float2*>(p.before + at);
        value.x += before.x;
        value.y += before.y;
    }
    if (p.output.exact) store_two(p.output.exact + at, value.x, value.y);
    if (p.output.rounded) store_two(p.output.rounded + at, value.x, value.y);
}

// Blocks of the third dimension take parts of the inner one.
template <bool a_turned, bool b_turned, int columns>
__global__ void __launch_bounds__(columns)
    training_product_bf16_kernel(training_product p, int part_inner, product_alignment aligned) {
    constexpr int threads = columns;  // a warp for 64 columns, twice
    using a_tile = tile_of<a_turned, tile_rows, threads>;
    using b_tile = tile_of<b_turned, columns, threads>;
    constexpr int stage_size = a_tile::size + b_tile::size;
    bf16* const ring = dynamic_shared<bf16>();
    wait_for_previous();
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const tile_place tile = own_tile();
    const int first_row = tile.row * tile_rows;
    const int first_column = tile.column * columns;
    const int begin = static_cast<int>(blockIdx.z) * part_inner;
    const int end = min(p.inner, begin + part_inner);
    // A part's end is that of its matrix, so that nothing beyond it is added.
    const auto matrix_of = [&](const void* data, std::ptrdiff_t stride, int outer, bool turned,
                               bool in_chunks) {
        return matrix{static_cast<const bf16*>(data), static_cast<int>(stride),
                      turned ? end : outer, turned ? outer : end, in_chunks};
    };
    a_tile a(matrix_of(p.a, p.a_stride, p.rows, a_turned, aligned.a_in_chunks), first_row, begin);
    b_tile b(matrix_of(p.b, p.b_stride, p.columns, b_turned, aligned.b_in_chunks), first_column,
             begin);

    const int warp_row = warp % 2 * warp_tile;
    const int warp_column = warp / 2 * warp_tile;
    const bool computes = first_row + warp_row < p.rows && first_column + warp_column < p.columns;
    // Of the four matrices of an ldmatrix, lane l gives a line of the one numbered l / 8.
    const int which = lane / 8;
    const lane_of_matrix of_a{lane % 8, which % 2, which / 2};
    const lane_of_matrix of_b{lane % 8, which / 2, which % 2};
    const int steps = (end - begin + depth - 1) / depth;
    const auto copy = [&](int step) {
        if (step < steps) {
            bf16* const to = ring + step % stages * stage_size;
            a.copy(to);
            b.copy(to + a_tile::size);
        }
        commit_copies();
    };
    const auto fetch = [&](fragments& to, int step, int k) {
        if (!computes || step >= steps) return;
        const bf16* const stage = ring + step % stages * stage_size;
#pragma unroll
        for (int i = 0; i < warp_tile / 16; ++i) {
            load<a_turned, a_tile::length>(to.rows[i], stage, of_a, warp_row + 16 * i, k);
            load<b_turned, b_tile::length>(to.columns[i], stage + a_tile::size, of_b,
                                           warp_column + 16 * i, k);
        }
    };

    sums_of_warp sums = {};
    fragments first, second;
    for (int step = 0; step < stages - 1; ++step) copy(step);
    wait_copies<stages - 2>();
    __syncthreads();
    fetch(first, 0, 0);
    for (int step = 0; step < steps; ++step) {
        fetch(second, step, slice);
        copy(step + stages - 1);
        if (computes) multiply(sums, first);
        // The next stage is there, and nobody reads this one any more.
        wait_copies<stages - 2>();
        __syncthreads();
        fetch(first, step + 1, 0);
        if (computes) multiply(sums, second);
    }

    if (!computes) return;
    const lane_place at = place_of(lane);
    float* const part = p.scratch + std::ptrdiff_t(blockIdx.z) * p.rows * p.columns;
#pragma unroll
    for (int i = 0; i < warp_tile / 16; ++i)
#pragma unroll
        for (int j = 0; j < warp_tile / 8; ++j)
#pragma unroll
            for (int half = 0; half < 2; ++half) {
                const int row = first_row + warp_row + 16 * i + at.row + 8 * half;
                const int column = first_column + warp_column + 8 * j + at.column;
                if (row >= p.rows || column >= p.columns) continue;
                const float left = sums[i][j][2 * half];
                const float right = sums[i][j][2 * half + 1];
                if (gridDim.z == 1) {
                    finish_two(p, row, column, left, right, aligned.written_in_pairs);
                    continue;
                }
                float* const to = part + std::ptrdiff_t(row) * p.columns + column;
                if (aligned.written_in_pairs) {
                    store_two(to, left, right);
                } else {
                    to[0] = left;
                    if (column + 1 < p.columns) to[1] = right;
                }
            }
}

bool aligned_to(std::uintptr_t bytes, const void* data) {
    return reinterpret_cast<std::uintptr_t>(data) % bytes == 0;
}

template <bool a_turned, bool b_turned, int columns>
status launch_tiles(const training_product& p, int parts, stream on) {
    const auto in_chunks = [](const void* data, std::ptrdiff_t stride) {
        return aligned_to(sizeof(uint4), data) && stride % chunk == 0;
    };
    const bool output_in_pairs =
        aligned_to(sizeof(float2), p.output.exact) && aligned_to(sizeof(float2), p.before) &&
        aligned_to(2 * sizeof(bf16), p.output.rounded) && p.output_stride % 2 == 0;
    const bool scratch_in_pairs = aligned_to(sizeof(float2), p.scratch) && p.columns % 2 == 0;
    const dim3 grid(blocks_of(p.columns, columns), blocks_of(p.rows, tile_rows), parts);
    constexpr std::size_t shared = sizeof(bf16) * stages * depth * (tile_rows + columns);
    return launch(training_product_bf16_kernel<a_turned, b_turned, columns>, grid, columns, shared,
                  on, p, part_inner(p.inner, parts, depth),
                  product_alignment{in_chunks(p.a, p.a_stride), in_chunks(p.b, p.b_stride),
                                    parts > 1 ? scratch_in_pairs : output_in_pairs});
}

template <bool a_turned, bool b_turned>
status launch_product(const training_product& p, int parts, stream on) {
    return p.columns <= 128 ? launch_tiles<a_turned, b_turned, 128>(p, parts, on)
                            : launch_tiles<a_turned, b_turned, 256>(p, parts, on);
}

}  // namespace

status launch_training_product_bf16(const training_product& p, int parts, stream on) {
    // The gradient of weights: no other product turns a.
    if (p.a_turned) return p.b_turned ? launch_product<true, true>(p, parts, on) : not_supported;
    return p.b_turned ? launch_product<false, true>(p, parts, on)
                      : launch_product<false, false>(p, parts, on);
}

}  // namespace tessera::engine::cuda
