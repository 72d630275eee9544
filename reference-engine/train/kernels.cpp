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

}  // namespace

template <class T>
const kernels<T>* kernels_of_level(std::string_view name) {
    if (name == "avx512") return runs_avx512() ? avx512_kernels(T{}) : nullptr;
    if (name == "avx2") return runs_avx2() ? avx2_kernels(T{}) : nullptr;
    return name == "portable" ? portable_kernels(T{}) : nullptr;
}

template <class T>
const kernels<T>& kernels_of_processor() {
    static const kernels<T>& chosen = [&]() -> const kernels<T>& {
        const char* wish = std::getenv("TESSERA_SIMD");
        bool allowed = !wish;
        for (const std::string_view name : {"avx512", "avx2"}) {
            allowed = allowed || name == wish;
            if (const auto* found = kernels_of_level<T>(name); found && allowed) return *found;
        }
        return *portable_kernels(T{});
    }();
    return chosen;
}

template const kernels<float>* kernels_of_level(std::string_view);
template const kernels<double>* kernels_of_level(std::string_view);
template const kernels<float>& kernels_of_processor();
template const kernels<double>& kernels_of_processor();

}  // namespace tessera::engine::train
