#if defined(__AVX2__) && defined(__FMA__)
#define TESSERA_LEVEL "avx2"
#define TESSERA_VECTOR_BYTES 32
#define TESSERA_TILE_ROWS 6
#include "train/kernels_body.hpp"

namespace tessera::engine::train {

const kernels<float>* avx2_kernels(float) { return &level<float>::table; }
const kernels<double>* avx2_kernels(double) { return &level<double>::table; }

}  // namespace tessera::engine::train
#else
#include "train/kernels.hpp"

namespace tessera::engine::train {

const kernels<float>* avx2_kernels(float) { return nullptr; }
const kernels<double>* avx2_kernels(double) { return nullptr; }

}  // namespace tessera::engine::train
#endif
