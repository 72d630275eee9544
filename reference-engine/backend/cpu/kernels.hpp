#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::engine::cpu {

/// Of weights and of the inputs of products; everything else is f32.
enum class element : std::uint8_t { f32, bf16 };

constexpr std::size_t size_of(element type) { return type == element::f32 ? 4 : 2; }

/// Output features a panel holds, one in each lane; rows of f32 buffers are padded to it.
inline constexpr int lanes = 16;
/// Positions a block of the cache holds.
inline constexpr int block_positions = 16;

constexpr int padded(int n) { return (n + lanes - 1) / lanes * lanes; }
constexpr int panels_of(int features) { return (features + lanes - 1) / lanes; }
/// 32-bit groups along the inner dimension: single f32 values, or pairs of bf16.
constexpr int groups_of(element type, int inner) {
    return type == element::f32 ? inner : (inner + 1) / 2;
}
constexpr std::size_t panel_bytes(element type, int inner) {
    return static_cast<std::size_t>(groups_of(type, inner)) * lanes * 4;
}

/// output[row][feature] (+)= bias[feature] + sum over k of input[row][k] * weight[feature][k].
/// Each output is one chain of sums in the order of k, so it has the same bits whatever the number
/// of rows and however panels are shared out.
struct product {
    const std::byte* weights = nullptr;  // [panel][group][lane] of 32 bits
    const std::byte* input = nullptr;    // [row][inner], zero from inner to the end of its group
    std::ptrdiff_t input_stride = 0;     // bytes
    float* output = nullptr;             // [row][panel * lanes]
    std::ptrdiff_t output_stride = 0;    // floats
    const float* bias = nullptr;         // [panel * lanes]; may be null
    int rows = 0;
    int groups = 0;
    bool accumulate = false;
};

/// A row of activations for a product.
struct target {
    std::byte* data = nullptr;  // [inner], of the type
    element type = element::f32;
};

/// Attention of consecutive positions of one sequence over its cache, for the query heads that
/// share one key-value head. Rounding depends on positions only, never on how rows, blocks or heads
/// are grouped.
struct attention {
    const float* query = nullptr;  // [row][head][head_dim]
    std::ptrdiff_t query_stride = 0;
    int rows = 0;
    int heads = 0;
    int head_dim = 0;
    int first_position = 0;           // of the first row
    const float* cache = nullptr;     // of the key-value head: keys [head_dim][position in block]
    std::ptrdiff_t block_stride = 0;  // floats
    std::ptrdiff_t value_offset = 0;  // from keys to values [position in block][padded head_dim]
    const int* blocks = nullptr;      // [block], of positions 0..15, 16..31, ...
    float scale = 1;
    target output;                     // [row][head][head_dim]
    std::ptrdiff_t output_stride = 0;  // bytes
    float* scratch = nullptr;          // [attention_scratch(rows * heads, head_dim)]
};

constexpr std::size_t attention_scratch(int vectors, int head_dim) {
    return static_cast<std::size_t>(vectors) *
           static_cast<std::size_t>(2 * padded(head_dim) + 4 * block_positions + lanes + 1 + lanes);
}

/// The arithmetic for one instruction set.
struct kernels {
    const char* name = "";
    /// What multiply_bf16 reads: without instructions for bf16 it is cheaper, and more accurate, to
    /// widen the weights only.
    element bf16_input = element::f32;
    /// Panels [first, last) of a product.
    void (*multiply_f32)(const product&, int first, int last) = nullptr;
    void (*multiply_bf16)(const product&, int first, int last) = nullptr;
    /// x / sqrt(mean(x^2) + eps) * weight, each [padded(size)]; x and weight are zero from size on.
    void (*rms_norm)(const float* x, const float* weight, int size, float eps, target) = nullptr;
    /// silu(gate) * up, to [pairs * lanes]; gate_up is [pairs][gate, up][lanes].
    void (*swiglu)(const float* gate_up, int pairs, target) = nullptr;
    void (*attend)(const attention&) = nullptr;
    /// output[i] = exp((x[i] - shift) * scale); x and output are [size]. The sum of each whole or
    /// partial stretch of exponential_stretch of them goes to sums [stretch].
    void (*exponentials)(const float* x, int size, float shift, float scale, float* output,
                         float* sums) = nullptr;
    /// The largest value of x [size]; NaN if one of them is.
    float (*maximum)(const float* x, int size) = nullptr;
};

inline constexpr int exponential_stretch = 256;

/// Those this processor runs, the best first, the portable ones last.
std::span<const kernels* const> available_kernels();
inline const kernels& best_kernels() { return *available_kernels().front(); }

}  // namespace tessera::engine::cpu
