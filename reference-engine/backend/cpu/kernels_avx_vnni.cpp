#if defined(__AVXVNNI__)
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
    using operand = __m256i;
    struct weights {
        operand low;
        operand high;
    };
    static sums begin(int correction) {
        return {_mm256_set1_epi32(correction), _mm256_set1_epi32(correction)};
    }
    static operand half(const std::byte* p) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    }
    static weights load(const std::byte* p, int) { return {half(p), half(p + 32)}; }
    static operand broadcast(const std::byte* p, int) {
        int quad;
        __builtin_memcpy(&quad, p, sizeof quad);
        return _mm256_set1_epi32(quad);
    }
    static sums dot(const weights& w, operand x, sums sum) {
        asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.low) : "x"(w.low), "x"(x));
        asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum.high) : "x"(w.high), "x"(x));
        return sum;
    }
    static vec widened(const sums& sum) {
        return {_mm256_cvtepi32_ps(sum.low), _mm256_cvtepi32_ps(sum.high)};
    }
};

#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx_vnni_kernels = make_kernels("avx_vnni");

}  // namespace tessera::engine::cpu
#endif
