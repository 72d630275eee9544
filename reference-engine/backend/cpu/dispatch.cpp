#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"
#include "core/error.hpp"

namespace tessera::engine::cpu {
namespace {

struct choice {
    const kernels* set;
    bool runs;  // on this processor
};

// All that this build has, the best first.
std::vector<choice> table() {
    std::vector<choice> all;
#if defined(TESSERA_X86_KERNELS)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    const bool vnni = avx512 && __builtin_cpu_supports("avx512vnni");
    const bool bf16 = vnni && __builtin_cpu_supports("avx512bf16");
    const bool avx_vnni = avx2 && __builtin_cpu_supports("avxvnni");
    all = {{&avx512_bf16_kernels, bf16},
           {&avx512_vnni_kernels, vnni},
           {&avx512_kernels, avx512},
           {&avx_vnni_kernels, avx_vnni},
           {&avx2_kernels, avx2}};
    // Intel's cores take as long for a VDPBF16PS as for four fused multiply-adds, AMD's as for one.
    if (__builtin_cpu_is("intel")) std::rotate(all.begin(), all.begin() + 1, all.begin() + 3);
#endif
    all.push_back({&portable_kernels, true});
    return all;
}

}  // namespace

std::vector<const kernels*> kernels_from(std::string_view name) {
    std::vector<const kernels*> result;
    std::string names;
    for (const auto& [set, runs] : table()) {
        if (!runs) continue;
        result.push_back(set);
        names += (names.empty() ? "" : ", ") + std::string(set->name);
    }
    if (name.empty()) return result;
    const auto found = std::ranges::find(
        result, name, [](const kernels* one) { return std::string_view(one->name); });
    if (found == result.end()) {
        throw engine_error(error_code::invalid_argument,
                           "TESSERA_SIMD is " + in_quotes(name) +
                               ", but the kernels that this processor runs are " + names +
                               ": set it to one of these, or leave it out");
    }
    result.erase(result.begin(), found);
    return result;
}

std::span<const kernels* const> available_kernels() {
    static const std::vector<const kernels*> list = [] {
        const char* name = std::getenv("TESSERA_SIMD");
        return kernels_from(name ? name : "");
    }();
    return list;
}

}  // namespace tessera::engine::cpu
