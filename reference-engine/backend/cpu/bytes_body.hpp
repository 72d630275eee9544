// Blocks of i8; a part of product_body.hpp. A block's products are summed as integers, exactly; what
// follows rounds alike on every processor, for nothing is fused.

template <class Element>
constexpr bool is_bytes = std::is_same_v<Element, byte_element>;

constexpr std::ptrdiff_t weight_block_bytes(int quads) { return (1 + quads) * 4 * lanes; }
constexpr std::ptrdiff_t input_block_bytes(int quads) {
    return static_cast<std::ptrdiff_t>(sizeof(block_head)) + 4 * quads;
}

inline vec load_scales(const std::byte* p) {
    float scales[lanes];
    __builtin_memcpy(scales, p, sizeof scales);
    real wide[lanes];
    for (int i = 0; i < lanes; ++i) wide[i] = static_cast<real>(scales[i]);
    return load(wide);
}

// A function of its own, lest the totals take registers from the sums.
template <int Rows, int Panels>
[[gnu::noinline]] void add_block(const strip& s, const std::byte* w, const std::byte* x,
                                 vec (&total)[Rows][Panels]) {
    block_head head[Rows];
    byte_element::sums sum[Rows][Panels];
    TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
        __builtin_memcpy(&head[r], x + r * s.row_stride, sizeof(block_head));
        TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
            sum[r][j] = byte_element::begin(head[r].correction);
        }
    }
    const std::byte* wq = w + 4 * lanes;
    const std::byte* xq = x + sizeof(block_head);
    for (int q = 0; q < s.quads; ++q, wq += 4 * lanes, xq += 4) {
        add_products<byte_element>(s, wq, xq, 0, sum);
    }
    TESSERA_UNROLL for (int j = 0; j < Panels; ++j) {
        const vec scales = load_scales(w + j * s.panel_stride);
        TESSERA_UNROLL for (int r = 0; r < Rows; ++r) {
            const vec scale = multiply(set(static_cast<real>(head[r].scale)), scales);
            total[r][j] = add(total[r][j], multiply(byte_element::widened(sum[r][j]), scale));
        }
    }
}

// Symmetric: the largest magnitude of a block becomes 127.
inline block_head quantise_block(const real* x, int size, std::int8_t* to) {
    vec most = set(0);
    vec trace = set(0);  // not a number where one of x is none, or infinite
    const auto take = [&](vec v) {
        most = maximum_of(most, maximum_of(v, subtract(set(0), v)));
        trace = add(trace, multiply(v, set(0)));
    };
    const auto part = [&](int i) {
        if (i + lanes <= size) return load(x + i);
        real rest[lanes] = {};
        for (int j = 0; i + j < size; ++j) rest[j] = x[i + j];
        return load(rest);
    };
    for (int i = 0; i < size; i += lanes) take(part(i));
    const real largest = largest_of(most);
    const real none = sum_of(trace);
    // Smaller ones have no reciprocal.
    constexpr real least_magnitude = real(1e-30);
    if (none != none || largest < least_magnitude) {
        __builtin_memset(to, 0, static_cast<std::size_t>(size));
        return {static_cast<float>(none), 0};
    }
    const vec factor = set(127 / largest);
    int sum = 0;
    for (int i = 0; i < size; i += lanes) {
        real rounded[lanes];
        store(rounded, nearest(multiply(part(i), factor)));
        const int here = size - i < lanes ? size - i : lanes;
        for (int j = 0; j < here; ++j) {
            to[i + j] = static_cast<std::int8_t>(rounded[j]);
            sum += to[i + j];
        }
    }
    return {static_cast<float>(largest / 127), -128 * sum};
}

inline void quantise(const real* x, int size, std::byte* to) {
    const int length = 4 * quads_of(size);
    for (int i = 0; i < size; i += length, to += input_block_bytes(length / 4)) {
        const int here = size - i < length ? size - i : length;
        auto* numbers = reinterpret_cast<std::int8_t*>(to + sizeof(block_head));
        const block_head head = quantise_block(x + i, here, numbers);
        __builtin_memcpy(to, &head, sizeof head);
        __builtin_memset(numbers + here, 0, static_cast<std::size_t>(length - here));
    }
}

// Rows [lane][inner] of a panel.
inline void widen_bytes(int inner, const std::byte* panel, real* rows, std::ptrdiff_t row) {
    const int quads = quads_of(inner);
    for (int k = 0; k < inner; ++k) {
        const std::byte* block = panel + k / (4 * quads) * weight_block_bytes(quads);
        const std::byte* numbers = block + (1 + k % (4 * quads) / 4) * 4 * lanes + k % 4;
        real scales[lanes];
        store(scales, load_scales(block));
        for (int lane = 0; lane < lanes; ++lane) {
            const int number = static_cast<int>(numbers[4 * lane]) - 128;
            rows[lane * row + k] = scales[lane] * static_cast<real>(number);
        }
    }
}
