// The blocked product; a part of kernels_body.hpp.

// Groups of a cut along k: a panel or two of them stay in the first cache.
constexpr int depth = 256;
constexpr int byte_depth = depth * 4 / longest_block;
// Rows of a block where k is cut, and of inputs that are packed on the way: they stay in the second.
constexpr int block_rows = 16 * tile_rows;
// Tiles of what is packed on the way: narrow, for heads are.
constexpr int tall_rows = accumulators / 2 > tile_rows ? accumulators / 2 : tile_rows;
constexpr int tall_panels = accumulators / tall_rows > 0 ? accumulators / tall_rows : 1;
// Panels of weights that are packed on the way at a time.
constexpr int block_panels = 32;

// What tiles read and write; all offsets are from its first row and panel.
struct strip {
    const std::byte* input;
    std::ptrdiff_t tile_stride;  // bytes a row, between tiles
    std::ptrdiff_t row_stride;   // the same inside a tile
    std::ptrdiff_t step;         // from group to group
    const std::byte* weights;
    std::ptrdiff_t panel_stride;
    std::ptrdiff_t weight_step;  // from group to group
    int quads;                   // of a block of bytes
    int rows;
    int groups;
    const real* begin;  // where chains begin; null: with zero
    std::ptrdiff_t begin_stride;
    real* output;
    std::ptrdiff_t output_stride;
    const real* bias;
    const real* residual;  // [row][output_stride]
};

// Adds the products of one group, or of one quad of bytes, to sums in registers.
template <class Element, int Rows, int Panels, class Sum>
[[gnu::always_inline]] inline void add_products(const strip& s, const std::byte* w,
                                                const std::byte* x, int part,
                                                Sum (&sum)[Rows][Panels]) {
    if constexpr (Rows <= Panels) {
        typename Element::operand xs[Rows];
        TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
            xs[r] = Element::broadcast(x + r * s.row_stride, part);
        }
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            const auto wj = Element::load(w + j * s.panel_stride, part);
            TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
                sum[r][j] = Element::dot(wj, xs[r], sum[r][j]);
            }
        }
    } else {
        decltype(Element::load(w, part)) ws[Panels];
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            ws[j] = Element::load(w + j * s.panel_stride, part);
        }
        TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
            const auto xr = Element::broadcast(x + r * s.row_stride, part);
            TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
                sum[r][j] = Element::dot(ws[j], xr, sum[r][j]);
            }
        }
    }
}

#include "backend/cpu/bytes_body.hpp"

// Rows x Panels outputs in registers. Inlined, its loop would share them with loops around it, and spill.
template <class Element, int Rows, int Panels>
[[gnu::noinline]] void multiply_tile(const strip& s, int row, int panel) {
    const std::byte* w = s.weights + panel * s.panel_stride;
    const std::byte* x = s.input + row * s.tile_stride;
    vec sum[Rows][Panels];
    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            sum[r][j] =
                s.begin ? load(s.begin + (row + r) * s.begin_stride + (panel + j) * lanes) : set(0);
        }
    }
    for (int k = 0; k < s.groups; ++k) {
        if constexpr (is_bytes<Element>) {
            add_block(s, w, x, sum);
            w += s.weight_step;
        } else {
            TESSERA_UNROLL for (int part = 0; part < Element::parts; ++part) {
                add_products<Element>(s, w, x, part, sum);
            }
            w += Element::group_bytes;
        }
        x += s.step;
    }
    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            const std::ptrdiff_t at = (row + r) * s.output_stride + (panel + j) * lanes;
            vec y = sum[r][j];
            if (s.bias) y = add(y, load(s.bias + (panel + j) * lanes));
            if (s.residual) y = add(y, load(s.residual + at));
            store(s.output + at, y);
        }
    }
}

template <class Element, int Rows, int Panels>
void multiply_last_rows(const strip& s, int row, int panel) {
    if constexpr (Rows > 0) {
        if (s.rows - row == Rows) return multiply_tile<Element, Rows, Panels>(s, row, panel);
        multiply_last_rows<Element, Rows - 1, Panels>(s, row, panel);
    }
}

// Runs tiles of `Panels` panels while there are so many, for at most `Rows` rows a tile; the rest
// in tiles of half the panels.
template <class Element, int Rows, int Panels>
void multiply_panels(const strip& s, int first, int last) {
    for (; last - first >= Panels; first += Panels) {
        int row = 0;
        for (; s.rows - row >= Rows; row += Rows)
            multiply_tile<Element, Rows, Panels>(s, row, first);
        multiply_last_rows<Element, Rows - 1, Panels>(s, row, first);
    }
    if constexpr (Panels > 1) {
        if (first < last) multiply_panels<Element, Rows, Panels / 2>(s, first, last);
    }
}

constexpr int panels_for(int rows) {
    int panels = 8;
    while (panels > 1 && rows * panels > accumulators) panels /= 2;
    return panels;
}

template <class Element, int Rows = 1>
void multiply_rows(const strip& s, int first, int last) {
    if constexpr (Rows < tile_rows) {
        if (s.rows > Rows) return multiply_rows<Element, Rows + 1>(s, first, last);
    }
    multiply_panels<Element, Rows, panels_for(Rows)>(s, first, last);
}

inline int least(int a, int b) { return a < b ? a : b; }
template <class Element>
constexpr int blocks_of(int groups) {
    constexpr int most = is_bytes<Element> ? byte_depth : depth;
    return (groups + most - 1) / most;
}
// Where a block begins; all are about as long.
constexpr int border_of(int groups, int block, int blocks) {
    return static_cast<int>(std::ptrdiff_t{groups} * block / blocks);
}

// Panels and rows as they lie. Where k is cut, the chains of a few panels and rows wait outside the
// output, which may still be wanted.
template <class Element>
void multiply_packed(const product_of& p, std::ptrdiff_t panel_stride, int first, int last) {
    strip s{};
    s.input = p.input;
    s.tile_stride = s.row_stride = p.input_stride;
    s.weights = p.weights;
    s.panel_stride = panel_stride;
    if constexpr (is_bytes<Element>) {
        s.step = input_block_bytes(p.quads);
        s.weight_step = weight_block_bytes(p.quads);
        s.quads = p.quads;
    } else {
        s.step = Element::input_bytes;
        s.weight_step = Element::group_bytes;
    }
    s.rows = p.rows;
    s.groups = p.groups;
    s.output = p.output;
    s.output_stride = p.output_stride;
    s.bias = p.bias;
    if (p.continued) {
        s.begin = p.output;
        s.begin_stride = p.output_stride;
    }
    if (p.accumulate) s.residual = p.output;
    const int blocks = blocks_of<Element>(p.groups);
    if (blocks == 1 || p.rows <= 2 * tile_rows) return multiply_rows<Element>(s, first, last);

    constexpr int wide = panels_for(tile_rows);
    real waiting[block_rows * wide * lanes];
    for (int panel = first; panel < last; panel += wide) {
        const int panels = least(wide, last - panel);
        for (int row = 0; row < p.rows; row += block_rows) {
            for (int block = 0; block < blocks; ++block) {
                const int from = border_of(p.groups, block, blocks);
                const bool begins = block == 0;
                const bool ends = block + 1 == blocks;
                real* const output = p.output + row * p.output_stride + panel * lanes;
                strip b = s;
                b.input = p.input + row * p.input_stride + from * s.step;
                b.weights = p.weights + panel * panel_stride + from * s.weight_step;
                b.rows = least(block_rows, p.rows - row);
                b.groups = border_of(p.groups, block + 1, blocks) - from;
                b.begin = begins ? (s.begin ? output : nullptr) : waiting;
                b.begin_stride = begins ? p.output_stride : wide * lanes;
                b.output = ends ? output : waiting;
                b.output_stride = ends ? p.output_stride : wide * lanes;
                b.bias = ends && p.bias ? p.bias + panel * lanes : nullptr;
                b.residual = ends && p.accumulate ? output : nullptr;
                multiply_panels<Element, tile_rows, wide>(b, 0, panels);
            }
        }
    }
}

// The columns of the last panel, by way of tiles that are whole.
template <class Element>
void multiply_edge(strip s, int columns) {
    real whole[tall_rows * lanes];
    const strip all = s;
    s.output = whole;
    s.output_stride = lanes;
    if (all.begin) s.begin = whole;
    s.begin_stride = lanes;
    for (int row = 0; row < all.rows; row += tall_rows) {
        s.rows = least(tall_rows, all.rows - row);
        s.input = all.input + row * all.tile_stride;
        if (all.begin) {
            for (int r = 0; r < s.rows; ++r)
                for (int j = 0; j < lanes; ++j)
                    whole[r * lanes + j] =
                        j < columns ? all.begin[(row + r) * all.begin_stride + j] : real(0);
        }
        multiply_panels<Element, tall_rows, 1>(s, 0, 1);
        for (int r = 0; r < s.rows; ++r)
            for (int j = 0; j < columns; ++j)
                all.output[(row + r) * all.output_stride + j] = whole[r * lanes + j];
    }
}

// A group of each lane: numbers of rows of k, `stride` apart, of which `left` are there. Lanes from
// `width` on are zero.
template <class Element>
[[gnu::always_inline]] inline vec group_of(const std::byte* from, std::ptrdiff_t stride, int left,
                                           int width) {
    const auto row = [&](int i) {
        return load(reinterpret_cast<const real*>(from + i * stride), width);
    };
    if constexpr (Element::numbers == 1) {
        return row(0);
    } else {
        return Element::pair(row(0), left > 1 ? row(1) : set(0));
    }
}

// [inner][row], as [tile][group][row in tile]. What it writes may reach a vector beyond that.
template <class Element>
void pack_rows(int rows, int inner, const std::byte* from, std::ptrdiff_t stride, real* packed) {
    for (int row = 0; row < rows; row += tall_rows) {
        const int here = least(lanes, rows - row);
        const std::byte* x = from + std::ptrdiff_t{row} * std::ptrdiff_t{sizeof(real)};
        for (int k = 0; k < inner; k += Element::numbers, packed += tall_rows) {
            if (Element::numbers == 1 && here >= tall_rows) {
                __builtin_memcpy(packed, x, sizeof(real) * tall_rows);
            } else {
                store(packed, group_of<Element>(x, stride, inner - k, here));
            }
            x += Element::numbers * stride;
        }
    }
}

// [row][inner] as [row][group].
template <class Element>
void round_rows(int rows, int inner, const std::byte* from, std::ptrdiff_t stride, real* rounded) {
    const int groups = (inner + Element::numbers - 1) / Element::numbers;
    std::byte line[lanes * 2];
    for (int row = 0; row < rows; ++row, from += stride) {
        auto* to = reinterpret_cast<std::byte*>(rounded + std::ptrdiff_t{row} * groups);
        for (int k = 0; k < inner; k += lanes, to += sizeof line) {
            const int here = least(lanes, inner - k);
            const vec x = load(reinterpret_cast<const real*>(from) + k, here);
            if (here == lanes) {
                Element::store_input(to, x);
                continue;
            }
            Element::store_input(line, x);
            __builtin_memcpy(to, line, static_cast<std::size_t>(here + here % 2) * 2);
        }
    }
}

// [inner][feature], as [panel][group][lane]. Reads each row once, from end to end, and writes to all
// panels at a time; `distance` should not be a multiple of a large power of two, lest they share one
// set of the cache.
template <class Element>
void pack_panels(int inner, int features, const std::byte* from, std::ptrdiff_t stride,
                 real* packed, std::ptrdiff_t distance) {
    const int panels = (features + lanes - 1) / lanes;
    for (int k = 0; k < inner; k += Element::numbers, packed += lanes) {
        const std::byte* x = from;
        for (int j = 0; j < panels; ++j, x += sizeof(real) * lanes)
            store(packed + j * distance,
                  group_of<Element>(x, stride, inner - k, least(lanes, features - j * lanes)));
        from += Element::numbers * stride;
    }
}

// What does not lie as tiles read it is packed, a block at a time.
template <class Element>
void multiply_packing(const product_of& p, std::ptrdiff_t panel_stride, int first, int last) {
    constexpr std::ptrdiff_t size = sizeof(real);  // of a group as well
    constexpr int numbers = Element::numbers;
    constexpr int packed_rows = 240 / tall_rows * tall_rows;
    const int features = p.columns > 0 ? p.columns : last * lanes;
    real* const inputs = reinterpret_cast<real*>(p.scratch);
    real* const weights = inputs + packed_rows * depth + lanes;
    static_assert((packed_rows * depth + lanes + block_panels * lanes * (depth + 1)) *
                      sizeof(real) <=
                  product_scratch<real>);
    const int all = (p.groups + numbers - 1) / numbers;
    const int blocks = blocks_of<whole_element>(all);
    for (int block = 0; block < blocks; ++block) {
        const int first_group = border_of(all, block, blocks);
        const int groups = border_of(all, block + 1, blocks) - first_group;
        const int from = first_group * numbers;
        const int inner = least(groups * numbers, p.groups - from);
        for (int group = first; group < last; group += block_panels) {
            const int panels = least(block_panels, last - group);
            const std::byte* w = p.weights + group * panel_stride + first_group * size * lanes;
            std::ptrdiff_t distance = panel_stride;
            if (p.weight_stride != 0) {
                distance = (groups + 1) * size * lanes;
                pack_panels<Element>(inner, least(panels * lanes, features - group * lanes),
                                     p.weights + from * p.weight_stride + group * size * lanes,
                                     p.weight_stride, weights, distance / size);
                w = reinterpret_cast<const std::byte*>(weights);
            }
            const bool as_they_lie = numbers == 1 && !p.input_turned;
            const int step = as_they_lie ? p.rows : packed_rows;
            for (int row = 0; row < p.rows; row += step) {
                strip s{};
                s.rows = least(step, p.rows - row);
                s.groups = groups;
                s.input = reinterpret_cast<const std::byte*>(inputs);
                if (p.input_turned) {
                    pack_rows<Element>(s.rows, inner, p.input + from * p.input_stride + row * size,
                                       p.input_stride, inputs);
                    s.tile_stride = groups * size;
                    s.row_stride = size;
                    s.step = tall_rows * size;
                } else {
                    const std::byte* x = p.input + row * p.input_stride + from * size;
                    s.tile_stride = s.row_stride = groups * size;
                    s.step = size;
                    if constexpr (numbers == 1) {
                        s.input = x;
                        s.tile_stride = s.row_stride = p.input_stride;
                    } else {
                        round_rows<Element>(s.rows, inner, x, p.input_stride, inputs);
                    }
                }
                s.weights = w;
                s.panel_stride = distance;
                s.output = p.output + row * p.output_stride + group * lanes;
                s.output_stride = s.begin_stride = p.output_stride;
                s.begin = p.continued || from > 0 ? s.output : nullptr;
                const int whole = least(panels, features / lanes - group);
                multiply_panels<Element, tall_rows, tall_panels>(s, 0, whole);
                if (whole == panels) continue;
                s.weights += whole * distance;
                s.output += whole * lanes;
                if (s.begin) s.begin = s.output;
                multiply_edge<Element>(s, features % lanes);
            }
        }
    }
}

void multiply(const product_of& p, int first, int last) {
    const bool packing = p.weight_stride != 0 || p.input_turned || p.columns % lanes != 0;
    if (p.type == element::bf16) {
        const auto stride = std::ptrdiff_t{p.groups} * bf16_element::group_bytes;
        if constexpr (bf16_element::input == element::bf16) {
            if (packing) return multiply_packing<bf16_element>(p, stride, first, last);
        }
        return multiply_packed<bf16_element>(p, stride, first, last);
    }
    if (p.type == element::i8) {
        const auto stride = std::ptrdiff_t{p.groups} * weight_block_bytes(p.quads);
        return multiply_packed<byte_element>(p, stride, first, last);
    }
    const auto stride = p.panel_stride != 0 ? p.panel_stride
                                            : std::ptrdiff_t{p.groups} * whole_element::group_bytes;
    if (packing) return multiply_packing<whole_element>(p, stride, first, last);
    multiply_packed<whole_element>(p, stride, first, last);
}
