// The table of cuda_on_cpu/library.hpp as a shared library that programs open as they open CUDA's: for
// tests of what is above the engine.

#include "cuda_on_cpu/library.hpp"

extern "C" __attribute__((visibility("default"))) const tessera::engine::cuda::library*
tessera_cuda() {
    return &tessera::cuda_on_cpu::library();
}
