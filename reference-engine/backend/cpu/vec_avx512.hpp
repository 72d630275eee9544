// AVX-512 (F, BW, DQ, VL) primitives for kernels_body.hpp; included inside an unnamed namespace.

using real = float;
using vec = __m512;
constexpr int native_bytes = 64;
constexpr int accumulators = 24;
constexpr int tile_rows = 6;

inline vec set(float x) { return _mm512_set1_ps(x); }
inline vec load(const float* p) { return _mm512_loadu_ps(p); }
inline vec load(const std::uint16_t* p) {  // bf16
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}
inline void store(float* p, vec x) { _mm512_storeu_ps(p, x); }
inline vec add(vec a, vec b) { return _mm512_add_ps(a, b); }
inline vec subtract(vec a, vec b) { return _mm512_sub_ps(a, b); }
inline vec multiply(vec a, vec b) { return _mm512_mul_ps(a, b); }
inline vec divide(vec a, vec b) { return _mm512_div_ps(a, b); }
inline vec root(vec x) { return _mm512_sqrt_ps(x); }
inline vec multiply_add(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
inline vec maximum_of(vec a, vec b) { return _mm512_max_ps(a, b); }
inline vec minimum_of(vec a, vec b) { return _mm512_min_ps(a, b); }
inline vec nearest(vec x) {
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
inline vec power_of_two(vec n) {
    const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    return _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23));
}

// The first or second numbers of pairs of bf16.
inline vec widened(const std::byte* p, int part) {
    const __m512i pairs = _mm512_loadu_si512(p);
    return _mm512_castsi512_ps(
        part == 0 ? _mm512_slli_epi32(pairs, 16)
                  : _mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000U))));
}

#include "backend/cpu/elements.hpp"
