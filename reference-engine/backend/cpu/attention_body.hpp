// Attention over the paged cache; a part of kernels_body.hpp.

// Scores and weighted values are computed in tiles of that many positions, counted from the
// sequence's start, with a running maximum and sum (the online softmax of FlashAttention).
constexpr int tile_blocks = 4;
constexpr int tile_positions = tile_blocks * block_positions;

struct attention_state {
    const attention_of& a;
    int width;          // of a vector in scratch
    real* query;        // [vector][width], scaled
    real* values;       // [vector][width], weighted by the exponentials
    real* scores;       // [vector][tile_positions], then the exponentials
    real* sums;         // [vector][lanes], of the exponentials
    real* peaks;        // [vector]
    const int* blocks;  // of the tile

    const real* keys_of(int block) const { return a.cache + blocks[block] * a.block_stride; }
    int position_of(int vector) const { return a.first_position + vector / a.heads; }
};

template <int Vectors, int Blocks>
void score(const attention_state& s, int vector, int block) {
    vec sum[Vectors][Blocks];
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int b = 0; b < Blocks; ++b) sum[v][b] = set(0.0F);
    }
    const real* query = s.query + vector * s.width;
    const real* keys[Blocks];
    TESSERA_UNROLL for (int b = 0; b < Blocks; ++b) keys[b] = s.keys_of(block + b);
    for (int d = 0; d < s.a.head_dim; ++d) {
        TESSERA_UNROLL for (int b = 0; b < Blocks; ++b) {
            const vec key = load(keys[b] + d * block_positions);
            TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
                sum[v][b] = multiply_add(set(query[v * s.width + d]), key, sum[v][b]);
            }
        }
    }
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int b = 0; b < Blocks; ++b) {
            store(s.scores + (vector + v) * tile_positions + (block + b) * block_positions,
                  sum[v][b]);
        }
    }
}

template <int Vectors, int Lanes>
void add_values(const attention_state& s, int vector, int column, int first, int count) {
    vec sum[Vectors][Lanes];
    real* values = s.values + vector * s.width + column;
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int c = 0; c < Lanes; ++c) sum[v][c] =
            load(values + v * s.width + c * lanes);
    }
    const real* weights = s.scores + vector * tile_positions;
    for (int block = first / block_positions; block * block_positions < count; ++block) {
        const real* rows = s.keys_of(block) + s.a.value_offset + column;
        const int start = first - block * block_positions;
        const int left = count - block * block_positions;
        const int here = left < block_positions ? left : block_positions;
        for (int t = start > 0 ? start : 0; t < here; ++t) {
            vec value[Lanes];
            TESSERA_UNROLL for (int c = 0; c < Lanes; ++c) value[c] =
                load(rows + t * s.width + c * lanes);
            TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
                const vec weight = set(weights[v * tile_positions + block * block_positions + t]);
                TESSERA_UNROLL for (int c = 0; c < Lanes; ++c) {
                    sum[v][c] = multiply_add(weight, value[c], sum[v][c]);
                }
            }
        }
    }
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int c = 0; c < Lanes; ++c)
            store(values + v * s.width + c * lanes, sum[v][c]);
    }
}

constexpr int wide_vectors = accumulators >= 16 ? 4 : 1;

template <int Vectors>
void score_blocks(const attention_state& s, int vector, int blocks) {
    if (blocks == tile_blocks) return score<Vectors, tile_blocks>(s, vector, 0);
    for (int b = 0; b < blocks; ++b) score<Vectors, 1>(s, vector, b);
}

// Of the tile's positions [first, count).
template <int Vectors>
void add_all_values(const attention_state& s, int vector, int first, int count) {
    int column = 0;
    for (; column + 4 * lanes <= s.width; column += 4 * lanes)
        add_values<Vectors, 4>(s, vector, column, first, count);
    for (; column < s.width; column += lanes)
        add_values<Vectors, 1>(s, vector, column, first, count);
}

// Turns scores of positions before `count` into exponentials, all others into zeros.
inline void exponentiate(const attention_state& s, int vector, int count) {
    real* scores = s.scores + vector * tile_positions;
    for (int t = count; t < tile_positions; ++t) scores[t] = -real(__builtin_inff());
    vec part[tile_blocks];
    for (int b = 0; b < tile_blocks; ++b) part[b] = load(scores + b * lanes);
    const real here =
        largest_of(maximum_of(maximum_of(part[0], part[1]), maximum_of(part[2], part[3])));
    vec sum = load(s.sums + vector * lanes);
    if (here > s.peaks[vector]) {
        const vec factor = exponential(set(s.peaks[vector] - here));
        s.peaks[vector] = here;
        sum = multiply(sum, factor);
        real* values = s.values + vector * s.width;
        for (int i = 0; i < s.width; i += lanes)
            store(values + i, multiply(load(values + i), factor));
    }
    const vec peak = set(s.peaks[vector]);
    for (int b = 0; b < tile_blocks; ++b)
        store(scores + b * lanes, exponential(subtract(part[b], peak)));
    for (int t = count; t < tile_positions; ++t) scores[t] = 0;
    for (int b = 0; b < tile_blocks; ++b) sum = add(sum, load(scores + b * lanes));
    store(s.sums + vector * lanes, sum);
}

inline void write_attention(const attention_state& s, int vector) {
    const attention_of& a = s.a;
    const vec factor = set(real(1) / sum_of(load(s.sums + vector * lanes)));
    real* values = s.values + vector * s.width;
    for (int i = 0; i < s.width; i += lanes) store(values + i, multiply(load(values + i), factor));
    std::byte* output = a.output.data + (vector / a.heads) * a.output_stride;
    const int column = vector % a.heads * a.head_dim;
    int i = 0;
    for (; i + lanes <= a.head_dim; i += lanes)
        store_as(a.output.type, output, column + i, load(values + i));
    if (i < a.head_dim) {
        // Not beyond the head's end: the next head belongs to another thread.
        std::byte rest[lanes * sizeof(real)];
        store_as(a.output.type, rest, 0, load(values + i));
        const std::size_t size = bytes_of(a.output.type);
        __builtin_memcpy(output + static_cast<std::size_t>(column + i) * size, rest,
                         static_cast<std::size_t>(a.head_dim - i) * size);
    }
}

void attend(const attention_of& a) {
    const int vectors = a.rows * a.heads;
    const int width = padded(a.head_dim);
    attention_state s{a, width, a.scratch, nullptr, nullptr, nullptr, nullptr, nullptr};
    s.values = s.query + vectors * width;
    s.scores = s.values + vectors * width;
    s.sums = s.scores + vectors * tile_positions;
    s.peaks = s.sums + vectors * lanes;
    for (int v = 0; v < vectors; ++v) {
        const real* from = a.query + v / a.heads * a.query_stride + v % a.heads * a.head_dim;
        for (int d = 0; d < a.head_dim; ++d) s.query[v * width + d] = from[d] * a.scale;
        for (int d = 0; d < width; ++d) s.values[v * width + d] = 0;
        for (int i = 0; i < lanes; ++i) s.sums[v * lanes + i] = 0;
        s.peaks[v] = -real(__builtin_inff());
    }
    const int last = a.first_position + a.rows - 1;
    for (int start = 0; start <= last; start += tile_positions) {
        s.blocks = a.blocks + start / block_positions;
        // Rows before the tile are done; those inside see a part of it.
        const int skipped = start > a.first_position ? start - a.first_position : 0;
        const int first = skipped * a.heads;
        const int left = last / block_positions - start / block_positions + 1;
        const int blocks = left < tile_blocks ? left : tile_blocks;
        const auto count_of = [&](int vector) {
            const int count = s.position_of(vector) - start + 1;
            return count < tile_positions ? count : tile_positions;
        };
        int v = first;
        for (; v + wide_vectors <= vectors; v += wide_vectors)
            score_blocks<wide_vectors>(s, v, blocks);
        for (; v < vectors; ++v) score_blocks<1>(s, v, blocks);
        for (v = first; v < vectors; ++v) exponentiate(s, v, count_of(v));
        v = first;
        for (; v + wide_vectors <= vectors; v += wide_vectors) {
            // What later rows see besides is nothing to the first, not even times zero: it may be
            // infinite.
            const int shared = count_of(v);
            add_all_values<wide_vectors>(s, v, 0, shared);
            for (int w = v + 1; w < v + wide_vectors; ++w) {
                if (count_of(w) > shared) add_all_values<1>(s, w, shared, count_of(w));
            }
        }
        for (; v < vectors; ++v) add_all_values<1>(s, v, 0, count_of(v));
    }
    for (int v = 0; v < vectors; ++v) write_attention(s, v);
}
