#if defined(__AVX512F__)
#include <immintrin.h>
#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx512.hpp"

using bf16_element = widening_element;

struct byte_element {
    using sums = __m512i;
    // The first and third numbers of quads, and the others, as 16 bits: no sum of products overflows.
    struct operand {
        __m512i even;
        __m512i odd;
    };
    static sums begin(int correction) { return _mm512_set1_epi32(correction); }
    static operand load(const std::byte* p, int) {
        const __m512i quads = _mm512_loadu_si512(p);
        return {_mm512_and_si512(quads, _mm512_set1_epi16(0xff)), _mm512_srli_epi16(quads, 8)};
    }
    static operand broadcast(const std::byte* p, int) {
        int quad;
        __builtin_memcpy(&quad, p, sizeof quad);
        const __m512i quads = _mm512_set1_epi32(quad);
        return {_mm512_srai_epi16(_mm512_slli_epi16(quads, 8), 8), _mm512_srai_epi16(quads, 8)};
    }
    static sums dot(const operand& w, const operand& x, sums sum) {
        return _mm512_add_epi32(sum, _mm512_add_epi32(_mm512_madd_epi16(w.even, x.even),
                                                      _mm512_madd_epi16(w.odd, x.odd)));
    }
    static vec widened(sums sum) { return _mm512_cvtepi32_ps(sum); }
};

#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx512_kernels = make_kernels("avx512");

}  // namespace tessera::engine::cpu
#endif
