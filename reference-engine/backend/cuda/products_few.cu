// Products of few rows: each warp streams a segment of one tile of weights, and a block's warps add
// their segments through shared memory.
//
// Bytes: the matrix once, for up to 16 rows (8 of f32); rows come from the caches. Bound by memory:
// 2 operations a weight and row, 16 rows of bf16 do 16 operations a byte, where an H100 could do
// about 300. A warp has 8 loads of 512 bytes under way; 24 warps of a multiprocessor make 96 KB,
// of about 30 KB that its share of the bandwidth needs at 1 microsecond.

#include "backend/cuda/finish.hpp"
#include "backend/cuda/products.hpp"
#include "backend/cuda/segment.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int warps = 8;

// Which part of a product a warp computes.
struct share {
    int tile;
    int first;
    int last;
};

__device__ share share_of(const matrix& of, int segments) {
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int segment = warp % segments;
    const int units = units_of(of.type, of.inner);
    share mine{static_cast<int>(blockIdx.x) * (warps / segments) + warp / segments,
               segment_begin(units, segments, segment),
               segment_begin(units, segments, segment + 1)};
    if (mine.tile >= tiles_of(of.type, of.outer)) mine.last = mine.first = mine.tile = 0;
    return mine;
}

// Each thread adds the segments of pairs of neighbours. `partial` is [warp][rows][stride].
template <int features, int rows, int stride>
__device__ void add_segments(const product& p, const float* partial, const float* factors,
                             int first_row, int all_rows, int segments) {
    static_assert(rows * features / 2 % 32 == 0);  // whole warps go around
    constexpr int pairs = features / 2;
    const int tiles = warps / segments;
    for (int i = static_cast<int>(threadIdx.x); i < tiles * rows * pairs; i += warps * 32) {
        const int tile = i / (rows * pairs);
        const int row = i / pairs % rows;
        const int pair = i % pairs;
        const float* from = partial + (tile * segments * rows + row) * stride + 2 * pair;
        float2 sum = *reinterpret_cast<const float2*>(from);
        for (int segment = 1; segment < segments; ++segment) {
            from += rows * stride;
            const float2 next = *reinterpret_cast<const float2*>(from);
            sum.x += next.x;
            sum.y += next.y;
        }
        const int feature = (static_cast<int>(blockIdx.x) * tiles + tile) * features + 2 * pair;
        const bool is = first_row + row < all_rows;
        finish<1>(p, first_row + row, is, feature, sum.x, sum.y, is ? factors[row] : 1);
    }
}

template <element type, int unit_steps, int groups>
__global__ void __launch_bounds__(warps * 32) few_rows_product(product p, int segments) {
    constexpr int rows = 8 * groups;
    constexpr int stride = 20;  // of 16 features: no two lanes of a store share a bank
    TESSERA_SHARED(float, partial, [warps * rows * stride]);
    TESSERA_SHARED(float, factors, [rows]);
    release_next();
    const share mine = share_of(p.weights, segments);
    segment<type, unit_steps, groups> part(p.weights, mine.tile, mine.first, mine.last);
    wait_for_previous();
    const int all_rows = rows_of(p.count, p.rows);
    const int first_row = static_cast<int>(blockIdx.y) * rows;
    if (first_row >= all_rows) return;
    find_factors(p, first_row, min(first_row + rows, all_rows), factors);
    float sum[groups][4];
    part.sum(p.input, first_row, all_rows, sum);
    prefetch(p);
    const int lane = static_cast<int>(threadIdx.x) % 32;
    float* to = partial + (static_cast<int>(threadIdx.x) / 32 * rows + lane % 4 * 2) * stride +
                lane / 4 * 2;
#pragma unroll
    for (int n = 0; n < groups; ++n) {
        float* at = to + 8 * n * stride;
        *reinterpret_cast<float2*>(at) = make_float2(sum[n][0], sum[n][2]);
        *reinterpret_cast<float2*>(at + stride) = make_float2(sum[n][1], sum[n][3]);
    }
    __syncthreads();
    add_segments<16, rows, stride>(p, partial, factors, first_row, all_rows, segments);
}

__global__ void __launch_bounds__(warps * 32) few_rows_product_f32(product p, int segments) {
    constexpr int rows = 8;
    TESSERA_SHARED(float, partial, [warps * rows * 32]);
    TESSERA_SHARED(float, factors, [rows]);
    release_next();
    const share mine = share_of(p.weights, segments);
    segment_f32 part(p.weights, mine.tile, mine.first, mine.last);
    wait_for_previous();
    const int all_rows = rows_of(p.count, p.rows);
    const int first_row = static_cast<int>(blockIdx.y) * rows;
    if (first_row >= all_rows) return;
    find_factors(p, first_row, min(first_row + rows, all_rows), factors);
    float sum[rows];
    part.sum(p.input, first_row, all_rows, sum);
    prefetch(p);
    const int warp = static_cast<int>(threadIdx.x) / 32;
    for (int row = 0; row < rows; ++row)
        partial[(warp * rows + row) * 32 + static_cast<int>(threadIdx.x) % 32] = sum[row];
    __syncthreads();
    add_segments<32, rows, 32>(p, partial, factors, first_row, all_rows, segments);
}

}  // namespace

status multiply_few_rows(const product& p, stream to) {
    const auto& w = p.weights;
    const int segments = segments_of(w.type, w.outer, w.inner);
    const auto blocks =
        static_cast<unsigned>(ceil_div(tiles_of(w.type, w.outer), warps / segments));
    const int rows = w.type != element::f32 && p.rows > 8 ? 16 : 8;
    const dim3 grid(blocks, static_cast<unsigned>(ceil_div(p.rows, rows)));
    const auto run = [&](auto* kernel) {
        return launch(kernel, grid, dim3(warps * 32), 0, to, p, segments);
    };
    if (w.type == element::f32) return run(few_rows_product_f32);
    if (w.type == element::bf16)
        return rows == 8 ? run(few_rows_product<element::bf16, 1, 1>)
                         : run(few_rows_product<element::bf16, 1, 2>);
    if (block_steps(w.inner) == 1)
        return rows == 8 ? run(few_rows_product<element::i8, 1, 1>)
                         : run(few_rows_product<element::i8, 1, 2>);
    return rows == 8 ? run(few_rows_product<element::i8, 2, 1>)
                     : run(few_rows_product<element::i8, 2, 2>);
}

}  // namespace tessera::engine::cuda
