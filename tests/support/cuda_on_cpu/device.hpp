#pragma once

// backend/cuda/device.hpp for the host's compiler.

#include "backend/cuda/kernels.hpp"
#include "core/bf16.hpp"
#include "cuda_on_cpu/builtins.hpp"
#include "cuda_on_cpu/streams.hpp"

#define TESSERA_SHARED(type, name, extent)                                                 \
    using name##_in_shared_memory = type extent;                                           \
    auto& name =                                                                           \
        *reinterpret_cast<name##_in_shared_memory*>(::tessera::cuda_on_cpu::shared_memory( \
            []() -> const void* {                                                          \
                static char key;                                                           \
                return &key;                                                               \
            }(),                                                                           \
            sizeof(name##_in_shared_memory)))

namespace tessera::engine::cuda {

using place = cuda_on_cpu::place;
#define TESSERA_HERE ::tessera::cuda_on_cpu::place::current()
#define TESSERA_EXCHANGE(x, other, at) __shfl_xor_sync(0xffffffffU, x, other, 32, at)
#define TESSERA_BARRIER(at) __syncthreads(at)

template <class T>
T* dynamic_shared() {
    return reinterpret_cast<T*>(cuda_on_cpu::dynamic_shared_memory());
}

inline void wait_for_previous() { cuda_on_cpu::wait_for_previous(); }
inline void release_next() {}
inline constexpr int shared_memory_of_block = cuda_on_cpu::most_shared;

struct grid_size {
    dim3 size;
    place at;
    template <class T>
    grid_size(T blocks, place p = place::current()) : size(static_cast<dim3>(blocks)), at(p) {}
    grid_size(dim3 blocks, place p = place::current()) : size(blocks), at(p) {}
};

template <class... Parameters, class... Arguments>
status launch(void (*kernel)(Parameters...), grid_size grid, dim3 block, std::size_t shared,
              stream to, const Arguments&... arguments) {
    return cuda_on_cpu::enqueue(to, cuda_on_cpu::launch{[=] { kernel(arguments...); },
                                                        reinterpret_cast<const void*>(kernel),
                                                        grid.size, block, shared, true, grid.at});
}

}  // namespace tessera::engine::cuda
