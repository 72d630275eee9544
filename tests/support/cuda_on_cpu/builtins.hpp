#pragma once

// What CUDA C++ has without being asked, for the host's compiler: under CUDA's names.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "cuda_on_cpu/machine.hpp"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

namespace tessera::cuda_on_cpu {

template <class T>
struct exchanged {
    T value;
    unsigned from;
    T result;
};

template <class T>
T shuffle(std::uint32_t mask, T value, unsigned from, place at) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    exchanged<T> mine{value, from, {}};
    meet(
        mask, &mine,
        [](void* const(&slots)[32], std::uint32_t present) {
            for (unsigned i = 0; i != 32; ++i) {
                if ((present >> i & 1U) == 0) continue;
                auto& to = *static_cast<exchanged<T>*>(slots[i]);
                if ((present >> to.from & 1U) != 0)
                    to.result = static_cast<exchanged<T>*>(slots[to.from])->value;
                else
                    std::memset(static_cast<void*>(&to.result), 0xff, sizeof to.result);
            }
        },
        at);
    return mine.result;
}

/// `combine` of the values of all lanes, in their order.
template <class T, class Combine>
T reduce(std::uint32_t mask, T value, Combine, place at) {
    meet(
        mask, &value,
        [](void* const(&slots)[32], std::uint32_t present) {
            T all{};
            bool first = true;
            for (unsigned i = 0; i != 32; ++i) {
                if ((present >> i & 1U) == 0) continue;
                const T one = *static_cast<T*>(slots[i]);
                all = first ? one : Combine{}(all, one);
                first = false;
            }
            for (unsigned i = 0; i != 32; ++i)
                if ((present >> i & 1U) != 0) *static_cast<T*>(slots[i]) = all;
        },
        at);
    return value;
}

template <class T, class Change>
__attribute__((no_sanitize("thread"))) T atomically(T* address, Change change, place at) {
    yield_at_times(at);
    if (watching != nullptr) watching->atomic(address, sizeof(T), at);
    const T old = *address;
    *address = change(old);
    return old;
}

struct least {
    template <class T>
    T operator()(T a, T b) const {
        return std::min(a, b);
    }
};
struct greatest {
    template <class T>
    T operator()(T a, T b) const {
        return std::max(a, b);
    }
};

}  // namespace tessera::cuda_on_cpu

#define TESSERA_AT ::tessera::cuda_on_cpu::place at = ::tessera::cuda_on_cpu::place::current()

inline void __syncthreads(TESSERA_AT) { tessera::cuda_on_cpu::barrier(false, at); }
inline int __syncthreads_count(int vote, TESSERA_AT) {
    return static_cast<int>(tessera::cuda_on_cpu::barrier(vote != 0, at));
}
inline int __syncthreads_or(int vote, TESSERA_AT) {
    return tessera::cuda_on_cpu::barrier(vote != 0, at) != 0;
}
inline int __syncthreads_and(int vote, TESSERA_AT) {
    return tessera::cuda_on_cpu::barrier(vote == 0, at) == 0;
}
inline void __syncwarp(unsigned mask = ~0U, TESSERA_AT) {
    tessera::cuda_on_cpu::meet(
        mask, nullptr, [](void* const(&)[32], std::uint32_t) {}, at, true);
}
inline void __threadfence() {
    if (tessera::cuda_on_cpu::watching != nullptr) tessera::cuda_on_cpu::watching->fence();
}
inline void __threadfence_block() { __threadfence(); }
inline void __threadfence_system() { __threadfence(); }

template <class T>
T __shfl_sync(unsigned mask, T value, int from, int width = 32, TESSERA_AT) {
    const auto w = static_cast<unsigned>(width);
    const unsigned first = tessera::cuda_on_cpu::lane() & ~(w - 1);
    return tessera::cuda_on_cpu::shuffle(mask, value,
                                         first | (static_cast<unsigned>(from) & (w - 1)), at);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int other, int width = 32, TESSERA_AT) {
    const auto w = static_cast<unsigned>(width);
    const unsigned lane = tessera::cuda_on_cpu::lane();
    const unsigned from = lane ^ static_cast<unsigned>(other);
    return tessera::cuda_on_cpu::shuffle(mask, value, from < (lane & ~(w - 1)) + w ? from : lane,
                                         at);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32, TESSERA_AT) {
    const auto w = static_cast<unsigned>(width);
    const unsigned lane = tessera::cuda_on_cpu::lane();
    return tessera::cuda_on_cpu::shuffle(mask, value, (lane & (w - 1)) + by < w ? lane + by : lane,
                                         at);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned by, int width = 32, TESSERA_AT) {
    const auto w = static_cast<unsigned>(width);
    const unsigned lane = tessera::cuda_on_cpu::lane();
    return tessera::cuda_on_cpu::shuffle(mask, value, (lane & (w - 1)) >= by ? lane - by : lane,
                                         at);
}
inline unsigned __ballot_sync(unsigned mask, int vote, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, vote != 0 ? 1U << tessera::cuda_on_cpu::lane() : 0U,
                                        std::bit_or<unsigned>{}, at);
}
inline int __any_sync(unsigned mask, int vote, TESSERA_AT) {
    return __ballot_sync(mask, vote, at) != 0;
}
inline int __all_sync(unsigned mask, int vote, TESSERA_AT) {
    return __ballot_sync(mask, vote, at) == mask;
}
template <class T>
T __reduce_add_sync(unsigned mask, T value, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, value, std::plus<T>{}, at);
}
template <class T>
T __reduce_min_sync(unsigned mask, T value, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, value, tessera::cuda_on_cpu::least{}, at);
}
template <class T>
T __reduce_max_sync(unsigned mask, T value, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, value, tessera::cuda_on_cpu::greatest{}, at);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned value, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, value, std::bit_or<unsigned>{}, at);
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned value, TESSERA_AT) {
    return tessera::cuda_on_cpu::reduce(mask, value, std::bit_and<unsigned>{}, at);
}

template <class T>
T atomicAdd(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return old + by; }, at);
}
template <class T>
T atomicSub(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return old - by; }, at);
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return std::min(old, by); }, at);
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return std::max(old, by); }, at);
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return old | by; }, at);
}
template <class T>
T atomicAnd(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T old) { return old & by; }, at);
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [by](T) { return by; }, at);
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> by, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [=](T old) { return old == expected ? by : old; }, at);
}
inline unsigned atomicInc(unsigned* address, unsigned last, TESSERA_AT) {
    return tessera::cuda_on_cpu::atomically(
        address, [last](unsigned old) { return old >= last ? 0 : old + 1; }, at);
}
inline void __nanosleep(unsigned, TESSERA_AT) { tessera::cuda_on_cpu::yield(at); }

#undef TESSERA_AT

template <class T>
__forceinline__ T __ldg(const T* p) {
    return *p;
}
template <class T>
__forceinline__ T __ldcg(const T* p) {
    return *p;
}
template <class T>
__forceinline__ T __ldcs(const T* p) {
    return *p;
}
template <class T>
__forceinline__ void __stcg(T* p, std::type_identity_t<T> value) {
    *p = value;
}
template <class T>
__forceinline__ void __stcs(T* p, std::type_identity_t<T> value) {
    *p = value;
}

// The C library has functions of these names.
#define __expf(x) expf(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __powf(x, y) powf(x, y)

inline float rsqrtf(float x) { return 1.0F / std::sqrt(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float x) { return 1.0F / x; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __frsqrt_rn(float x) { return 1.0F / std::sqrt(x); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __saturatef(float x) { return x > 0 ? std::min(x, 1.0F) : 0.0F; }
inline int __float2int_rn(float x) { return static_cast<int>(std::rint(x)); }
inline int __float2int_rz(float x) { return static_cast<int>(x); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }

inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __umulhi(unsigned a, unsigned b) {
    return static_cast<unsigned>((static_cast<unsigned long long>(a) * b) >> 32);
}
inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selector) {
    const unsigned long long both = static_cast<unsigned long long>(b) << 32 | a;
    unsigned result = 0;
    for (unsigned i = 0; i != 4; ++i)
        result |= static_cast<unsigned>(both >> (8 * (selector >> (4 * i) & 7U)) & 0xffU)
                  << (8 * i);
    return result;
}
inline int __dp4a(int a, int b, int c) {
    for (int i = 0; i != 4; ++i)
        c += static_cast<signed char>(a >> (8 * i)) * static_cast<signed char>(b >> (8 * i));
    return c;
}

inline int min(int a, int b) { return std::min(a, b); }
inline int max(int a, int b) { return std::max(a, b); }
inline unsigned min(unsigned a, unsigned b) { return std::min(a, b); }
inline unsigned max(unsigned a, unsigned b) { return std::max(a, b); }
inline long min(long a, long b) { return std::min(a, b); }
inline long max(long a, long b) { return std::max(a, b); }
inline long long min(long long a, long long b) { return std::min(a, b); }
inline long long max(long long a, long long b) { return std::max(a, b); }
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
