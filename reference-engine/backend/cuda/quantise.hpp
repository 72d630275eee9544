#pragma once

// Rows of i8; for kernels only.

#include "backend/cuda/device.hpp"
#include "backend/cuda/layout.hpp"

namespace tessera::engine::cuda {

/// Writes a block of a row of i8 as the CPU quantises it: the largest magnitude becomes 127, zeros
/// follow to the end of the last step; its scale is that of no number where one of its numbers is
/// none, or infinite. By all lanes of a warp; value_of(k) gives number k of the row, k < inner, once.
template <class F>
__device__ void store_block(std::byte* row, int inner, int block, F value_of,
                            place at = TESSERA_HERE) {
    static_assert(longest_block == 128);
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int numbers = block_numbers(inner);
    const int block_bytes = block_steps(inner) * step_bytes;
    float x[4];
    float most = 0;
    float trace = 0;  // not a number where one of x is none, or infinite
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const int k = lane * 4 + i;
        const bool is = k < numbers && block * numbers + k < inner;
        x[i] = is ? value_of(block * numbers + k) : 0.0F;
        most = fmaxf(most, fabsf(x[i]));
        trace += x[i] * 0.0F;
    }
    most = warp_max(most, at);
    trace = warp_sum(trace, at);
    // Smaller ones have no reciprocal.
    constexpr float least_magnitude = 1e-30F;
    const bool nothing = trace != trace || most < least_magnitude;
    const float factor = nothing ? 0.0F : __fdiv_rn(127.0F, most);
    std::uint32_t four = 0;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const int number = nothing ? 0 : __float2int_rn(__fmul_rn(x[i], factor));
        four |= (static_cast<std::uint32_t>(number) & 0xffU) << (8 * i);
    }
    if (lane * 4 < block_bytes)
        reinterpret_cast<std::uint32_t*>(row + block * block_bytes)[lane] = four;
    if (lane == 0) {
        auto* scales = reinterpret_cast<float*>(row + blocks_of(inner) * block_bytes);
        scales[block] = nothing ? trace : __fdiv_rn(most, 127.0F);
    }
}

}  // namespace tessera::engine::cuda
