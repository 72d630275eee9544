#if defined(__AVX2__)
#include <immintrin.h>
#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx2.hpp"

struct byte_element {
    struct sums {
        __m256i low;
        __m256i high;
    };
    // The first and third numbers of quads, and the others, as 16 bits: no sum of products overflows.
    struct operand {
        __m256i even;
        __m256i odd;
    };
    struct weights {
        operand low;
        operand high;
    };
    static sums begin(int correction) {
        return {_mm256_set1_epi32(correction), _mm256_set1_epi32(correction)};
    }
    static operand parted(const std::byte* p) {
        const __m256i quads = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
        return {_mm256_and_si256(quads, _mm256_set1_epi16(0xff)), _mm256_srli_epi16(quads, 8)};
    }
    static weights load(const std::byte* p, int) { return {parted(p), parted(p + 32)}; }
    static operand broadcast(const std::byte* p, int) {
        int quad;
        __builtin_memcpy(&quad, p, sizeof quad);
        const __m256i quads = _mm256_set1_epi32(quad);
        return {_mm256_srai_epi16(_mm256_slli_epi16(quads, 8), 8), _mm256_srai_epi16(quads, 8)};
    }
    static __m256i dot(const operand& w, const operand& x, __m256i sum) {
        return _mm256_add_epi32(sum, _mm256_add_epi32(_mm256_madd_epi16(w.even, x.even),
                                                      _mm256_madd_epi16(w.odd, x.odd)));
    }
    static sums dot(const weights& w, const operand& x, const sums& sum) {
        return {dot(w.low, x, sum.low), dot(w.high, x, sum.high)};
    }
    static vec widened(const sums& sum) {
        return {_mm256_cvtepi32_ps(sum.low), _mm256_cvtepi32_ps(sum.high)};
    }
};

#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx2_kernels = make_kernels("avx2");

}  // namespace tessera::engine::cpu
#endif
