// The kernels in terms of one instruction set's `vec` of 16 `real`s. Every source file that compiles
// for a set defines the primitives and includes this inside its unnamed namespace, so that no
// function compiled for a newer processor is ever linked into another's code. It includes only parts
// of itself. Where an operand of maximum_of or minimum_of is NaN, they give the second one.

#define TESSERA_UNROLL _Pragma("GCC unroll 16")

using product_of = basic_product<real>;
using attention_of = basic_attention<real>;

constexpr std::size_t bytes_of(element type) {
    return type == element::f32 ? sizeof(real) : size_of(type);
}

inline float square_root(float x) { return __builtin_sqrtf(x); }
inline double square_root(double x) { return __builtin_sqrt(x); }

inline real sum_of(vec x) {
    real part[lanes];
    store(part, x);
    for (int half = lanes / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; ++i) part[i] += part[i + half];
    }
    return part[0];
}

inline real largest_of(vec x) {
    real part[lanes];
    store(part, x);
    real result = part[0];
    for (int i = 1; i < lanes; ++i) result = part[i] > result ? part[i] : result;
    return result;
}

template <class Element = bf16_element>
inline void store_as([[maybe_unused]] element type, std::byte* data, std::ptrdiff_t index, vec x) {
    if constexpr (Element::input == element::bf16) {
        if (type == element::bf16) return Element::store_input(data + 2 * index, x);
    }
    store(reinterpret_cast<real*>(data) + index, x);
}

// Stretches of `size` from p on that need not be whole.
inline vec load(const real* p, int size) {
    if (size >= lanes) return load(p);
    real part[lanes] = {};
    for (int i = 0; i < size; ++i) part[i] = p[i];
    return load(part);
}
inline void store(real* p, int size, vec x) {
    if (size >= lanes) return store(p, x);
    real part[lanes];
    store(part, x);
    for (int i = 0; i < size; ++i) p[i] = part[i];
}

#include "backend/cpu/product_body.hpp"

real rms_norm(const real* x, const real* weight, int size, real eps, target to) {
    vec sum = set(0);
    for (int i = 0; i < size; i += lanes) {
        const vec v = load(x + i);
        sum = multiply_add(v, v, sum);
    }
    const real mean = sum_of(sum) / static_cast<real>(size);
    const real inverse = 1 / square_root(mean + eps);
    const vec factor = set(inverse);
    for (int i = 0; i < size; i += lanes) {
        store_as(to.type, to.data, i, multiply(multiply(load(x + i), factor), load(weight + i)));
    }
    return inverse;
}

void swiglu(const real* gate_up, int pairs, target to) {
    const vec one = set(1);
    for (int i = 0; i < pairs; ++i) {
        const vec gate = load(gate_up + 2 * i * lanes);
        const vec up = load(gate_up + (2 * i + 1) * lanes);
        const vec denominator = add(one, exponential(subtract(set(0), gate)));
        store_as(to.type, to.data, i * lanes, multiply(divide(gate, denominator), up));
    }
}

void exponentials(const real* x, int size, real shift, real scale, real* output, real* sums) {
    const vec shifts = set(shift);
    const vec scales = set(scale);
    for (int start = 0; start < size; start += exponential_stretch) {
        const int end = start + exponential_stretch < size ? start + exponential_stretch : size;
        vec sum = set(0);
        int i = start;
        for (; i + lanes <= end; i += lanes) {
            const vec y = exponential(multiply(subtract(load(x + i), shifts), scales));
            store(output + i, y);
            sum = add(sum, y);
        }
        real total = sum_of(sum);
        if (i < end) {
            real part[lanes];
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

void rotate(int heads, int half, const real* cosines, const real* sines, real direction, real* x) {
    for (int h = 0; h < heads; ++h) {
        real* __restrict low = x + std::ptrdiff_t{2} * h * half;
        real* __restrict high = low + half;
        for (int i = 0; i < half; ++i) {
            const real a = low[i];
            const real b = high[i];
            low[i] = a * cosines[i] - direction * b * sines[i];
            high[i] = b * cosines[i] + direction * a * sines[i];
        }
    }
}

real maximum(const real* x, int size) {
    vec largest = set(-real(__builtin_inff()));
    vec trace = set(0);  // NaN where a value was
    const auto take = [&](vec v) {
        largest = maximum_of(v, largest);
        trace = add(trace, maximum_of(set(-1), minimum_of(set(0), v)));
    };
    int i = 0;
    for (; i + lanes <= size; i += lanes) take(load(x + i));
    if (i < size) {
        real rest[lanes];
        for (int j = 0; j < lanes; ++j) rest[j] = x[i + j < size ? i + j : i];
        take(load(rest));
    }
    const real sum = sum_of(trace);
    return sum == sum ? largest_of(largest) : sum;
}

#include "backend/cpu/attention_body.hpp"
#include "backend/cpu/training_body.hpp"

constexpr basic_kernels<real> make_kernels(const char* name) {
    basic_kernels<real> result;
    result.name = name;
    result.bf16_input = bf16_element::input;
    result.multiply = multiply;
    result.pack = pack;
    result.unpack = unpack;
    result.convert = convert;
    result.rms_norm = rms_norm;
    result.rms_norm_backward = rms_norm_backward;
    result.swiglu = swiglu;
    result.swiglu_backward = swiglu_backward;
    result.rotate = rotate;
    result.attend = attend;
    result.softmax = softmax;
    result.softmax_backward = softmax_backward;
    result.exponentials = exponentials;
    result.maximum = maximum;
    result.cross_entropy = cross_entropy;
    result.dot = dot;
    result.add = add_scaled;
    result.reduce = reduce;
    result.adamw = adamw;
    return result;
}

#undef TESSERA_UNROLL
