#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "backend/cuda/kernels.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cuda {

/// What training asks a device for besides kernels.hpp, as plain structs and a table. Rows of
/// activations are as wide as they are; strides count numbers. What products multiply, their factors,
/// is of f32 or bf16; everything else is of f32. The same calls give the same bits: every sum of a
/// kernel has an order that is a function of shapes.

/// Where a kernel writes numbers that others may multiply: as they are, rounded to bf16 (to nearest,
/// ties to even), or both; null where nobody wants them.
struct training_output {
    float* exact = nullptr;
    bf16* rounded = nullptr;
};

/// output[r][c] = factor * (sum over k of a[r][k] * b[c][k]) + bias[c] + before[r][c]
/// Factors of bf16 are read fastest where they begin at 16 bytes and strides are multiples of 8.
struct training_product {
    element factors = element::f32;  ///< of a and b; bf16: on tensor cores
    int rows = 0;
    int columns = 0;
    int inner = 0;
    const void* a = nullptr;  ///< [rows][inner], or [inner][rows]
    std::ptrdiff_t a_stride = 0;
    bool a_turned = false;
    const void* b = nullptr;  ///< [columns][inner], or [inner][columns]
    std::ptrdiff_t b_stride = 0;
    bool b_turned = false;
    const float* bias = nullptr;  ///< [columns], or null
    float factor = 1;
    const float* before = nullptr;  ///< as the output lies, which it may be; or null
    training_output output = {};
    std::ptrdiff_t output_stride = 0;
    float* scratch = nullptr;     ///< [product_scratch(...)]
    bool may_ask_library = true;  ///< where one is there and faster
};

/// Parts of the inner dimension that are summed side by side, where rows and columns alone would leave
/// most of a device idle.
constexpr int product_parts(int rows, int columns, int inner) {
    constexpr int tile = 128, wanted_tiles = 264, least_inner = 512, most_parts = 16;
    const int tiles = ((rows + tile - 1) / tile) * ((columns + tile - 1) / tile);
    const int parts = std::min(wanted_tiles / std::max(1, tiles), inner / least_inner);
    return std::clamp(parts, 1, most_parts);
}
/// Whether a library is asked first: for large products of bf16. cuBLASLt gives the same bits on the
/// same GPU each time.
constexpr bool by_library(const training_product& p) {
    constexpr int least = 128;
    return p.may_ask_library && p.factors == element::bf16 && p.output.exact != nullptr &&
           p.output.rounded == nullptr && std::min({p.rows, p.columns, p.inner}) >= least;
}
/// Numbers of f32.
constexpr std::size_t product_scratch(const training_product& p) {
    const int parts = product_parts(p.rows, p.columns, p.inner);
    const std::size_t sums = parts == 1 ? 0 : static_cast<std::size_t>(parts) * p.rows * p.columns;
    return by_library(p) ? std::max(sums, library_workspace / sizeof(float)) : sums;
}

/// output = from
struct training_round {
    std::ptrdiff_t size = 0;
    const float* from = nullptr;
    bf16* output = nullptr;
};

/// output [row][width] = table[tokens[row]].
struct training_embed {
    int rows = 0;
    int width = 0;
    const int* tokens = nullptr;
    element type = element::f32;  ///< or bf16
    const void* table = nullptr;  ///< [token][width]
    float* output = nullptr;
};

/// gradient[token] += the sum of its rows, in their order.
struct training_embed_backward {
    int tokens = 0;  ///< different ones
    int width = 0;
    const int* ids = nullptr;    ///< [token]
    const int* first = nullptr;  ///< [token + 1], of rows
    const int* rows = nullptr;   ///< of `from`
    const float* from = nullptr;
    float* gradient = nullptr;  ///< [id][width]
};

/// output [row][width] = from[rows_of[row]], or zeros where that is -1.
struct training_pick {
    int rows = 0;
    int width = 0;
    const int* rows_of = nullptr;
    const float* from = nullptr;
    training_output output = {};
};

/// output = x * inverse * weight with inverse = 1 / sqrt(mean(x^2) + eps).
struct training_norm {
    int rows = 0;
    int size = 0;
    const float* x = nullptr;       ///< [row][size]
    const float* weight = nullptr;  ///< [size]
    float eps = 0;
    training_output output = {};  ///< [row][size]
    float* inverse = nullptr;     ///< [row]
};

/// dx += the derivatives by x; rounded = dx, unless it is null.
struct training_norm_backward {
    int rows = 0;
    int size = 0;
    const float* x = nullptr;
    const float* weight = nullptr;
    const float* inverse = nullptr;
    const float* doutput = nullptr;
    float* dx = nullptr;
    bf16* rounded = nullptr;
};

/// sums[c] += the sum over rows of x[r][c], times with[r][c] * factors[r] where these are given.
struct training_column_sums {
    int rows = 0;
    int columns = 0;
    const float* x = nullptr;
    std::ptrdiff_t x_stride = 0;
    const float* with = nullptr;  ///< or null
    std::ptrdiff_t with_stride = 0;
    const float* factors = nullptr;
    float* sums = nullptr;
    float* scratch = nullptr;  ///< [column_sum_parts(rows) * columns]
};
constexpr int column_sum_rows = 128;
constexpr int column_sum_parts(int rows) { return (rows + column_sum_rows - 1) / column_sum_rows; }

/// Turns the pairs (i, i + half) of x [row][heads][2 * half], backward with direction -1; of the
/// heads from `turned` on output = x. The output may be x.
struct training_rotate {
    int rows = 0;
    int heads = 0;
    int turned = 0;
    int half = 0;
    const int* positions = nullptr;
    const float* angles = nullptr;  ///< [position][cosines, sines][half]
    float direction = 1;
    const float* x = nullptr;
    training_output output = {};
};

/// Consecutive rows of one document, at most training_task_rows(...) of them.
struct training_task {
    int start;   ///< row of the document's first token
    int length;  ///< of the document
    int first;   ///< in the document; a multiple of training_task_rows
};
/// Rows that one block of attention holds.
constexpr int training_task_rows(element factors) { return factors == element::f32 ? 32 : 64; }

/// Causal attention within documents. Scores are never kept: the way back computes them again from
/// log_sums (Dao et al., FlashAttention-2, 2023).
struct training_attention {
    element factors = element::f32;
    const training_task* tasks = nullptr;
    int task_count = 0;
    int rows = 0;
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;  ///< even, at most 256
    float scale = 1;
    const void* heads_data = nullptr;  ///< factors [row][query, key, value], rotated
    std::ptrdiff_t heads_stride = 0;
    training_output output = {};  ///< [row][head][head_dim]
    float* log_sums = nullptr;    ///< [head][row]
};
struct training_attention_backward {
    training_attention forward;  ///< with its results, of which the exact output is read
    const float* doutput = nullptr;
    bf16* rounded_doutput = nullptr;  ///< scratch as large, where factors are of bf16
    float* dheads = nullptr;          ///< [row][query, key, value], set
    float* delta = nullptr;           ///< scratch [head][row]
};

/// output [row][size] = silu(gate) * up of [row][gate, up][size].
struct training_gate {
    int rows = 0;
    int size = 0;
    const float* gate_up = nullptr;
    training_output output = {};
};
struct training_gate_backward {
    int rows = 0;
    int size = 0;
    const float* gate_up = nullptr;
    const float* doutput = nullptr;  ///< [row][size]
    training_output dgate_up = {};
};

/// The log probability of each row's target, and the logarithm of the sum of its exponentials.
struct training_predict {
    int rows = 0;
    int vocabulary = 0;
    const float* logits = nullptr;  ///< [row][vocabulary]
    const int* targets = nullptr;
    float* log_sums = nullptr;
    float* log_probabilities = nullptr;
};
/// dlogits = weights[row] * (probability - 1 of the target); it may be the logits.
struct training_predict_backward {
    int rows = 0;
    int vocabulary = 0;
    const float* logits = nullptr;
    const int* targets = nullptr;
    const float* log_sums = nullptr;
    const float* weights = nullptr;
    training_output dlogits = {};
};

/// Weights that the optimiser treats alike.
struct training_stretch {
    std::int64_t offset;
    int size;
    int decays;
};
/// sums [stretch]
struct training_squares {
    const training_stretch* stretches = nullptr;
    int count = 0;
    const float* gradients = nullptr;
    double* sums = nullptr;
};
/// AdamW, with bias corrections folded into `rate` and `epsilon`.
struct training_adamw {
    const training_stretch* stretches = nullptr;
    int count = 0;
    float clip = 1;
    float rate = 0;
    float decay = 0;
    float beta1 = 0;
    float beta2 = 0;
    float epsilon = 0;
    const float* gradients = nullptr;
    float* first = nullptr;
    float* second = nullptr;
    float* weights = nullptr;
    bf16* rounded = nullptr;  ///< = weights, unless it is null
};

struct training_library {
    status (*multiply)(const training_product&, stream);
    status (*round)(const training_round&, stream);
    status (*embed)(const training_embed&, stream);
    status (*embed_backward)(const training_embed_backward&, stream);
    status (*pick)(const training_pick&, stream);
    status (*norm)(const training_norm&, stream);
    status (*norm_backward)(const training_norm_backward&, stream);
    status (*column_sums)(const training_column_sums&, stream);
    status (*rotate)(const training_rotate&, stream);
    status (*attend)(const training_attention&, stream);
    status (*attend_backward)(const training_attention_backward&, stream);
    status (*gate)(const training_gate&, stream);
    status (*gate_backward)(const training_gate_backward&, stream);
    status (*predict)(const training_predict&, stream);
    status (*predict_backward)(const training_predict_backward&, stream);
    status (*squares)(const training_squares&, stream);
    status (*adamw)(const training_adamw&, stream);
};

/// That of the kernels this is linked with.
const training_library& training_launchers();

}  // namespace tessera::engine::cuda
