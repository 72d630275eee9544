// The kernels in terms of one instruction set's `vec` of 16 floats. Every source file that compiles
// for a set defines the primitives and includes this inside its unnamed namespace, so that no
// function compiled for a newer processor is ever linked into another's code. It includes nothing
// itself. Where an operand of maximum_of or minimum_of is NaN, they give the second one.

#define TESSERA_UNROLL _Pragma("GCC unroll 16")

// Cephes' expf: relative error below 2^-22 on [-87.3, 88]; arguments beyond are clamped, NaN stays.
inline vec exponential(vec x) {
    x = maximum_of(set(-87.3F), minimum_of(set(88.0F), x));
    const vec n = nearest(multiply(x, set(1.44269504F)));
    vec r = multiply_add(n, set(-0.693359375F), x);
    r = multiply_add(n, set(2.12194440e-4F), r);
    vec y = set(1.9875691500e-4F);
    y = multiply_add(y, r, set(1.3981999507e-3F));
    y = multiply_add(y, r, set(8.3334519073e-3F));
    y = multiply_add(y, r, set(4.1665795894e-2F));
    y = multiply_add(y, r, set(1.6666665459e-1F));
    y = multiply_add(y, r, set(5.0000001201e-1F));
    y = multiply_add(y, multiply(r, r), add(r, set(1.0F)));
    return multiply(y, power_of_two(n));
}

inline float sum_of(vec x) {
    float part[lanes];
    store(part, x);
    for (int half = lanes / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) part[i] += part[i + half];
    }
    return part[0];
}

inline float largest_of(vec x) {
    float part[lanes];
    store(part, x);
    float result = part[0];
    for (int i = 1; i < lanes; ++i) result = part[i] > result ? part[i] : result;
    return result;
}

template <class Element = bf16_element>
void store_as([[maybe_unused]] element type, std::byte* data, std::ptrdiff_t index, vec x) {
    if constexpr (Element::input == element::bf16) {
        if (type == element::bf16) return Element::store_input(data + 2 * index, x);
    }
    store(reinterpret_cast<float*>(data) + index, x);
}

// Rows x Panels outputs in registers.
template <class Element, int Rows, int Panels>
void multiply_tile(const product& p, int row, int panel) {
    const std::ptrdiff_t panel_size = std::ptrdiff_t{p.groups} * lanes * 4;
    const std::byte* weights = p.weights + panel * panel_size;
    const std::byte* input = p.input + row * p.input_stride;
    vec sum[Rows][Panels];
    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) sum[r][j] = set(0.0F);
    }
    for (std::ptrdiff_t k = 0; k < p.groups; ++k) {
        const std::byte* x = input + k * Element::input_bytes;
        const std::byte* w = weights + k * (4 * lanes);
        TESSERA_UNROLL for (int part = 0; part < Element::parts; ++part) {
            if constexpr (Rows <= Panels) {
                typename Element::operand xs[Rows];
                TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
                    xs[r] = Element::broadcast(x + r * p.input_stride, part);
                }
                TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
                    const auto wj = Element::load(w + j * panel_size, part);
                    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
                        sum[r][j] = Element::dot(wj, xs[r], sum[r][j]);
                    }
                }
            } else {
                typename Element::operand ws[Panels];
                TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
                    ws[j] = Element::load(w + j * panel_size, part);
                }
                TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
                    const auto xr = Element::broadcast(x + r * p.input_stride, part);
                    TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
                        sum[r][j] = Element::dot(ws[j], xr, sum[r][j]);
                    }
                }
            }
        }
    }
    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            float* output = p.output + (row + r) * p.output_stride + (panel + j) * lanes;
            vec y = sum[r][j];
            if (p.bias) y = add(y, load(p.bias + (panel + j) * lanes));
            if (p.accumulate) y = add(y, load(output));
            store(output, y);
        }
    }
}

template <class Element, int Rows, int Panels>
void multiply_last_rows(const product& p, int row, int panel) {
    if constexpr (Rows > 0) {
        if (p.rows - row == Rows) return multiply_tile<Element, Rows, Panels>(p, row, panel);
        multiply_last_rows<Element, Rows - 1, Panels>(p, row, panel);
    }
}

// Runs tiles of `Panels` panels while there are so many, for at most `Rows` rows a tile; the rest
// in tiles of half the panels.
template <class Element, int Rows, int Panels>
void multiply_panels(const product& p, int first, int last) {
    for (; last - first >= Panels; first += Panels) {
        int row = 0;
        for (; p.rows - row >= Rows; row += Rows)
            multiply_tile<Element, Rows, Panels>(p, row, first);
        multiply_last_rows<Element, Rows - 1, Panels>(p, row, first);
    }
    if constexpr (Panels > 1) {
        if (first < last) multiply_panels<Element, Rows, Panels / 2>(p, first, last);
    }
}

constexpr int panels_for(int rows) {
    int panels = 8;
    while (panels > 1 && rows * panels > accumulators) panels /= 2;
    return panels;
}

template <class Element, int Rows = 1>
void multiply_rows(const product& p, int first, int last) {
    if constexpr (Rows < tile_rows) {
        if (p.rows > Rows) return multiply_rows<Element, Rows + 1>(p, first, last);
    }
    multiply_panels<Element, Rows, panels_for(Rows)>(p, first, last);
}

void rms_norm(const float* x, const float* weight, int size, float eps, target to) {
    vec sum = set(0.0F);
    for (int i = 0; i < size; i += lanes) {
        const vec v = load(x + i);
        sum = multiply_add(v, v, sum);
    }
    const float mean = sum_of(sum) / static_cast<float>(size);
    const vec factor = set(1.0F / __builtin_sqrtf(mean + eps));
    for (int i = 0; i < size; i += lanes) {
        store_as(to.type, to.data, i, multiply(multiply(load(x + i), factor), load(weight + i)));
    }
}

void swiglu(const float* gate_up, int pairs, target to) {
    const vec one = set(1.0F);
    for (int i = 0; i < pairs; ++i) {
        const vec gate = load(gate_up + 2 * i * lanes);
        const vec up = load(gate_up + (2 * i + 1) * lanes);
        const vec denominator = add(one, exponential(subtract(set(0.0F), gate)));
        store_as(to.type, to.data, i * lanes, multiply(divide(gate, denominator), up));
    }
}

void exponentials(const float* x, int size, float shift, float scale, float* output, float* sums) {
    const vec shifts = set(shift);
    const vec scales = set(scale);
    for (int start = 0; start < size; start += exponential_stretch) {
        const int end = start + exponential_stretch < size ? start + exponential_stretch : size;
        vec sum = set(0.0F);
        int i = start;
        for (; i + lanes <= end; i += lanes) {
            const vec y = exponential(multiply(subtract(load(x + i), shifts), scales));
            store(output + i, y);
            sum = add(sum, y);
        }
        float total = sum_of(sum);
        if (i < end) {
            float part[lanes];
            for (int j = 0; j < lanes; ++j) part[j] = i + j < end ? x[i + j] : shift;
            store(part, exponential(multiply(subtract(load(part), shifts), scales)));
            for (int j = 0; i + j < end; ++j) {
                output[i + j] = part[j];
                total += part[j];
            }
        }
        *sums++ = total;
    }
}

float maximum(const float* x, int size) {
    vec largest = set(-__builtin_inff());
    vec trace = set(0.0F);  // NaN where a value was
    const auto take = [&](vec v) {
        largest = maximum_of(v, largest);
        trace = add(trace, maximum_of(set(-1.0F), minimum_of(set(0.0F), v)));
    };
    int i = 0;
    for (; i + lanes <= size; i += lanes) take(load(x + i));
    if (i < size) {
        float rest[lanes];
        for (int j = 0; j < lanes; ++j) rest[j] = x[i + j < size ? i + j : i];
        take(load(rest));
    }
    const float sum = sum_of(trace);
    return sum == sum ? largest_of(largest) : sum;
}

// Scores and weighted values are computed in tiles of that many positions, counted from the
// sequence's start, with a running maximum and sum (the online softmax of FlashAttention).
constexpr int tile_blocks = 4;
constexpr int tile_positions = tile_blocks * block_positions;

struct attention_state {
    const attention& a;
    int width;          // of a vector in scratch
    float* query;       // [vector][width], scaled
    float* values;      // [vector][width], weighted by the exponentials
    float* scores;      // [vector][tile_positions], then the exponentials
    float* sums;        // [vector][lanes], of the exponentials
    float* peaks;       // [vector]
    const int* blocks;  // of the tile

    const float* keys_of(int block) const { return a.cache + blocks[block] * a.block_stride; }
    int position_of(int vector) const { return a.first_position + vector / a.heads; }
};

template <int Vectors, int Blocks>
void score(const attention_state& s, int vector, int block) {
    vec sum[Vectors][Blocks];
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int b = 0; b < Blocks; ++b) sum[v][b] = set(0.0F);
    }
    const float* query = s.query + vector * s.width;
    const float* keys[Blocks];
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
    float* values = s.values + vector * s.width + column;
    TESSERA_UNROLL for (int v = 0; v < Vectors; ++v) {
        TESSERA_UNROLL for (int c = 0; c < Lanes; ++c) sum[v][c] =
            load(values + v * s.width + c * lanes);
    }
    const float* weights = s.scores + vector * tile_positions;
    for (int block = first / block_positions; block * block_positions < count; ++block) {
        const float* rows = s.keys_of(block) + s.a.value_offset + column;
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
    float* scores = s.scores + vector * tile_positions;
    for (int t = count; t < tile_positions; ++t) scores[t] = -__builtin_inff();
    vec part[tile_blocks];
    for (int b = 0; b < tile_blocks; ++b) part[b] = load(scores + b * lanes);
    const float here =
        largest_of(maximum_of(maximum_of(part[0], part[1]), maximum_of(part[2], part[3])));
    vec sum = load(s.sums + vector * lanes);
    if (here > s.peaks[vector]) {
        const vec factor = exponential(set(s.peaks[vector] - here));
        s.peaks[vector] = here;
        sum = multiply(sum, factor);
        float* values = s.values + vector * s.width;
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
    const attention& a = s.a;
    const vec factor = set(1.0F / sum_of(load(s.sums + vector * lanes)));
    float* values = s.values + vector * s.width;
    for (int i = 0; i < s.width; i += lanes) store(values + i, multiply(load(values + i), factor));
    std::byte* output = a.output.data + (vector / a.heads) * a.output_stride;
    const int column = vector % a.heads * a.head_dim;
    int i = 0;
    for (; i + lanes <= a.head_dim; i += lanes)
        store_as(a.output.type, output, column + i, load(values + i));
    if (i < a.head_dim) {
        // Not beyond the head's end: the next head belongs to another thread.
        std::byte rest[lanes * 4];
        store_as(a.output.type, rest, 0, load(values + i));
        const std::size_t size = size_of(a.output.type);
        __builtin_memcpy(output + static_cast<std::size_t>(column + i) * size, rest,
                         static_cast<std::size_t>(a.head_dim - i) * size);
    }
}

void attend(const attention& a) {
    const int vectors = a.rows * a.heads;
    const int width = padded(a.head_dim);
    attention_state s{a, width, a.scratch, nullptr, nullptr, nullptr, nullptr, nullptr};
    s.values = s.query + vectors * width;
    s.scores = s.values + vectors * width;
    s.sums = s.scores + vectors * tile_positions;
    s.peaks = s.sums + vectors * lanes;
    for (int v = 0; v < vectors; ++v) {
        const float* from = a.query + v / a.heads * a.query_stride + v % a.heads * a.head_dim;
        for (int d = 0; d < a.head_dim; ++d) s.query[v * width + d] = from[d] * a.scale;
        for (int d = 0; d < width; ++d) s.values[v * width + d] = 0;
        for (int i = 0; i < lanes; ++i) s.sums[v * lanes + i] = 0;
        s.peaks[v] = -__builtin_inff();
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

constexpr kernels make_kernels(const char* name) {
    kernels result;
    result.name = name;
    result.bf16_input = bf16_element::input;
    result.multiply_f32 = multiply_rows<f32_element>;
    result.multiply_bf16 = multiply_rows<bf16_element>;
    result.rms_norm = rms_norm;
    result.swiglu = swiglu;
    result.attend = attend;
    result.exponentials = exponentials;
    result.maximum = maximum;
    return result;
}

#undef TESSERA_UNROLL
