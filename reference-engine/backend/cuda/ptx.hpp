#pragma once

// Instructions that CUDA C++ has no words for.

#include "backend/cuda/device.hpp"

#ifdef __CUDACC__

namespace tessera::engine::cuda {

namespace ptx {
__device__ inline unsigned shared_address(const void* p) {
    return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
}  // namespace ptx

/// Copies 4, 8 or 16 bytes, aligned to as many, from global to shared memory; they are there for
/// this thread after commit_copies() and wait_copies(), for others after a barrier behind that.
template <int bytes>
__device__ void copy_async(void* to_shared, const void* from) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    if constexpr (bytes == 16)
        asm volatile(
            "cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(ptx::shared_address(to_shared)),
            "l"(from)
            : "memory");
    else
        asm volatile(
            "cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(ptx::shared_address(to_shared)),
            "l"(from), "n"(bytes)
            : "memory");
}
/// Zeros, and reads nothing, unless `copies`.
template <int bytes>
__device__ void copy_async_or_zero(void* to_shared, const void* from, bool copies) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    const int size = copies ? bytes : 0;
    if constexpr (bytes == 16)
        asm volatile(
            "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(ptx::shared_address(to_shared)),
            "l"(from), "r"(size)
            : "memory");
    else
        asm volatile(
            "cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(ptx::shared_address(to_shared)),
            "l"(from), "n"(bytes), "r"(size)
            : "memory");
}
/// Copies the first of 16 bytes, and zeros for the others.
__device__ inline void copy_async_some(void* to_shared, const void* from, int bytes) {
    asm volatile(
        "cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(ptx::shared_address(to_shared)),
        "l"(from), "r"(bytes)
        : "memory");
}
/// Makes a group of this thread's copies since the last one.
__device__ inline void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
/// Waits until at most `groups` of this thread's groups are under way.
template <int groups>
__device__ void wait_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(groups) : "memory");
}

/// ldmatrix: `count` (1, 2, 4) matrices of 8 rows of 16 bytes; lane 8 m + r gives row r of matrix m,
/// and holds of each the two 16-bit numbers that an mma wants of it. All lanes of the warp.
template <int count>
__device__ void load_fragments(std::uint32_t (&to)[count], const void* row) {
    static_assert(count == 1 || count == 2 || count == 4);
    const unsigned from = ptx::shared_address(row);
    if constexpr (count == 1)
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];"
                     : "=r"(to[0])
                     : "r"(from)
                     : "memory");
    else if constexpr (count == 2)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                     : "=r"(to[0]), "=r"(to[1])
                     : "r"(from)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(from)
                     : "memory");
}
/// The same of the transposed matrices.
template <int count>
__device__ void load_fragments_transposed(std::uint32_t (&to)[count], const void* row) {
    static_assert(count == 1 || count == 2 || count == 4);
    const unsigned from = ptx::shared_address(row);
    if constexpr (count == 1)
        asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];"
                     : "=r"(to[0])
                     : "r"(from)
                     : "memory");
    else if constexpr (count == 2)
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                     : "=r"(to[0]), "=r"(to[1])
                     : "r"(from)
                     : "memory");
    else
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                     : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                     : "r"(from)
                     : "memory");
}

/// d [16][8] += a [16][16] * b [16][8] of bf16. With g = lane / 4 and t = lane % 4: a[0] holds
/// (g, 2t), (g, 2t + 1); a[1] those of row g + 8; a[2], a[3] those of columns + 8; b[0] holds
/// (2t, g), (2t + 1, g); b[1] those of rows + 8; d holds (g, 2t), (g, 2t + 1), then row g + 8. All
/// lanes of the warp.
__device__ inline void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
/// d [16][8] += a [16][32] * b [32][8] of signed bytes, exactly. As mma_bf16, with four numbers for
/// two: a[0] holds (g, 4t) to (g, 4t + 3), a[2] those of columns + 16; b[0] (4t, g) to (4t + 3, g).
__device__ inline void mma_s8(int (&d)[4], const std::uint32_t (&a)[4],
                              const std::uint32_t (&b)[2]) {
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// Asks for the cache line of a global address.
__device__ inline void prefetch_l2(const void* from) {
    asm volatile("prefetch.global.L2 [%0];" ::"l"(from));
}
/// 16 bytes, aligned, of global memory that no kernel writes and nobody reads again soon.
__device__ inline uint4 load_once(const void* from) {
    uint4 x;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(x.x), "=r"(x.y), "=r"(x.z), "=r"(x.w)
                 : "l"(from));
    return x;
}
/// Two numbers of bf16 as mma reads them, rounded to nearest even.
__device__ inline std::uint32_t pack_bf16(float low, float high) {
    std::uint32_t pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}

}  // namespace tessera::engine::cuda

#else
#include "cuda_on_cpu/ptx.hpp"
#endif
