// The table of cuda_on_cpu/library.hpp as a shared library that programs open as they open CUDA's: for
// tests of what is above the engine.

#include "cuda_on_cpu/library.hpp"

extern "C" __attribute__((visibility("default"))) const tessera::engine::cuda::library*
tessera_cuda() {
    return &tessera::cuda_on_cpu::library();
}

/// As use_memory().
extern "C" __attribute__((visibility("default"))) void tessera_cuda_use_memory(std::size_t bytes) {
    tessera::cuda_on_cpu::use_memory(bytes);
}
