#include "train/kernels.hpp"

#include <cstdlib>
#include <string_view>

namespace tessera::engine::train {

// One per file of kernels_body.hpp; null where the compiler had no flags for the level.
const kernels<float>* portable_kernels(float);
const kernels<double>* portable_kernels(double);
const kernels<float>* avx2_kernels(float);
const kernels<double>* avx2_kernels(double);
const kernels<float>* avx512_kernels(float);
const kernels<double>* avx512_kernels(double);

namespace {

bool runs_avx2() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

bool runs_avx512() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#else
    return false;
#endif
}

template <class T>
const kernels<T>& choose() {
    const char* asked = std::getenv("TESSERA_SIMD");
    const std::string_view wish = asked ? asked : "";
    const bool any = wish != "portable";
    if (any && wish != "avx2" && runs_avx512()) {
        if (const auto* best = avx512_kernels(T{})) return *best;
    }
    if (any && runs_avx2()) {
        if (const auto* good = avx2_kernels(T{})) return *good;
    }
    return *portable_kernels(T{});
}

}  // namespace

template <class T>
const kernels<T>& kernels_of_processor() {
    static const kernels<T>& chosen = choose<T>();
    return chosen;
}

template const kernels<float>& kernels_of_processor<float>();
template const kernels<double>& kernels_of_processor<double>();

}  // namespace tessera::engine::train
