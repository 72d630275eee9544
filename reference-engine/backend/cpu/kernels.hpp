#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera::engine::cpu {

/// Of weights and of the inputs of products; everything else is f32. (In the arithmetic of doubles,
/// which gradients are checked with, `f32` stands for doubles.)
enum class element : std::uint8_t { f32, bf16 };

constexpr std::size_t size_of(element type) { return type == element::f32 ? 4 : 2; }

/// Output features a panel holds, one in each lane; rows of buffers are padded to it.
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
/// of rows, however panels are shared out, and however the chain is cut into blocks.
template <class T>
struct basic_product {
    element type = element::f32;  // of the weights
    const std::byte* weights =
        nullptr;                      // [panel][group][lane] of 32 bits, or [inner][feature] of T
    std::ptrdiff_t panel_stride = 0;  // bytes; 0: panels follow each other
    std::ptrdiff_t weight_stride =
        0;  // bytes from one k to the next of [inner][feature]; 0: panels
    const std::byte* input = nullptr;  // [row][inner], zero from inner to the end of its group, or
                                       // [inner][row] of T
    std::ptrdiff_t input_stride = 0;   // bytes
    bool input_turned = false;         // [inner][row]
    T* output = nullptr;               // [row][panel * lanes]
    std::ptrdiff_t output_stride = 0;  // in T
    const T* bias = nullptr;           // [panel * lanes]; may be null
    int rows = 0;
    int groups = 0;
    int columns = 0;          // of output, where its last panel is not whole; 0: all panels are
    bool accumulate = false;  // what stands in output is added to the sum
    bool continued = false;   // the chain begins with what stands in output
    std::byte* scratch = nullptr;  // [product_scratch<T>], for what does not lie as tiles read it:
                                   // [inner][feature] and [inner][row], which have neither bias nor
                                   // accumulate
};
using product = basic_product<float>;

template <class T>
inline constexpr std::size_t product_scratch = sizeof(T) << 18;

/// A row of activations for a product.
struct target {
    std::byte* data = nullptr;  // [inner], of the type
    element type = element::f32;
};

/// Attention of consecutive positions of one sequence over its cache, for the query heads that
/// share one key-value head. Rounding depends on positions only, never on how rows, blocks or heads
/// are grouped.
template <class T>
struct basic_attention {
    const T* query = nullptr;  // [row][head][head_dim]
    std::ptrdiff_t query_stride = 0;
    int rows = 0;
    int heads = 0;
    int head_dim = 0;
    int first_position = 0;           // of the first row
    const T* cache = nullptr;         // of the key-value head: keys [head_dim][position in block]
    std::ptrdiff_t block_stride = 0;  // in T
    std::ptrdiff_t value_offset = 0;  // from keys to values [position in block][padded head_dim]
    const int* blocks = nullptr;      // [block], of positions 0..15, 16..31, ...
    T scale = 1;
    target output;                     // [row][head][head_dim]
    std::ptrdiff_t output_stride = 0;  // bytes
    T* scratch = nullptr;              // [attention_scratch(rows * heads, head_dim)]
};
using attention = basic_attention<float>;

constexpr std::size_t attention_scratch(int vectors, int head_dim) {
    return static_cast<std::size_t>(vectors) *
           static_cast<std::size_t>(2 * padded(head_dim) + 4 * block_positions + lanes + 1 + lanes);
}

/// The arithmetic for one instruction set: of inference and of training, in f32 and, for checks of
/// gradients, in double.
template <class T>
struct basic_kernels {
    const char* name = "";
    /// What products with weights of bf16 read: without instructions for bf16 it is cheaper, and
    /// more accurate, to widen the weights only.
    element bf16_input = element::f32;
    /// Panels [first, last) of a product.
    void (*multiply)(const basic_product<T>&, int first, int last) = nullptr;
    /// Lays b [inner][features], addressed by two strides in T, out in panels
    /// [panel][inner][lane], zeros beyond the features.
    void (*pack)(int inner, int features, const T* b, std::ptrdiff_t row, std::ptrdiff_t column,
                 T* panels) = nullptr;
    /// The way back for one panel [group][lane] of weights: rows [lane][inner], `row` apart.
    void (*unpack)(element type, int inner, const std::byte* panel, T* rows,
                   std::ptrdiff_t row) = nullptr;
    /// x [padded(size)] as an input of products.
    void (*convert)(const T* x, int size, target) = nullptr;

    /// x / sqrt(mean(x^2) + eps) * weight, each [padded(size)]; x and weight are zero from size on.
    /// Returns what x is multiplied by beside weight.
    T (*rms_norm)(const T* x, const T* weight, int size, T eps, target) = nullptr;
    /// dx [padded(size)] += ..., and dweight [size] += ... unless it is null.
    void (*rms_norm_backward)(const T* x, const T* weight, int size, T inverse, const T* dy, T* dx,
                              T* dweight) = nullptr;
    /// silu(gate) * up, to [pairs * lanes]; gate_up is [pairs][gate, up][lanes].
    void (*swiglu)(const T* gate_up, int pairs, target) = nullptr;
    /// dact, dgate and dup are [pairs * lanes].
    void (*swiglu_backward)(const T* gate_up, int pairs, const T* dact, T* dgate, T* dup) = nullptr;
    /// Turns the pairs (i, i + half) of x [heads][2 * half] by cosines and sines [half], forward
    /// with direction 1, backward with -1.
    void (*rotate)(int heads, int half, const T* cosines, const T* sines, T direction,
                   T* x) = nullptr;
    void (*attend)(const basic_attention<T>&) = nullptr;
    /// Causal softmax of scores [rows][n], rows `row` apart: row r keeps the columns up to first + r,
    /// all others become zero. log_sum is [rows].
    void (*softmax)(int rows, int first, int n, T scale, T* scores, std::ptrdiff_t row,
                    T* log_sum) = nullptr;
    /// scores -> probabilities, dscores: of probabilities -> of scores, each [rows][n]; delta [rows]
    /// is the sum of output * doutput.
    void (*softmax_backward)(int rows, int first, int n, T scale, const T* log_sum, const T* delta,
                             T* scores, T* dscores, std::ptrdiff_t row) = nullptr;

    /// output[i] = exp((x[i] - shift) * scale); x and output are [size]. The sum of each whole or
    /// partial stretch of exponential_stretch of them goes to sums [stretch].
    void (*exponentials)(const T* x, int size, T shift, T scale, T* output, T* sums) = nullptr;
    /// The largest value of x [size]; NaN if one of them is.
    T (*maximum)(const T* x, int size) = nullptr;
    /// logits [size] -> scale * (softmax - target); returns the log probability of the target.
    double (*cross_entropy)(int size, int target, T scale, T* logits) = nullptr;

    T (*dot)(int size, const T* a, const T* b) = nullptr;
    /// sum [size] += factor * a [size].
    void (*add)(int size, T factor, const T* a, T* sum) = nullptr;
    /// gradient [size] becomes the sum over its copies, which lie `stride` apart. Returns the sum of
    /// squares.
    double (*reduce)(int size, int copies, std::size_t stride, T* gradient) = nullptr;
    /// AdamW over arrays [size], with bias corrections folded into `rate` and `epsilon`.
    void (*adamw)(int size, T clip, T rate, T decay, T beta1, T beta2, T epsilon, const T* gradient,
                  T* m, T* v, T* weight) = nullptr;
};
using kernels = basic_kernels<float>;

inline constexpr int exponential_stretch = 256;

/// Those this processor runs, the best first, the portable ones last. TESSERA_SIMD in the
/// environment, the name of one of them, leaves out what is better than it.
std::span<const kernels* const> available_kernels();
inline const kernels& best_kernels() { return *available_kernels().front(); }

extern const basic_kernels<double> double_kernels;

/// The best in one precision.
template <class T>
const basic_kernels<T>& kernels_for();
template <>
inline const basic_kernels<float>& kernels_for<float>() {
    return best_kernels();
}
template <>
inline const basic_kernels<double>& kernels_for<double>() {
    return double_kernels;
}

}  // namespace tessera::engine::cpu
