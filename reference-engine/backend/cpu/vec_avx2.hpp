// AVX2 and FMA primitives for kernels_body.hpp; included inside an unnamed namespace.

using real = float;
struct vec {
    __m256 low;
    __m256 high;
};
constexpr int native_bytes = 32;
constexpr int accumulators = 6;
constexpr int tile_rows = 6;

inline vec set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline vec load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline __m256 load_half(const std::uint16_t* p) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}
inline vec load(const std::uint16_t* p) { return {load_half(p), load_half(p + 8)}; }  // bf16
inline void store(float* p, vec x) {
    _mm256_storeu_ps(p, x.low);
    _mm256_storeu_ps(p + 8, x.high);
}
inline vec add(vec a, vec b) {
    return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)};
}
inline vec subtract(vec a, vec b) {
    return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)};
}
inline vec multiply(vec a, vec b) {
    return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)};
}
inline vec divide(vec a, vec b) {
    return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)};
}
inline vec root(vec x) { return {_mm256_sqrt_ps(x.low), _mm256_sqrt_ps(x.high)}; }
inline vec multiply_add(vec a, vec b, vec c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
inline vec maximum_of(vec a, vec b) {
    return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)};
}
inline vec minimum_of(vec a, vec b) {
    return {_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high)};
}
inline vec nearest(vec x) {
    constexpr int mode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    return {_mm256_round_ps(x.low, mode), _mm256_round_ps(x.high, mode)};
}
inline __m256 power_of_two(__m256 n) {
    const __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23));
}
inline vec power_of_two(vec n) { return {power_of_two(n.low), power_of_two(n.high)}; }

inline __m256 half(__m256i pairs, int part) {
    return _mm256_castsi256_ps(
        part == 0 ? _mm256_slli_epi32(pairs, 16)
                  : _mm256_and_si256(pairs, _mm256_set1_epi32(static_cast<int>(0xffff0000U))));
}
// The first or second numbers of pairs of bf16.
inline vec widened(const std::byte* p, int part) {
    const auto* pairs = reinterpret_cast<const __m256i*>(p);
    return {half(_mm256_loadu_si256(pairs), part), half(_mm256_loadu_si256(pairs + 1), part)};
}

#include "backend/cpu/elements.hpp"
using bf16_element = widening_element;
