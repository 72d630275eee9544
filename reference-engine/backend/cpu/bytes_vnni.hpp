// Blocks of i8 with AVX-512 VNNI, for kernels_body.hpp.

struct byte_element {
    using sums = __m512i;
    using operand = __m512i;
    static sums begin(int correction) { return _mm512_set1_epi32(correction); }
    static operand load(const std::byte* p, int) { return _mm512_loadu_si512(p); }
    static operand broadcast(const std::byte* p, int) {
        int quad;
        __builtin_memcpy(&quad, p, sizeof quad);
        return _mm512_set1_epi32(quad);
    }
    // Around the intrinsic, GCC 12 copies each sum out of its register and back.
    static sums dot(operand w, operand x, sums sum) {
        asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(w), "v"(x));
        return sum;
    }
    static vec widened(sums sum) { return _mm512_cvtepi32_ps(sum); }
};
