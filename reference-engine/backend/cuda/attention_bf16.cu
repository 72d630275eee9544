#include "backend/cuda/attention.hpp"
#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {
namespace {

// Positions go by in tiles of 64, which are copied while earlier ones are computed. Scores are
// [16 vectors][64 positions] of a tile of vectors; some warps share it, each with its part of the
// positions, and then of the columns of values. No sum crosses the border of what two warps compute,
// so their number changes no bits. The sum of a softmax's weights is a column of values that are one,
// on tensor cores, in the order in which values are summed. These multiply what a row does not see by
// zero, which would not hide a value that is not finite: where some rows see one and some do not, zero
// stands for it, and NaN for its key.
//
// Bytes of a decoded row: its context's keys and values once, for all heads of a group: of 8 heads of
// 128 numbers 4,096 a position and layer. Operations of a prompt: 4 * head_dim a vector and position
// that it sees, on mma.sync.

constexpr int tile = 64;

// A matrix of rows [depth] in shared memory, in pieces of 16 bytes; eight rows' pieces of one column
// lie in different banks.
template <int depth>
struct pieces {
    uint4* data;
    __device__ uint4* at(int row, int piece) const {
        return data + row * (depth / 8) + (piece ^ (row & 7));
    }
};

// `vectors`: of a task, at most.
template <int depth, int vectors>
struct memory {
    static constexpr int threads = depth == 64 ? 128 : 256;
    static constexpr int sharing = threads / 2 / vectors;  // warps of a tile, where there are many
    static constexpr int weight_tiles = sharing > 1 ? vectors / 16 : 1;
    static constexpr int stages = depth == 64 ? 4 : depth == 128 ? 2 : 1;
    static constexpr int query_pieces = vectors * depth / 8;
    static constexpr int tile_pieces = tile * depth / 8;
    static constexpr int weight_pieces = 16 * tile / 8;
    static constexpr std::size_t bytes =
        (query_pieces + 2 * stages * tile_pieces + weight_tiles * weight_pieces) * sizeof(uint4);
    uint4* data;

    __device__ pieces<depth> query() const { return {data}; }
    __device__ pieces<depth> keys(int stage) const {
        return {data + query_pieces + 2 * stage * tile_pieces};
    }
    __device__ pieces<depth> values(int stage) const {
        return {data + query_pieces + (2 * stage + 1) * tile_pieces};
    }
    __device__ pieces<tile> weights(int first_vector) const {
        return {data + query_pieces + 2 * stages * tile_pieces + first_vector / 16 * weight_pieces};
    }
};

template <int depth, class memory>
__device__ void load_query(const attention& a, const attended& t, const memory& m) {
    const int rows = (t.vectors + 15) / 16 * 16;
    for (int i = static_cast<int>(threadIdx.x); i < rows * depth / 2; i += memory::threads) {
        const int vector = i / (depth / 2);
        const int d = i % (depth / 2) * 2;
        auto* to = reinterpret_cast<std::uint32_t*>(m.query().at(vector, d / 8));
        to[d % 8 / 2] = pack_bf16(query_of(a, t, vector, d), query_of(a, t, vector, d + 1));
    }
}

// Asks for a tile's keys and values; zeros stand for what the task does not see.
template <int depth, class memory>
__device__ void load_tile(const attention& a, const attended& t, const memory& m, int start) {
    const int stage = start / tile % memory::stages;
    const int width = cache_width(a.head_dim);
    const auto* cache = reinterpret_cast<const bf16*>(a.cache.data);
    for (int i = static_cast<int>(threadIdx.x); i < memory::tile_pieces; i += memory::threads) {
        const int row = i / (depth / 8);
        const int piece = i % (depth / 8);
        const bool there = start + row < t.end && piece * 8 < width;
        const bf16* key = there ? cache + key_of(a, t, start + row) + piece * 8 : cache;
        copy_async_or_zero<16>(m.keys(stage).at(row, piece), key, there);
        copy_async_or_zero<16>(m.values(stage).at(row, piece),
                               there ? key + a.cache.value_offset : cache, there);
    }
}

__device__ inline bool all_finite(const uint4& eight) {
    const auto finite = [](std::uint32_t pair) {
        return (pair & 0x7f80U) != 0x7f80U && (pair & 0x7f800000U) != 0x7f800000U;
    };
    return finite(eight.x) && finite(eight.y) && finite(eight.z) && finite(eight.w);
}

// Of a tile that has come: values that not all of the task's rows see. A row that sees one that is not
// finite has a score that is NaN, and so is what it comes to.
template <int depth, class memory>
__device__ void hide_values(const attended& t, const memory& m, int start) {
    const int stage = start / tile % memory::stages;
    const int first = max(0, t.task.position + 1 - start);
    const int end = min(tile, t.end - start);
    for (int i = first * (depth / 8) + static_cast<int>(threadIdx.x); i < end * (depth / 8);
         i += memory::threads) {
        uint4* value = m.values(stage).at(i / (depth / 8), i % (depth / 8));
        const uint4 eight = *value;
        if (all_finite(eight)) continue;
        *value = make_uint4(0, 0, 0, 0);
        *m.keys(stage).at(i / (depth / 8), i % (depth / 8)) = make_uint4(~0U, ~0U, ~0U, ~0U);
    }
}

// What a warp keeps of 16 vectors; a lane's numbers are those of its rows lane / 4 and 8 more.
template <int columns>
struct sums {
    float values[columns / 8][4];
    float weights[4];  // each row's sum, twice
    float peaks[2];

    __device__ void begin() {
        for (auto& each : values)
            for (float& x : each) x = 0;
        for (float& x : weights) x = 0;
        for (float& x : peaks) x = -INFINITY;
    }
    __device__ void join_part(const sums& part) {
        for (int h = 0; h < 2; ++h) {
            const shares by = join(peaks[h], part.peaks[h]);
            for (int i = 2 * h; i < 2 * h + 2; ++i) {
                weights[i] = join(by, weights[i], part.weights[i]);
                for (int c = 0; c < columns / 8; ++c)
                    values[c][i] = join(by, values[c][i], part.values[c][i]);
            }
        }
    }
};

// `warps` share a tile of vectors.
template <int depth, int warps, class memory>
struct attending {
    static constexpr int positions = tile / warps;
    static constexpr int columns = depth / warps;

    const attention& a;
    const attended& t;
    memory m;
    float (&tile_peaks)[8][16];
    int lane;
    int part;          // of the tile's warps
    int first_vector;  // of the tile

    __device__ attending(const attention& of, const attended& task, memory in,
                         float (&peaks)[8][16])
        : a(of), t(task), m(in), tile_peaks(peaks) {
        const int warp = static_cast<int>(threadIdx.x) / 32;
        lane = static_cast<int>(threadIdx.x) % 32;
        part = warp % warps;
        first_vector = warp / warps * 16;
    }

    __device__ void score(pieces<depth> keys, float (&scores)[positions / 8][4]) const {
        for (auto& each : scores)
            for (float& x : each) x = 0;
#pragma unroll
        for (int k = 0; k < depth / 16; ++k) {
            std::uint32_t query[4];
            load_fragments(query, m.query().at(first_vector + lane % 16, 2 * k + lane / 16));
#pragma unroll
            for (int n = 0; n < positions / 16; ++n) {
                std::uint32_t pair[4];
                load_fragments(pair, keys.at(part * positions + n * 16 + lane % 8 + lane / 16 * 8,
                                             2 * k + lane / 8 % 2));
                mma_bf16(scores[2 * n], query, {pair[0], pair[1]});
                mma_bf16(scores[2 * n + 1], query, {pair[2], pair[3]});
            }
            if constexpr (positions == 8) {
                std::uint32_t key[2];
                load_fragments(key, keys.at(part * 8 + lane % 8, 2 * k + lane / 8 % 2));
                mma_bf16(scores[0], query, key);
            }
        }
    }

    // Hides what vectors do not see; scores become powers of two. The largest of each row.
    __device__ void mask(int start, float (&scores)[positions / 8][4], float (&largest)[2]) const {
        const float scale = a.scale * log2_of_e;
#pragma unroll
        for (int h = 0; h < 2; ++h) {
            const int last = t.last(first_vector + lane / 4 + 8 * h);
            largest[h] = -INFINITY;
#pragma unroll
            for (int n = 0; n < positions / 8; ++n) {
                for (int i = 0; i < 2; ++i) {
                    const int position = start + part * positions + n * 8 + lane % 4 * 2 + i;
                    float& score = scores[n][2 * h + i];
                    score = position <= last ? __fmul_rn(score, scale) : -INFINITY;
                    largest[h] = fmaxf(largest[h], score);
                }
            }
            largest[h] = fmaxf(largest[h], __shfl_xor_sync(~0U, largest[h], 1));
            largest[h] = fmaxf(largest[h], __shfl_xor_sync(~0U, largest[h], 2));
        }
        if constexpr (warps > 1) {
            const int warp = static_cast<int>(threadIdx.x) / 32;
            for (int h = 0; h < 2; ++h)
                if (lane % 4 == 0) tile_peaks[warp][lane / 4 + 8 * h] = largest[h];
            __syncthreads();
            for (int h = 0; h < 2; ++h)
                for (int w = 0; w < warps; ++w)
                    largest[h] = fmaxf(largest[h], tile_peaks[warp - part + w][lane / 4 + 8 * h]);
        }
    }

    __device__ void add(int start, sums<columns>& to) const {
        const int stage = start / tile % memory::stages;
        float scores[positions / 8][4];
        float largest[2];
        score(m.keys(stage), scores);
        mask(start, scores, largest);
#pragma unroll
        for (int h = 0; h < 2; ++h) {
            const float peak = fmaxf(to.peaks[h], largest[h]);
            const float from = peak == -INFINITY ? 0 : peak;
            const float factor = exp2f(to.peaks[h] - from);
            to.peaks[h] = peak;
#pragma unroll
            for (int i = 2 * h; i < 2 * h + 2; ++i) {
                to.weights[i] *= factor;
#pragma unroll
                for (int c = 0; c < columns / 8; ++c) to.values[c][i] *= factor;
#pragma unroll
                for (int n = 0; n < positions / 8; ++n) scores[n][i] = exp2f(scores[n][i] - from);
            }
        }
        if constexpr (warps > 1) share_weights(scores);
        constexpr std::uint32_t ones[2] = {0x3f803f80, 0x3f803f80};
#pragma unroll
        for (int k = 0; k < tile / 16; ++k) {
            std::uint32_t weights[4];
            if constexpr (warps > 1) {
                load_fragments(weights, m.weights(first_vector).at(lane % 16, 2 * k + lane / 16));
            } else {
                weights[0] = pack_bf16(scores[2 * k][0], scores[2 * k][1]);
                weights[1] = pack_bf16(scores[2 * k][2], scores[2 * k][3]);
                weights[2] = pack_bf16(scores[2 * k + 1][0], scores[2 * k + 1][1]);
                weights[3] = pack_bf16(scores[2 * k + 1][2], scores[2 * k + 1][3]);
            }
            mma_bf16(to.weights, weights, ones);
#pragma unroll
            for (int c = 0; c < columns / 16; ++c) {
                std::uint32_t pair[4];
                load_fragments_transposed(
                    pair,
                    m.values(stage).at(k * 16 + lane % 16, part * columns / 8 + 2 * c + lane / 16));
                mma_bf16(to.values[2 * c], weights, {pair[0], pair[1]});
                mma_bf16(to.values[2 * c + 1], weights, {pair[2], pair[3]});
            }
        }
    }

    __device__ void share_weights(const float (&scores)[positions / 8][4]) const {
        for (int h = 0; h < 2; ++h) {
            for (int n = 0; n < positions / 8; ++n) {
                auto* to = reinterpret_cast<std::uint32_t*>(
                    m.weights(first_vector).at(lane / 4 + 8 * h, part * positions / 8 + n));
                to[lane % 4] = pack_bf16(scores[n][2 * h], scores[n][2 * h + 1]);
            }
        }
        __syncthreads();
    }

    __device__ void write_split(int split, const sums<columns>& from) const {
        const split_result to = result_of(a, t, split);
        const int width = cache_width(a.head_dim);
        for (int h = 0; h < 2; ++h) {
            const int vector = first_vector + lane / 4 + 8 * h;
            if (vector >= t.vectors) continue;
            if (part == 0 && lane % 4 == 0) {
                to.peaks[vector] = from.peaks[h];
                to.sums[vector] = from.weights[2 * h];
            }
            for (int c = 0; c < columns / 8; ++c) {
                const int d = part * columns + c * 8 + lane % 4 * 2;
                if (d >= width) continue;
                *reinterpret_cast<float2*>(to.values + vector * width + d) =
                    make_float2(from.values[c][2 * h], from.values[c][2 * h + 1]);
            }
        }
    }

    __device__ void write_output(const sums<columns>& from) const {
        for (int h = 0; h < 2; ++h) {
            const int vector = first_vector + lane / 4 + 8 * h;
            if (vector >= t.vectors) continue;
            const float factor = 1 / from.weights[2 * h];
            std::byte* to = output_of(a, t, vector);
            for (int c = 0; c < columns / 8; ++c) {
                const int d = part * columns + c * 8 + lane % 4 * 2;
                if (d >= a.head_dim) continue;
                const float low = from.values[c][2 * h] * factor;
                const float high = from.values[c][2 * h + 1] * factor;
                if (a.output.type == element::bf16) {
                    reinterpret_cast<std::uint32_t*>(to)[d / 2] = pack_bf16(low, high);
                } else {
                    reinterpret_cast<float2*>(to)[d / 2] = make_float2(low, high);
                }
            }
        }
    }

    __device__ void ask(int start) const {
        if (start < t.end) load_tile<depth>(a, t, m, start);
        commit_copies();
    }

    __device__ void run() const {
        constexpr int stages = memory::stages;
        // Barriers inside keep warps of an empty tile at work.
        const bool works = first_vector < t.vectors || warps > 1;
        sums<columns> whole;
        sums<columns> split;
        whole.begin();
        split.begin();
        // What the cache has already comes while queries are turned.
        int asked = t.begin;
        while (asked < t.begin + stages * tile && (!a.angles || asked + tile <= t.task.position)) {
            ask(asked);
            asked += tile;
        }
        load_query<depth>(a, t, m);
        if (a.angles) store_rows(a, t);
        __syncthreads();
        for (; asked < t.begin + stages * tile; asked += tile) ask(asked);
        for (int start = t.begin; start < t.end; start += tile) {
            wait_copies<stages - 1>();
            __syncthreads();
            if (min(start + tile, t.end) > t.task.position + 1) {
                hide_values<depth>(t, m, start);
                __syncthreads();
            }
            if (works) add(start, split);
            __syncthreads();
            ask(start + stages * tile);
            const int next = start + tile;
            if (next % split_positions != 0 && next < t.end) continue;
            if (t.task.parts > 1) {
                write_split(start / split_positions, split);
            } else {
                whole.join_part(split);
            }
            split.begin();
        }
        if (t.task.parts > 1) return join_splits(a, t);
        if (works) write_output(whole);
    }
};

template <int depth, int vectors>
__global__ void __launch_bounds__(memory<depth, vectors>::threads,
                                  vectors == 16 && depth < 256 ? 2 : 1)
    attend_over_bf16(attention a) {
    wait_for_previous();
    release_next();
    TESSERA_SHARED(float, peaks, [8][16]);
    if (!has_task(a)) return;
    // Not in registers, which are full.
    TESSERA_SHARED(attended, task, [1]);
    if (threadIdx.x == 0) task[0] = task_of(a);
    __syncthreads();
    const attended& t = task[0];
    using own_memory = memory<depth, vectors>;
    const own_memory m{dynamic_shared<uint4>()};
    if constexpr (vectors > 16) {
        if (t.vectors > 16)
            return attending<depth, own_memory::sharing, own_memory>(a, t, m, peaks).run();
    }
    attending<depth, own_memory::threads / 32, own_memory>(a, t, m, peaks).run();
}

template <int depth, int vectors>
status start(const attention& a, dim3 grid, stream to) {
    using own_memory = memory<depth, vectors>;
    return launch(attend_over_bf16<depth, vectors>, grid, own_memory::threads, own_memory::bytes,
                  to, a);
}

}  // namespace

status attend_bf16(const attention& a, dim3 grid, stream to) {
    const bool few = a.vectors <= 16;
    if (a.head_dim <= 64) return few ? start<64, 16>(a, grid, to) : start<64, 64>(a, grid, to);
    if (a.head_dim <= 128) return few ? start<128, 16>(a, grid, to) : start<128, 128>(a, grid, to);
    return few ? start<256, 16>(a, grid, to) : start<256, 32>(a, grid, to);
}

}  // namespace tessera::engine::cuda
