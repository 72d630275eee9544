#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

std::vector<const kernels*> detect() {
    std::vector<const kernels*> result;
#if defined(TESSERA_X86_KERNELS)
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const bool bf16 = avx512 && __builtin_cpu_supports("avx512bf16");
    // Intel's cores take as long for a VDPBF16PS as for four fused multiply-adds, AMD's as for one.
    const bool prefer_bf16 = !__builtin_cpu_is("intel");
    if (bf16 && prefer_bf16) result.push_back(&avx512_bf16_kernels);
    if (avx512) result.push_back(&avx512_kernels);
    if (bf16 && !prefer_bf16) result.push_back(&avx512_bf16_kernels);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        result.push_back(&avx2_kernels);
    }
#endif
    result.push_back(&portable_kernels);
    if (const char* wish = std::getenv("TESSERA_SIMD")) {
        const auto found = std::find_if(result.begin(), result.end(), [&](const kernels* one) {
            return std::string_view(one->name) == wish;
        });
        if (found != result.end()) result.erase(result.begin(), found);
    }
    return result;
}

}  // namespace

std::span<const kernels* const> available_kernels() {
    static const std::vector<const kernels*> list = detect();
    return list;
}

}  // namespace tessera::engine::cpu
