#if defined(__AVX512F__)
#include <immintrin.h>
#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx512.hpp"

struct bf16_element {
    using operand = vec;
    static constexpr element input = element::f32;
    static constexpr int parts = 2;
    static constexpr std::ptrdiff_t group_bytes = 4 * lanes;
    static constexpr std::ptrdiff_t input_bytes = 8;
    static operand load(const std::byte* p, int part) { return widened(p, part); }
    static operand broadcast(const std::byte* p, int part) {
        return _mm512_set1_ps(reinterpret_cast<const float*>(p)[part]);
    }
    static vec dot(operand w, operand x, vec sum) { return _mm512_fmadd_ps(w, x, sum); }
};

#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx512_kernels = make_kernels("avx512");

}  // namespace tessera::engine::cpu
#endif
