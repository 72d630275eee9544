#pragma once

#include <cstddef>

#include "backend/cuda/layout.hpp"

namespace tessera::engine::cuda {

/// Puts a row of weights, `inner` values, into its place in a matrix [matrix_bytes(type, outer,
/// inner)] in the host's memory that was zero: rounded to bf16, or quantised as the CPU does. Rows
/// may be packed by many threads at once. Features of gate and up take turns: gate i is row 2 * i,
/// up i is row 2 * i + 1.
void pack_row(element type, int outer, int inner, int row, const float* values, std::byte* matrix);

/// The way back: `inner` values.
void unpack_row(element type, int outer, int inner, int row, const std::byte* matrix,
                float* values);

/// A row of activations as the input of products, [input_bytes(type, inner)].
void pack_input(element type, int inner, const float* values, std::byte* row);

}  // namespace tessera::engine::cuda
