#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__AVX512BW__)
#define TESSERA_LEVEL "avx512"
#define TESSERA_VECTOR_BYTES 64
#define TESSERA_TILE_ROWS 12
#include "train/kernels_body.hpp"

namespace tessera::engine::train {

const kernels<float>* avx512_kernels(float) { return &level<float>::table; }
const kernels<double>* avx512_kernels(double) { return &level<double>::table; }

}  // namespace tessera::engine::train
#else
#include "train/kernels.hpp"

namespace tessera::engine::train {

const kernels<float>* avx512_kernels(float) { return nullptr; }
const kernels<double>* avx512_kernels(double) { return nullptr; }

}  // namespace tessera::engine::train
#endif
