#pragma once

#include <cstddef>
#include <string_view>

namespace tessera::engine::train {

/// Columns of a packed panel. Packed matrices of k x n lie as [ceil(n / panel)][k][panel],
/// zero-padded.
inline constexpr int panel = 32;

constexpr std::size_t packed_size(std::size_t k, std::size_t n) {
    return (n + panel - 1) / panel * panel * k;
}

/// C[m x n] (+)= A[m x k] B[k x n]. A is addressed by two strides, so that it may be a transpose;
/// B has contiguous rows or is packed; C has contiguous rows. Every element of C is a sum over k in
/// an order that depends on k alone.
template <class T>
struct product {
    int m, n, k;
    const T* a;
    std::ptrdiff_t a_row, a_column;
    const T* b;
    std::ptrdiff_t b_row;  ///< 0: b is packed
    T* c;
    std::ptrdiff_t c_row;
    bool accumulate;
    std::ptrdiff_t b_panel = 0;  ///< distance of packed panels; 0: k * panel
};

/// The arithmetic of the trainer for one level of processor. `scratch` needs `scratch_size`
/// elements.
template <class T>
struct kernels {
    const char* name;
    void (*multiply)(const product<T>&, T* scratch);
    /// Packs B[k x n], addressed by two strides.
    void (*pack)(int k, int n, const T* b, std::ptrdiff_t row, std::ptrdiff_t column, T* packed);

    /// y = x / rms(x) * weight, rows of d; keeps 1 / rms.
    void (*norm)(int rows, int d, const T* x, const T* weight, T epsilon, T* y, T* inverse);
    /// dx += ..., dweight += ...
    void (*norm_backward)(int rows, int d, const T* x, const T* weight, const T* inverse,
                          const T* dy, T* dx, T* dweight);
    /// act = silu(gate) * up over rows of [gate | up].
    void (*swiglu)(int rows, int f, const T* gate_up, T* act);
    /// Writes the gradient over gate_up itself.
    void (*swiglu_backward)(int rows, int f, const T* dact, T* gate_up);
    /// Turns the pairs (i, i + half) of `heads` heads, each row by its position's row of the
    /// tables. direction 1 forward, -1 backward.
    void (*rotate)(int rows, int heads, int half, const int* positions, const T* cosine,
                   const T* sine, T direction, T* x, std::ptrdiff_t row);

    /// Causal softmax of scores[rows x n]: row r keeps the columns up to first + r.
    void (*attend)(int rows, int first, int n, T scale, T* scores, std::ptrdiff_t row, T* log_sum);
    /// scores -> probabilities, dprobabilities -> dscores. delta[r] = sum of output * doutput.
    void (*attend_backward)(int rows, int first, int n, T scale, const T* log_sum, const T* delta,
                            T* scores, T* dscores, std::ptrdiff_t row);
    /// logits -> scale * (softmax - target); returns the sum of the losses.
    double (*cross_entropy)(int rows, int n, const int* targets, T scale, T* logits);

    T (*dot)(int n, const T* a, const T* b);
    void (*add)(int n, const T* a, T* sum);
    /// gradient[i] = sum over copies; returns the sum of squares. Copies lie `stride` apart.
    double (*reduce)(int n, int copies, std::size_t stride, T* gradient);
    /// AdamW with bias corrections folded into `rate` and `epsilon`.
    void (*adamw)(int n, T clip, T rate, T decay, T beta1, T beta2, T epsilon, const T* gradient,
                  T* m, T* v, T* weight);
};

inline constexpr std::size_t scratch_size = 1 << 18;

/// The best that this processor runs; TESSERA_SIMD=portable|avx2|avx512 in the environment asks for
/// less.
template <class T>
const kernels<T>& kernels_of_processor();

/// Those of one level, null where they cannot run.
template <class T>
const kernels<T>* kernels_of_level(std::string_view name);

}  // namespace tessera::engine::train
