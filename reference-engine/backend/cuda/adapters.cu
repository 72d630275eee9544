// Low-rank products of rows of many adapters: what lowers them, then what lifts them. A block
// computes up to 8 rows of one adapter, as products of few rows do.
//
// Bytes: rank * (inner + outer) numbers of each adapter, once for each 8 of its rows; rows come from
// the caches. Bound by latency: rank 16 beside 4,096 features is 256 KB of bf16.

#include <algorithm>

#include "backend/cuda/finish.hpp"
#include "backend/cuda/launchers.hpp"
#include "backend/cuda/segment.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int warps = 8;
constexpr int group_rows = 8;

// Up to 8 rows of one adapter.
struct group {
    int first_row = 0;
    int end = 0;
    const adapter_matrix* matrices = nullptr;  // of its projections
};

__device__ group group_of(const adapt& a, int index) {
    const int stretches = min(a.counts->adapted, a.stretches_at_most);
    for (int i = 0; i < stretches; ++i) {
        const adapted_rows& stretch = a.stretches[i];
        const int groups = ceil_div(stretch.rows, group_rows);
        if (index < groups) {
            const int first = stretch.first_row + index * group_rows;
            return {first, min(first + group_rows, stretch.first_row + stretch.rows),
                    a.matrices + stretch.adapter * a.adapter_stride};
        }
        index -= groups;
    }
    return {};
}

// Where a projection's low rows lie: as the input of a product, in the room of rank_at_most floats.
__device__ rows_in low_rows(const adapt& a, int projection, element type) {
    const auto stride = static_cast<std::ptrdiff_t>(a.projections) * a.rank_at_most;
    return {reinterpret_cast<std::byte*>(a.low +
                                         static_cast<std::ptrdiff_t>(projection) * a.rank_at_most),
            stride * static_cast<std::ptrdiff_t>(sizeof(float)), type};
}

// A lane's sums of one segment, as sink(feature of the tile, row of the group, sum).
template <element type, class F>
__device__ void sum_segment(const matrix& of, int tile, int first, int last, const rows_in& input,
                            const group& rows, F sink) {
    const int lane = static_cast<int>(threadIdx.x) % 32;
    if constexpr (type == element::f32) {
        segment_f32 part(of, tile, first, last);
        float sum[8];
        part.sum(input, rows.first_row, rows.end, sum);
#pragma unroll
        for (int row = 0; row < 8; ++row) sink(lane, row, sum[row]);
    } else {
        segment<type, 1, 1> part(of, tile, first, last);
        float sum[1][4];
        part.sum(input, rows.first_row, rows.end, sum);
#pragma unroll
        for (int i = 0; i < 4; ++i) sink(lane / 4 * 2 + i / 2, lane % 4 * 2 + i % 2, sum[0][i]);
    }
}

template <element type>
__global__ void __launch_bounds__(warps * 32, 2) lower(adapt a) {
    constexpr int features = tile_features(type);
    constexpr int stride = type == element::f32 ? 32 : 20;
    TESSERA_SHARED(float, partial, [warps * group_rows * stride]);
    TESSERA_SHARED(float, factors, [group_rows]);
    release_next();
    wait_for_previous();
    const group rows = group_of(a, static_cast<int>(blockIdx.y));
    if (rows.first_row >= rows.end) return;
    const int projection = static_cast<int>(blockIdx.x);
    const matrix& down = rows.matrices[projection].down;
    if (down.outer == 0) return;
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const int units = units_of(type, down.inner);
    const int segments = segments_of(type, down.outer, down.inner);
    const int at_once = warps / segments;  // tiles
    static_assert(warps == group_rows);
    if (rows.first_row + warp < rows.end) {
        const float factor = norm_factor(a.before, down.inner, rows.first_row + warp);
        if (threadIdx.x % 32 == 0) factors[warp] = factor;
    }
    const rows_in low = low_rows(a, projection, type);
    // To the end of the last step, which the next product reads.
    const int wide = steps_of(type, down.outer) * step_numbers(type);
    for (int begin = 0; begin < wide; begin += at_once * features) {
        const int tile = begin / features + warp / segments;
        if (tile < tiles_of(type, down.outer)) {
            const int segment = warp % segments;
            sum_segment<type>(down, tile, segment_begin(units, segments, segment),
                              segment_begin(units, segments, segment + 1), a.input, rows,
                              [&](int feature, int row, float sum) {
                                  partial[(warp * group_rows + row) * stride + feature] = sum;
                              });
        }
        __syncthreads();
        for (int i = static_cast<int>(threadIdx.x); i < group_rows * at_once * features;
             i += warps * 32) {
            const int row = i / (at_once * features);
            const int in_row = i % (at_once * features);
            const int k = begin + in_row;
            if (rows.first_row + row >= rows.end || k >= wide) continue;
            float sum = 0;
            if (k < down.outer) {
                const float* from = partial +
                                    (in_row / features * segments * group_rows + row) * stride +
                                    in_row % features;
                sum = from[0];
                for (int segment = 1; segment < segments; ++segment)
                    sum += from[segment * group_rows * stride];
            }
            store_input(low, rows.first_row + row, k, sum * factors[row]);
        }
        __syncthreads();
    }
}

template <element type>
__global__ void __launch_bounds__(warps * 32, 2) lift(adapt a) {
    release_next();
    wait_for_previous();
    const group rows = group_of(a, static_cast<int>(blockIdx.y));
    if (rows.first_row >= rows.end) return;
    const int projection = static_cast<int>(blockIdx.z);
    const adapter_matrix& by = rows.matrices[projection];
    if (by.down.outer == 0) return;
    const matrix& up = by.up;
    const int units = units_of(type, up.inner);
    const int segments = segments_of(type, up.outer, up.inner);
    const int warp = static_cast<int>(threadIdx.x) / 32;
    const rows_in low = low_rows(a, projection, type);
    for (int tile = static_cast<int>(blockIdx.x) * warps + warp; tile < tiles_of(type, up.outer);
         tile += static_cast<int>(gridDim.x) * warps) {
        float total[8] = {};
        for (int segment = 0; segment < segments; ++segment) {
            int i = 0;
            sum_segment<type>(up, tile, segment_begin(units, segments, segment),
                              segment_begin(units, segments, segment + 1), low, rows,
                              [&](int, int, float sum) {
                                  total[i] = segment == 0 ? sum : total[i] + sum;
                                  ++i;
                              });
        }
        const auto add = [&](int feature, int row, float sum) {
            const int of = tile * tile_features(type) + feature;
            if (of >= up.outer || rows.first_row + row >= rows.end) return;
            a.output[(rows.first_row + row) * a.output_stride + by.first_output +
                     of * by.output_step] += sum;
        };
        const int lane = static_cast<int>(threadIdx.x) % 32;
#pragma unroll
        for (int i = 0; i < (type == element::f32 ? 8 : 4); ++i) {
            if constexpr (type == element::f32) {
                add(lane, i, total[i]);
            } else {
                add(lane / 4 * 2 + i / 2, lane % 4 * 2 + i % 2, total[i]);
            }
        }
    }
}

template <element type>
status run(const adapt& a, stream to) {
    // Each stretch may leave a group that is not whole, but none is empty.
    const auto groups =
        static_cast<unsigned>(std::min(a.rows, ceil_div(a.rows, group_rows) + a.stretches_at_most));
    const auto projections = static_cast<unsigned>(a.projections);
    const status failed =
        launch(lower<type>, dim3(projections, groups), dim3(warps * 32), 0, to, a);
    if (failed != 0) return failed;
    constexpr unsigned blocks = 32;
    return launch(lift<type>, dim3(blocks, groups, projections), dim3(warps * 32), 0, to, a);
}

}  // namespace

status launch_adapt(const adapt& a, stream to) {
    if (a.rows == 0 || a.stretches_at_most == 0 || a.projections == 0) return 0;
    return a.input.type == element::f32 ? run<element::f32>(a, to) : run<element::bf16>(a, to);
}

}  // namespace tessera::engine::cuda
