#include "backend/cuda/attention.hpp"

namespace tessera::engine::cuda {
namespace {

// Fused multiply-adds alone. Scores are chains in the order of head_dim, sums of values chains in
// the order of positions, so they are the same however threads share them.
//
// Bytes of a decoded row: 8,192 a position and layer of 8 heads of 128 numbers, twice those of bf16.

constexpr int threads = 256;
constexpr int warps = threads / 32;
constexpr int tile = 32;

// Rows begin in different banks.
constexpr int stride_of(int depth) { return depth + 4; }
constexpr int score_stride = tile + 1;

template <int depth, int vectors>
struct plain_memory {
    float* query;    // [vectors][stride]
    float* cached;   // [tile][stride], keys and then values
    float* scores;   // [vectors][score_stride], then weights
    float* factors;  // [vectors], of what was summed before
    float* peaks;
    float* sums;

    __device__ explicit plain_memory(float* all)
        : query(all),
          cached(query + vectors * stride_of(depth)),
          scores(cached + tile * stride_of(depth)),
          factors(scores + vectors * score_stride),
          peaks(factors + vectors),
          sums(peaks + vectors) {}
};

template <int depth, int vectors>
constexpr std::size_t plain_bytes = sizeof(float) * ((vectors + tile) * stride_of(depth) +
                                                     vectors * (score_stride + 3));

template <int depth>
__device__ void load_cached(const attention& a, const attended& t, int start, std::ptrdiff_t offset,
                            float* to) {
    const int width = cache_width(a.head_dim);
    for (int i = static_cast<int>(threadIdx.x); i < tile * depth / 4; i += threads) {
        const int row = i / (depth / 4);
        const int d = i % (depth / 4) * 4;
        float4 numbers = make_float4(0, 0, 0, 0);
        if (start + row < t.end && d < width)
            numbers =
                *reinterpret_cast<const float4*>(reinterpret_cast<const float*>(a.cache.data) +
                                                 key_of(a, t, start + row) + offset + d);
        *reinterpret_cast<float4*>(to + row * stride_of(depth) + d) = numbers;
    }
}

// Vectors from `first` on, as many as fit.
template <int depth, int vectors>
struct plain_attending {
    static constexpr int scores_each = vectors * tile / threads;
    static constexpr int step =
        1024 / depth;  // threads of a column, each with every step-th vector
    static constexpr int values_each = (vectors + step - 1) / step;
    using memory = plain_memory<depth, vectors>;

    const attention& a;
    const attended& t;
    memory m;
    int first;
    int column;  // the first of four
    int place;   // among the threads of a column

    __device__ plain_attending(const attention& of, const attended& task, float* all, int from)
        : a(of), t(task), m(all), first(from) {
        column = static_cast<int>(threadIdx.x) % (depth / 4) * 4;
        place = static_cast<int>(threadIdx.x) / (depth / 4);
    }

    __device__ void score(int start) const {
        const int vector = static_cast<int>(threadIdx.x) * scores_each / tile;
        const int key = static_cast<int>(threadIdx.x) % (tile / scores_each);
        const int last = t.last(first + vector);
        float sum[scores_each] = {};
        for (int d = 0; d < depth; d += 4) {
            const auto q =
                *reinterpret_cast<const float4*>(m.query + vector * stride_of(depth) + d);
            for (int i = 0; i < scores_each; ++i) {
                const auto k = *reinterpret_cast<const float4*>(
                    m.cached + (key + i * (tile / scores_each)) * stride_of(depth) + d);
                sum[i] = fmaf(q.x, k.x, sum[i]);
                sum[i] = fmaf(q.y, k.y, sum[i]);
                sum[i] = fmaf(q.z, k.z, sum[i]);
                sum[i] = fmaf(q.w, k.w, sum[i]);
            }
        }
        for (int i = 0; i < scores_each; ++i) {
            const int position = key + i * (tile / scores_each);
            m.scores[vector * score_stride + position] =
                start + position <= last ? __fmul_rn(sum[i], a.scale * log2_of_e) : -INFINITY;
        }
    }

    // A warp a vector, a lane a position.
    __device__ void weigh() const {
        const int lane = static_cast<int>(threadIdx.x) % 32;
        for (int vector = static_cast<int>(threadIdx.x) / 32; vector < vectors; vector += warps) {
            float& score = m.scores[vector * score_stride + lane];
            float largest = score;
            for (int by = 16; by > 0; by /= 2)
                largest = fmaxf(largest, __shfl_xor_sync(~0U, largest, by));
            const float before = m.peaks[vector];
            const float peak = fmaxf(before, largest);
            const float from = peak == -INFINITY ? 0 : peak;
            const float weight = exp2f(score - from);
            score = weight;
            const float sum = warp_sum(weight);
            __syncwarp();
            if (lane != 0) continue;
            const float factor = exp2f(before - from);
            m.factors[vector] = factor;
            m.peaks[vector] = peak;
            m.sums[vector] = fmaf(m.sums[vector], factor, sum);
        }
    }

    __device__ void add(int start, float (&values)[values_each][4]) const {
        for (int i = 0; i < values_each; ++i) {
            const int vector = place + i * step;
            if (vector >= vectors) continue;
            const float factor = m.factors[vector];
            for (float& x : values[i]) x *= factor;
        }
        for (int key = 0; key < tile; ++key) {
            const auto v =
                *reinterpret_cast<const float4*>(m.cached + key * stride_of(depth) + column);
            for (int i = 0; i < values_each; ++i) {
                const int vector = place + i * step;
                // Not even times zero where it is not seen: it may be infinite.
                if (vector >= vectors || start + key > t.last(first + vector)) continue;
                const float weight = m.scores[vector * score_stride + key];
                values[i][0] = fmaf(weight, v.x, values[i][0]);
                values[i][1] = fmaf(weight, v.y, values[i][1]);
                values[i][2] = fmaf(weight, v.z, values[i][2]);
                values[i][3] = fmaf(weight, v.w, values[i][3]);
            }
        }
    }

    __device__ void begin_split(float (&values)[values_each][4]) const {
        for (auto& each : values)
            for (float& x : each) x = 0;
        if (threadIdx.x < vectors) {
            m.peaks[threadIdx.x] = -INFINITY;
            m.sums[threadIdx.x] = 0;
        }
    }

    // Of each of a thread's vectors there is: f(place in registers, vector of the task, of memory).
    template <class F>
    __device__ void for_vectors(F f) const {
        for (int i = 0; i < values_each; ++i) {
            const int vector = place + i * step;
            if (vector < vectors && first + vector < t.vectors) f(i, first + vector, vector);
        }
    }

    __device__ void write_split(int split, const float (&values)[values_each][4]) const {
        const split_result to = result_of(a, t, split);
        const int width = cache_width(a.head_dim);
        for_vectors([&](int i, int vector, int own) {
            if (column < width)
                for (int d = 0; d < 4; ++d) to.values[vector * width + column + d] = values[i][d];
            if (column == 0) {
                to.peaks[vector] = m.peaks[own];
                to.sums[vector] = m.sums[own];
            }
        });
    }

    __device__ void run() const {
        for (int i = static_cast<int>(threadIdx.x); i < vectors * depth; i += threads)
            m.query[i / depth * stride_of(depth) + i % depth] =
                query_of(a, t, first + i / depth, i % depth);
        float values[values_each][4];
        float whole[values_each][4] = {};
        float peaks[values_each];
        float sums[values_each] = {};
        for (float& peak : peaks) peak = -INFINITY;
        begin_split(values);
        for (int start = t.begin; start < t.end; start += tile) {
            load_cached<depth>(a, t, start, 0, m.cached);
            __syncthreads();
            score(start);
            __syncthreads();
            load_cached<depth>(a, t, start, a.cache.value_offset, m.cached);
            weigh();
            __syncthreads();
            add(start, values);
            const int next = start + tile;
            const bool ends = next % split_positions == 0 || next >= t.end;
            if (ends && t.task.parts > 1) write_split(start / split_positions, values);
            if (ends && t.task.parts == 1) {
                for_vectors([&](int i, int, int own) {
                    const shares by = join(peaks[i], m.peaks[own]);
                    sums[i] = join(by, sums[i], m.sums[own]);
                    for (int d = 0; d < 4; ++d) whole[i][d] = join(by, whole[i][d], values[i][d]);
                });
            }
            __syncthreads();
            if (ends) begin_split(values);
        }
        if (t.task.parts > 1) return;
        for_vectors([&](int i, int vector, int) {
            for (int d = 0; d < 4 && column + d < a.head_dim; ++d)
                store_number(a.output.type, output_of(a, t, vector), column + d,
                             whole[i][d] * (1 / sums[i]));
        });
    }
};

template <int depth, int vectors>
__global__ void __launch_bounds__(threads, vectors == 8 ? 2 : 1) attend_over_f32(attention a) {
    wait_for_previous();
    release_next();
    if (!has_task(a)) return;
    const attended t = task_of(a);
    auto* memory = dynamic_shared<float>();
    if (a.angles) store_rows(a, t);
    for (int first = 0; first < t.vectors; first += vectors) {
        __syncthreads();
        plain_attending<depth, vectors>(a, t, memory, first).run();
    }
    if (t.task.parts > 1) join_splits(a, t);
}

template <int depth>
status start_f32(const attention& a, dim3 grid, stream to) {
    if (a.vectors <= 8)
        return launch(attend_over_f32<depth, 8>, grid, threads, plain_bytes<depth, 8>, to, a);
    return launch(attend_over_f32<depth, 32>, grid, threads, plain_bytes<depth, 32>, to, a);
}

}  // namespace

status attend_f32(const attention& a, dim3 grid, stream to) {
    if (a.head_dim <= 64) return start_f32<64>(a, grid, to);
    if (a.head_dim <= 128) return start_f32<128>(a, grid, to);
    return start_f32<256>(a, grid, to);
}

}  // namespace tessera::engine::cuda
