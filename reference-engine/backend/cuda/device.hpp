#pragma once

// The one switch between nvcc and the host's compiler, for which tests bring what CUDA has. Kernels
// are written in CUDA C++ with three words of the house instead: TESSERA_SHARED, dynamic_shared and
// launch. A kernel begins before the one before it has ended: every thread calls wait_for_previous()
// once, before it reads or writes what other kernels write, and before it returns.

#ifdef __CUDACC__

#include <cuda_runtime.h>

#include "backend/cuda/kernels.hpp"
#include "core/bf16.hpp"

/// TESSERA_SHARED(float, tile, [16][32]); is a variable of the block's shared memory. Tests see a
/// read before it is written, and accesses beside it.
#define TESSERA_SHARED(type, name, extent) __shared__ __align__(128) type name extent

namespace tessera::engine::cuda {

/// Where a function was called: known to tests only. Last parameter of what lanes or threads do
/// together: `place at = TESSERA_HERE`.
struct place {};
#define TESSERA_HERE \
    ::tessera::engine::cuda::place {}
#define TESSERA_EXCHANGE(x, other, at) __shfl_xor_sync(0xffffffffU, x, other)
#define TESSERA_BARRIER(at) __syncthreads()

/// The shared memory that the launch asked for.
template <class T>
__device__ T* dynamic_shared() {
    extern __shared__ __align__(128) unsigned char dynamic_shared_memory[];
    return reinterpret_cast<T*>(dynamic_shared_memory);
}

/// Until the kernels before this one have ended and what they wrote is seen.
__device__ inline void wait_for_previous() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
/// Lets the next kernel begin, as far as its own wait_for_previous(), once all blocks have called it.
__device__ inline void release_next() {
#if __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

/// Of the device in use; the runtime finds out.
extern bool launches_overlap;
extern int shared_memory_of_block;  // bytes, that a launch may ask for

/// Asks the stream for a kernel of (parameters...), with `shared` bytes of dynamic shared memory.
template <class... Parameters, class... Arguments>
status launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, std::size_t shared, stream to,
              const Arguments&... arguments) {
    if (shared > 48 * 1024) {
        const cudaError_t failed = cudaFuncSetAttribute(
            kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared));
        if (failed != cudaSuccess) return failed;
    }
    cudaLaunchAttribute overlap{};
    overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    overlap.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = shared;
    config.stream = reinterpret_cast<cudaStream_t>(to);
    config.attrs = &overlap;
    config.numAttrs = launches_overlap ? 1 : 0;
    return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace tessera::engine::cuda

#else
#include "cuda_on_cpu/device.hpp"
#endif

namespace tessera::engine::cuda {

inline constexpr unsigned all_lanes = 0xffffffffU;

/// The sum over a warp's lanes, the same bits in each of them.
__device__ inline float warp_sum(float x, place at = TESSERA_HERE) {
    for (int other = 16; other != 0; other /= 2) x += TESSERA_EXCHANGE(x, other, at);
    return x;
}
__device__ inline float warp_max(float x, place at = TESSERA_HERE) {
    for (int other = 16; other != 0; other /= 2) x = fmaxf(x, TESSERA_EXCHANGE(x, other, at));
    return x;
}

/// The sum over the threads of a block of whole warps, in one dimension; the same bits in each
/// thread. All of them must call it.
__device__ inline float block_sum(float x, place at = TESSERA_HERE) {
    TESSERA_SHARED(float, partial, [32]);
    x = warp_sum(x, at);
    TESSERA_BARRIER(at);  // those who still read the last one's
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
    TESSERA_BARRIER(at);
    return warp_sum(threadIdx.x % 32 < blockDim.x / 32 ? partial[threadIdx.x % 32] : 0.0F, at);
}
__device__ inline float block_max(float x, place at = TESSERA_HERE) {
    TESSERA_SHARED(float, partial, [32]);
    x = warp_max(x, at);
    TESSERA_BARRIER(at);
    if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = x;
    TESSERA_BARRIER(at);
    return warp_max(partial[threadIdx.x % 32 < blockDim.x / 32 ? threadIdx.x % 32 : 0], at);
}

}  // namespace tessera::engine::cuda
