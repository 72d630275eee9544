#pragma once

#include <cstdlib>
#include <string_view>

#include "cuda_on_cpu/library.hpp"
#include "run/cuda/cuda_backend.hpp"

namespace tessera::engine::cuda {

/// What tests of kernels and of the runner run on: the processors, or the machine's GPU where the
/// environment says TESSERA_TESTED_DEVICE=cuda (scripts/gpu.sh).
inline bool tests_a_gpu() {
    const char* const named = std::getenv("TESSERA_TESTED_DEVICE");
    return named && std::string_view(named) == "cuda";
}
inline const library& device_under_test() {
    static const library& table = []() -> const library& {
        const library& one = tests_a_gpu() ? open_library() : cuda_on_cpu::library();
        one.use(0);
        return one;
    }();
    return table;
}

}  // namespace tessera::engine::cuda
