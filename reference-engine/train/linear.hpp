#pragma once

#include <cstddef>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "core/thread_pool.hpp"

namespace tessera::engine::train {

template <class T>
void grow(std::vector<T>& v, std::size_t size) {
    if (v.size() < size) v.resize(size);
}

/// A matrix as products read it; it belongs to someone else.
template <class T>
struct packed_view {
    cpu::element type = cpu::element::f32;
    const std::byte* data = nullptr;  // [panel][group][lane]
    const T* bias = nullptr;          // [panel * lanes]; may be null
    int panels = 0;
};

/// Writes a row, `inner` values, of a packed matrix.
template <class T>
void read_row(const packed_view<T>& matrix, int inner, int row, T* to);

/// Outputs of a linear map that lie together in its gradient's rows and in its flat weights.
struct linear_part {
    std::size_t weights = 0;  // offset of [outputs][inner] in the flat arrays, where it is trained
    int outputs = 0;
    int panel = 0;  // the first of its packed panels
    int panel_step = 1;
    int column = 0;  // the first of its columns in rows of gradients
};

/// y = x W^T + bias. W lies packed, for products with x; where it is trained it lies flat as well, as
/// in files: [outputs][inner]. All three products multiply what W is packed as: of f32, or with both
/// sides rounded to bf16.
template <class T>
struct linear {
    packed_view<T> packed;
    int inner = 0;
    std::vector<linear_part> parts;
    bool trained = true;
};

/// What products need beside their operands.
template <class T>
struct linear_space {
    std::vector<std::vector<std::byte>> scratch;  // [worker], of products that pack
    std::vector<T> rows;                          // [depth][inner] of a frozen matrix
    std::vector<std::byte> rounded;  // [row][inner], inputs of products with bf16 and i8
};

/// The three products of a linear map. Rows lie `stride` apart; what `pool` shares out, where there
/// is one, are panels, so that no result depends on it.
template <class T>
struct linear_products {
    const cpu::basic_kernels<T>& kernels;
    linear_space<T>& space;
    thread_pool* pool;

    void share(const cpu::basic_product<T>& p, int panels);
    /// y [rows][panels * lanes] = or += x W^T + bias, where x is [rows][padded inner].
    void forward(const linear<T>& map, int rows, const T* x, std::ptrdiff_t x_stride, T* y,
                 std::ptrdiff_t y_stride, bool accumulate);
    /// dx [rows][inner] = or += dy W.
    void backward_input(const linear<T>& map, const T* weights, int rows, const T* dy,
                        std::ptrdiff_t dy_stride, T* dx, std::ptrdiff_t dx_stride,
                        bool continued = false);
    /// gradients += dy^T x, or = where they are `fresh`.
    void backward_weights(const linear<T>& map, int rows, const T* x, std::ptrdiff_t x_stride,
                          const T* dy, std::ptrdiff_t dy_stride, T* gradients, bool fresh);
};

}  // namespace tessera::engine::train
