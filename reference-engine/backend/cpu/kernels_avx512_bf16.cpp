#if defined(__AVX512BF16__) && defined(__AVX512VNNI__)
#include <immintrin.h>
#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx512.hpp"

struct bf16_element {
    using operand = __m512bh;
    static constexpr element input = element::bf16;
    static constexpr int numbers = 2;
    static constexpr int parts = 1;
    static constexpr std::ptrdiff_t group_bytes = 4 * lanes;
    static constexpr std::ptrdiff_t input_bytes = 4;
    static operand load(const std::byte* p, int) {
        return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p));
    }
    static operand broadcast(const std::byte* p, int) {
        return reinterpret_cast<__m512bh>(_mm512_set1_epi32(*reinterpret_cast<const int*>(p)));
    }
    static void store_input(std::byte* p, vec x) {
        const __m512i bits = _mm512_castps_si512(x);
        const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i rounded =
            _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        // Rounding may carry a NaN away.
        const __m512i kept = _mm512_mask_or_epi32(rounded, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q),
                                                  bits, _mm512_set1_epi32(0x400000));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                            _mm512_cvtepi32_epi16(_mm512_srli_epi32(kept, 16)));
    }
    // Numbers of the same lane, beside each other.
    static vec pair(vec even, vec odd) {
        const auto words = [](vec x) {
            return _mm512_cvtepu16_epi32(reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(x)));
        };
        return _mm512_castsi512_ps(_mm512_or_si512(words(even), _mm512_slli_epi32(words(odd), 16)));
    }
    static vec dot(operand w, operand x, vec sum) { return _mm512_dpbf16_ps(sum, w, x); }
};

#include "backend/cpu/bytes_vnni.hpp"
#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx512_bf16_kernels = make_kernels("avx512_bf16");

}  // namespace tessera::engine::cpu
#endif
