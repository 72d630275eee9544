#pragma once

#include <cstddef>
#include <cstring>

#include "backend/cpu/kernels.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cpu {

/// Writes a row of a matrix in panels, `inner` values. In the arithmetic of doubles, f32 stands for
/// doubles.
template <class T>
void read_row(element type, int inner, const std::byte* panels, int row, T* to) {
    const std::ptrdiff_t word = type == element::f32 ? std::ptrdiff_t{sizeof(T)} : 4;
    const std::ptrdiff_t line = word * lanes;
    const std::ptrdiff_t panel = type == element::i8
                                     ? static_cast<std::ptrdiff_t>(panel_bytes(type, inner))
                                     : groups_of(type, inner) * line;
    const std::byte* place = panels + row / lanes * panel + row % lanes * word;
    const int quads = quads_of(inner);
    for (int k = 0; k < inner; ++k) {
        if (type == element::f32) {
            std::memcpy(to + k, place + k * line, sizeof(T));
        } else if (type == element::bf16) {
            bf16 one;
            std::memcpy(&one, place + k / 2 * line + k % 2 * 2, sizeof one);
            to[k] = static_cast<T>(to_float(one));
        } else {
            const std::byte* block = place + k / (4 * quads) * (1 + quads) * line;
            float scale;
            std::memcpy(&scale, block, sizeof scale);
            const auto number = block[(1 + k % (4 * quads) / 4) * line + k % 4];
            to[k] = static_cast<T>(scale) * static_cast<T>(std::to_integer<int>(number) - 128);
        }
    }
}

/// Rounds a row, `inner` values, into its lane of a panel of bf16.
template <class T>
void write_bf16_row(int inner, const T* from, int lane, std::byte* panel) {
    std::byte* place = panel + lane * 4;
    for (int k = 0; k < inner; ++k) {
        const bf16 one = to_bf16(static_cast<float>(from[k]));
        std::memcpy(place + k / 2 * (4 * lanes) + k % 2 * 2, &one, sizeof one);
    }
}

}  // namespace tessera::engine::cpu
