#if defined(__AVX512VNNI__)
#include <immintrin.h>
#include <math.h>

#include <utility>

#include "backend/cpu/kernels.hpp"
#include "backend/cpu/kernels_list.hpp"

namespace tessera::engine::cpu {
namespace {

#include "backend/cpu/vec_avx512.hpp"

using bf16_element = widening_element;

#include "backend/cpu/bytes_vnni.hpp"
#include "backend/cpu/exponential.hpp"
#include "backend/cpu/kernels_body.hpp"

}  // namespace

const kernels avx512_vnni_kernels = make_kernels("avx512_vnni");

}  // namespace tessera::engine::cpu
#endif
