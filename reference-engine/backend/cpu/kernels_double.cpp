#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"

namespace tessera::engine::cpu {
namespace {

// For checks of gradients: slow is fast enough.
using real = double;
using pair = double __attribute__((vector_size(16)));

struct vec {
    pair part[8];
};
constexpr int native_bytes = 16;
constexpr int accumulators = 1;
constexpr int tile_rows = 2;

template <class F>
inline vec each(F f) {
    return {{f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)}};
}
template <class F>
inline vec each_lane(vec x, F f) {
    for (pair& two : x.part) two = pair{f(two[0]), f(two[1])};
    return x;
}
inline vec set(double x) {
    return each([x](int) { return pair{x, x}; });
}
inline vec load(const double* p) {
    vec result;
    __builtin_memcpy(&result, p, sizeof result);
    return result;
}
inline vec load(const std::uint16_t* p) {  // bf16
    double wide[lanes];
    for (int i = 0; i < lanes; ++i) {
        const std::uint32_t bits = std::uint32_t{p[i]} << 16;
        float one;
        __builtin_memcpy(&one, &bits, sizeof one);
        wide[i] = static_cast<double>(one);
    }
    return load(wide);
}
inline void store(double* p, vec x) { __builtin_memcpy(p, &x, sizeof x); }
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
    return each_lane(x, [](double y) { return __builtin_sqrt(y); });
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
inline vec nearest(vec x) {
    return each_lane(x, [](double y) { return __builtin_nearbyint(y); });
}
inline vec exponential(vec x) {
    return each_lane(x, [](double y) { return ::exp(y); });
}
// The first or second numbers of pairs of bf16.
inline vec widened(const std::byte* p, int part) {
    double wide[lanes];
    for (int i = 0; i < lanes; ++i) {
        std::uint32_t bits;
        __builtin_memcpy(&bits, p + 4 * i, sizeof bits);
        bits = part == 0 ? bits << 16 : bits & 0xffff0000U;
        float one;
        __builtin_memcpy(&one, &bits, sizeof one);
        wide[i] = static_cast<double>(one);
    }
    return load(wide);
}

#include "backend/cpu/elements.hpp"
using bf16_element = widening_element;

#include "backend/cpu/bytes_portable.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const basic_kernels<double> double_kernels = make_kernels("double");

}  // namespace tessera::engine::cpu
