#pragma once

// backend/cuda/ptx.hpp for the host's compiler: fragments lie as in the PTX manual.

#include <cstdint>
#include <cstring>

#include "cuda_on_cpu/machine.hpp"

namespace tessera::engine::cuda {

template <int bytes>
void copy_async(void* to_shared, const void* from, place at = TESSERA_HERE) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    cuda_on_cpu::copy_later(to_shared, from, bytes, 0, at);
}
template <int bytes>
void copy_async_or_zero(void* to_shared, const void* from, bool copies, place at = TESSERA_HERE) {
    static_assert(bytes == 4 || bytes == 8 || bytes == 16);
    cuda_on_cpu::copy_later(to_shared, from, copies ? bytes : 0, copies ? 0 : bytes, at);
}
inline void copy_async_some(void* to_shared, const void* from, int bytes, place at = TESSERA_HERE) {
    cuda_on_cpu::copy_later(to_shared, from, static_cast<std::size_t>(bytes),
                            static_cast<std::size_t>(16 - bytes), at);
}
inline void commit_copies() { cuda_on_cpu::commit_copies(); }
template <int groups>
void wait_copies() {
    cuda_on_cpu::wait_for_copies(groups);
}

namespace twin {

template <int count>
struct row_slot {
    const std::byte* row;
    std::uint32_t* to;
};

template <int count, bool transposed>
void load_fragments(std::uint32_t (&to)[count], const void* row, place at) {
    static_assert(count == 1 || count == 2 || count == 4);
    if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0)
        cuda_on_cpu::fault("load_fragments of a row that is not aligned", at);
    if (cuda_on_cpu::lane() < 8 * count) cuda_on_cpu::touch(row, 16, false, at);
    row_slot<count> mine{static_cast<const std::byte*>(row), to};
    cuda_on_cpu::meet(
        ~0U, &mine,
        [](void* const(&slots)[32], std::uint32_t) __attribute__((no_sanitize("thread"))) {
            const auto slot = [&](int i) { return *static_cast<row_slot<count>*>(slots[i]); };
            for (int m = 0; m != count; ++m) {
                for (int lane = 0; lane != 32; ++lane) {
                    std::uint16_t pair[2];
                    for (int i = 0; i != 2; ++i) {
                        const int of = transposed ? lane % 4 * 2 + i : lane / 4;
                        const int column = transposed ? lane / 4 : lane % 4 * 2 + i;
                        std::memcpy(pair + i, slot(m * 8 + of).row + 2 * column, 2);
                    }
                    std::memcpy(slot(lane).to + m, pair, 4);
                }
            }
        },
        at);
}

template <class D>
struct mma_slot {
    D (&d)[4];
    const std::uint32_t (&a)[4];
    const std::uint32_t (&b)[2];
};

/// d [16][8] += a [16][k] * b [k][8], whose fragments hold `per` numbers in 32 bits.
template <class D, int per, class Unpack>
void mma(D (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2], Unpack, place at) {
    mma_slot<D> mine{d, a, b};
    cuda_on_cpu::meet(
        ~0U, &mine,
        [](void* const(&slots)[32], std::uint32_t) __attribute__((no_sanitize("thread"))) {
            constexpr int inner = 8 * per;
            D left[16][inner], right[inner][8];
            for (int lane = 0; lane != 32; ++lane) {
                const auto& slot = *static_cast<mma_slot<D>*>(slots[lane]);
                for (int i = 0; i != per; ++i) {
                    const int k = lane % 4 * per + i;
                    for (int r = 0; r != 4; ++r)
                        left[lane / 4 + r % 2 * 8][k + r / 2 * 4 * per] = Unpack{}(slot.a[r], i);
                    for (int r = 0; r != 2; ++r)
                        right[k + r * 4 * per][lane / 4] = Unpack{}(slot.b[r], i);
                }
            }
            for (int row = 0; row != 16; ++row) {
                D sum[8] = {};
                for (int k = 0; k != inner; ++k)
                    for (int n = 0; n != 8; ++n) sum[n] += left[row][k] * right[k][n];
                for (int n = 0; n != 8; ++n)
                    static_cast<mma_slot<D>*>(slots[row % 8 * 4 + n / 2])->d[row / 8 * 2 + n % 2] +=
                        sum[n];
            }
        },
        at);
}

struct bf16_of {
    float operator()(std::uint32_t pair, int i) const {
        return to_float(bf16{static_cast<std::uint16_t>(pair >> (16 * i))});
    }
};
struct s8_of {
    int operator()(std::uint32_t four, int i) const {
        return static_cast<std::int8_t>(four >> (8 * i));
    }
};

}  // namespace twin

template <int count>
void load_fragments(std::uint32_t (&to)[count], const void* row, place at = TESSERA_HERE) {
    twin::load_fragments<count, false>(to, row, at);
}
template <int count>
void load_fragments_transposed(std::uint32_t (&to)[count], const void* row,
                               place at = TESSERA_HERE) {
    twin::load_fragments<count, true>(to, row, at);
}

inline void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                     place at = TESSERA_HERE) {
    twin::mma<float, 2>(d, a, b, twin::bf16_of{}, at);
}
inline void mma_s8(int (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2],
                   place at = TESSERA_HERE) {
    twin::mma<int, 4>(d, a, b, twin::s8_of{}, at);
}

inline void prefetch_l2(const void*) {}
__forceinline__ uint4 load_once(const void* p) { return *static_cast<const uint4*>(p); }
inline std::uint32_t pack_bf16(float low, float high) {
    return static_cast<std::uint32_t>(to_bf16(high).bits) << 16 | to_bf16(low).bits;
}

}  // namespace tessera::engine::cuda
