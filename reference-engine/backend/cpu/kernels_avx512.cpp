#if defined(__AVX512F__)
#include <immintrin.h>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx512.hpp"

struct bf16_element {
    using operand = vec;
    static constexpr element input = element::f32;
    static constexpr int parts = 2;
    static constexpr std::ptrdiff_t input_bytes = 8;
    static operand load(const std::byte* p, int part) {
        const __m512i pairs = _mm512_loadu_si512(p);
        return _mm512_castsi512_ps(
            part == 0 ? _mm512_slli_epi32(pairs, 16)
                      : _mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000U))));
    }
    static operand broadcast(const std::byte* p, int part) {
        return _mm512_set1_ps(reinterpret_cast<const float*>(p)[part]);
    }
    static vec dot(operand w, operand x, vec sum) { return _mm512_fmadd_ps(w, x, sum); }
};

#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx512_kernels = make_kernels("avx512");

}  // namespace tessera::engine::cpu
#endif
