#define TESSERA_LEVEL "portable"
#define TESSERA_VECTOR_BYTES 16
#define TESSERA_TILE_ROWS 4
#include "train/kernels_body.hpp"

namespace tessera::engine::train {

const kernels<float>* portable_kernels(float) { return &level<float>::table; }
const kernels<double>* portable_kernels(double) { return &level<double>::table; }

}  // namespace tessera::engine::train
