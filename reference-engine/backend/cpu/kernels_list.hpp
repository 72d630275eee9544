#pragma once

#include "backend/cpu/kernels.hpp"

namespace tessera::engine::cpu {

extern const kernels portable_kernels;
extern const kernels avx2_kernels;
extern const kernels avx_vnni_kernels;
extern const kernels avx512_kernels;
extern const kernels avx512_vnni_kernels;
extern const kernels avx512_bf16_kernels;

}  // namespace tessera::engine::cpu
