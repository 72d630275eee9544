// What training needs beside inference; a part of kernels_body.hpp.

// One round of turn_square: trades off-diagonal quarters of squares of 2 * Size.
typedef real native __attribute__((vector_size(native_bytes)));
constexpr int native_lanes = native_bytes / sizeof(real);

template <int Size, std::size_t... Lane>
void trade(native* rows, std::index_sequence<Lane...> lane) {
    TESSERA_UNROLL for (int i = 0; i < native_lanes; ++i) {
        if (i & Size) continue;
        const native a = rows[i];
        const native b = rows[i + Size];
        rows[i] =
            __builtin_shufflevector(a, b, (Lane & Size ? native_lanes + Lane - Size : Lane)...);
        rows[i + Size] =
            __builtin_shufflevector(a, b, (Lane & Size ? native_lanes + Lane : Lane + Size)...);
    }
    if constexpr (Size > 1) trade<Size / 2>(rows, lane);
}

// out[i][j] = in[j][i] of a square of native lanes.
inline void turn_square(const real* in, std::ptrdiff_t in_row, real* out, std::ptrdiff_t out_row) {
    native rows[native_lanes];
    TESSERA_UNROLL for (int i = 0; i < native_lanes; ++i)
        __builtin_memcpy(&rows[i], in + i * in_row, sizeof(native));
    trade<native_lanes / 2>(rows, std::make_index_sequence<native_lanes>{});
    TESSERA_UNROLL for (int i = 0; i < native_lanes; ++i)
        __builtin_memcpy(out + i * out_row, &rows[i], sizeof(native));
}

void pack(int inner, int features, const real* b, std::ptrdiff_t row, std::ptrdiff_t column,
          real* panels) {
    const std::ptrdiff_t distance = std::ptrdiff_t{inner} * lanes;
    if (column == 1)
        return pack_panels<whole_element>(inner, features, reinterpret_cast<const std::byte*>(b),
                                          row * std::ptrdiff_t{sizeof(real)}, panels, distance);
    for (int first = 0; first < features; first += lanes, panels += distance) {
        const int width = least(lanes, features - first);
        const real* from = b + first * column;
        const int squares = row == 1 ? width / native_lanes * native_lanes : 0;
        if (width < lanes)
            __builtin_memset(panels, 0, sizeof(real) * static_cast<std::size_t>(distance));
        for (int i = 0; i < inner; i += native_lanes) {
            const int here = least(native_lanes, inner - i);
            int j = 0;
            if (here == native_lanes)
                for (; j < squares; j += native_lanes)
                    turn_square(from + j * column + i, column, panels + i * lanes + j, lanes);
            for (; j < width; ++j)
                for (int d = 0; d < here; ++d)
                    panels[(i + d) * lanes + j] = from[j * column + (i + d) * row];
        }
    }
}

void unpack(element type, int inner, const std::byte* panel, real* rows, std::ptrdiff_t row) {
    if (type == element::i8) return widen_bytes(inner, panel, rows, row);
    constexpr int most = native_lanes;
    real wide[most * lanes];
    for (int i = 0; i < inner; i += most) {
        const int here = least(most, inner - i);
        const real* from = wide;
        if (type == element::f32) {
            from = reinterpret_cast<const real*>(panel) + i * lanes;
        } else {
            for (int k = 0; k < here; ++k)
                store(wide + k * lanes, widened(panel + (i + k) / 2 * 4 * lanes, (i + k) % 2));
        }
        for (int j = 0; j < lanes; j += most) {
            if (here == most) {
                turn_square(from + j, lanes, rows + j * row + i, row);
                continue;
            }
            for (int lane = j; lane < j + most; ++lane)
                for (int k = 0; k < here; ++k) rows[lane * row + i + k] = from[k * lanes + lane];
        }
    }
}

void convert(const real* x, int size, target to) {
    if (to.type == element::i8) return quantise(x, size, to.data);
    for (int i = 0; i < size; i += lanes) store_as(to.type, to.data, i, load(x + i));
}

void rms_norm_backward(const real* x, const real* weight, int size, real inverse, const real* dy,
                       real* dx, real* dweight) {
    vec along = set(0);
    for (int i = 0; i < size; i += lanes)
        along = multiply_add(multiply(load(x + i), load(dy + i)), load(weight + i), along);
    const vec scale = set(inverse);
    const vec back = set(-sum_of(along) * inverse * inverse * inverse / real(size));
    for (int i = 0; i < size; i += lanes) {
        const vec dnormed = multiply(load(dy + i), scale);
        vec d = multiply_add(dnormed, load(weight + i), load(dx + i));
        store(dx + i, multiply_add(load(x + i), back, d));
        if (!dweight) continue;
        d = multiply_add(dnormed, load(x + i), load(dweight + i, size - i));
        store(dweight + i, size - i, d);
    }
}

void swiglu_backward(const real* gate_up, int pairs, const real* dact, real* dgate, real* dup) {
    const vec one = set(1);
    for (int i = 0; i < pairs * lanes; i += lanes) {
        const vec gate = load(gate_up + 2 * i);
        const vec up = load(gate_up + 2 * i + lanes);
        const vec d = load(dact + i);
        const vec sigmoid = divide(one, add(one, exponential(subtract(set(0), gate))));
        const vec silu = multiply(gate, sigmoid);
        const vec slope = multiply_add(silu, subtract(one, sigmoid), sigmoid);
        store(dgate + i, multiply(multiply(d, up), slope));
        store(dup + i, multiply(d, silu));
    }
}

// x -> exp(scale * (x - top)); returns the sum.
inline real exponentiate_all(int size, real scale, real top, real* x) {
    real total = 0;
    for (int i = 0; i < size; i += exponential_stretch) {
        real part;
        exponentials(x + i, least(exponential_stretch, size - i), top, scale, x + i, &part);
        total += part;
    }
    return total;
}

inline void scale_all(int size, real factor, real* x) {
    for (int i = 0; i < size; i += lanes)
        store(x + i, size - i, multiply(load(x + i, size - i), set(factor)));
}

void softmax(int rows, int first, int n, real scale, real* scores, std::ptrdiff_t row,
             real* log_sum) {
    for (int r = 0; r < rows; ++r) {
        real* x = scores + r * row;
        const int count = first + r + 1;
        const real top = maximum(x, count);
        const real total = exponentiate_all(count, scale, top, x);
        scale_all(count, 1 / total, x);
        for (int i = count; i < n; ++i) x[i] = 0;
        log_sum[r] = scale * top + static_cast<real>(::log(static_cast<double>(total)));
    }
}

void softmax_backward(int rows, int first, int n, real scale, const real* log_sum,
                      const real* delta, real* scores, real* dscores, std::ptrdiff_t row) {
    for (int r = 0; r < rows; ++r) {
        real* x = scores + r * row;
        real* dx = dscores + r * row;
        const int count = first + r + 1;
        const vec shift = set(-log_sum[r]);
        const vec mean = set(delta[r]);
        const vec factor = set(scale);
        for (int i = 0; i < count; i += lanes) {
            const int here = count - i;
            const vec p = exponential(multiply_add(load(x + i, here), factor, shift));
            store(x + i, here, p);
            const vec d = multiply(p, subtract(load(dx + i, here), mean));
            store(dx + i, here, multiply(d, factor));
        }
        for (int i = count; i < n; ++i) x[i] = dx[i] = 0;
    }
}

double cross_entropy(int size, int target, real scale, real* logits) {
    const real top = maximum(logits, size);
    const double wanted = static_cast<double>(logits[target]) - static_cast<double>(top);
    const real total = exponentiate_all(size, 1, top, logits);
    scale_all(size, scale / total, logits);
    logits[target] -= scale;
    return wanted - ::log(static_cast<double>(total));
}

real dot(int size, const real* a, const real* b) {
    vec sum = set(0);
    int i = 0;
    for (; i + lanes <= size; i += lanes) sum = multiply_add(load(a + i), load(b + i), sum);
    if (i < size) sum = multiply_add(load(a + i, size - i), load(b + i, size - i), sum);
    return sum_of(sum);
}

void add_scaled(int size, real factor, const real* a, real* sum) {
    const vec factors = set(factor);
    for (int i = 0; i < size; i += lanes) {
        const int here = size - i;
        store(sum + i, here, multiply_add(load(a + i, here), factors, load(sum + i, here)));
    }
}

double reduce(int size, int copies, std::size_t stride, real* gradient) {
    for (int copy = 1; copy < copies; ++copy)
        add_scaled(size, 1, gradient + static_cast<std::size_t>(copy) * stride, gradient);
    return static_cast<double>(dot(size, gradient, gradient));
}

void adamw(int size, real clip, real rate, real decay, real beta1, real beta2, real epsilon,
           const real* gradient, real* m, real* v, real* weight) {
    const vec keep1 = set(beta1);
    const vec take1 = set(1 - beta1);
    const vec keep2 = set(beta2);
    const vec take2 = set(1 - beta2);
    for (int i = 0; i < size; i += lanes) {
        const int here = size - i;
        const vec g = multiply(load(gradient + i, here), set(clip));
        const vec first = multiply_add(keep1, load(m + i, here), multiply(take1, g));
        const vec second = multiply_add(keep2, load(v + i, here), multiply(multiply(take2, g), g));
        const vec w = load(weight + i, here);
        const vec move = divide(multiply(set(rate), first), add(root(second), set(epsilon)));
        store(m + i, here, first);
        store(v + i, here, second);
        store(weight + i, here, subtract(w, multiply_add(w, set(decay), move)));
    }
}
