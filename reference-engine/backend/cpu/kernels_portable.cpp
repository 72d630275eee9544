#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

// Vectors of four, which every processor of interest has; the compiler breaks them up elsewhere.
using real = float;
using quad = float __attribute__((vector_size(16)));
using quad_int = std::int32_t __attribute__((vector_size(16)));

struct vec {
    quad part[4];
};
constexpr int native_bytes = 16;
constexpr int accumulators = 3;
constexpr int tile_rows = 3;

template <class F>
inline vec each(F f) {
    return {{f(0), f(1), f(2), f(3)}};
}
inline vec set(float x) {
    return each([x](int) { return quad{x, x, x, x}; });
}
inline vec load(const float* p) {
    vec result;
    __builtin_memcpy(&result, p, sizeof result);
    return result;
}
inline vec load(const std::uint16_t* p) {  // bf16
    float wide[lanes];
    for (int i = 0; i < lanes; ++i) {
        const std::uint32_t bits = std::uint32_t{p[i]} << 16;
        float one;
        __builtin_memcpy(&one, &bits, sizeof one);
        wide[i] = one;
    }
    return load(wide);
}
inline void store(float* p, vec x) { __builtin_memcpy(p, &x, sizeof x); }
inline vec add(vec a, vec b) {
    return each([&](int i) { return a.part[i] + b.part[i]; });
}
inline vec subtract(vec a, vec b) {
    return each([&](int i) { return a.part[i] - b.part[i]; });
}
inline vec multiply(vec a, vec b) {
    return each([&](int i) { return a.part[i] * b.part[i]; });
}
inline vec divide(vec a, vec b) {
    return each([&](int i) { return a.part[i] / b.part[i]; });
}
inline vec root(vec x) {
    return each([&](int i) {
        quad y = x.part[i];
        for (int j = 0; j < 4; ++j) y[j] = __builtin_sqrtf(y[j]);
        return y;
    });
}
inline vec multiply_add(vec a, vec b, vec c) {
    return each([&](int i) { return a.part[i] * b.part[i] + c.part[i]; });
}
inline vec maximum_of(vec a, vec b) {
    return each([&](int i) { return a.part[i] > b.part[i] ? a.part[i] : b.part[i]; });
}
inline vec minimum_of(vec a, vec b) {
    return each([&](int i) { return a.part[i] < b.part[i] ? a.part[i] : b.part[i]; });
}
// Adding 1.5 * 2^23 leaves no bits for a fraction; valid below 2^22.
inline vec nearest(vec x) {
    const vec magic = set(12582912.0F);
    return subtract(add(x, magic), magic);
}
inline vec power_of_two(vec n) {
    return each([&](int i) {
        const quad_int exponent = (__builtin_convertvector(n.part[i], quad_int) + 127) << 23;
        quad result;
        __builtin_memcpy(&result, &exponent, sizeof result);
        return result;
    });
}

// The first or second numbers of pairs of bf16.
inline vec widened(const std::byte* p, int part) {
    using quad_bits = std::uint32_t __attribute__((vector_size(16)));
    return each([&](int i) {
        quad_bits pairs;
        __builtin_memcpy(&pairs, p + 16 * i, sizeof pairs);
        const quad_bits half = part == 0 ? pairs << 16 : pairs & 0xffff0000U;
        quad result;
        __builtin_memcpy(&result, &half, sizeof result);
        return result;
    });
}

#include "backend/cpu/elements.hpp"
using bf16_element = widening_element;

#include "backend/cpu/bytes_portable.hpp"
#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels portable_kernels = make_kernels("portable");

}  // namespace tessera::engine::cpu
