#pragma once

#include "backend/cuda/device.hpp"
#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {

/// cudaErrorNotSupported.
inline constexpr status not_supported = 801;
/// Of kernels whose threads each do one number, or a few.
inline constexpr int element_threads = 256;

constexpr unsigned blocks_of(std::ptrdiff_t count, int a_block) {
    return static_cast<unsigned>((count + a_block - 1) / a_block);
}

__device__ inline void put(const training_output& to, std::ptrdiff_t at, float x) {
    if (to.exact) to.exact[at] = x;
    if (to.rounded) to.rounded[at] = to_bf16(x);
}

/// A number of a product, whose sum that is.
__device__ inline void finish(const training_product& p, std::ptrdiff_t row, int column,
                              float sum) {
    const std::ptrdiff_t at = row * p.output_stride + column;
    float value = p.factor * sum;
    if (p.bias) value += p.bias[column];
    if (p.before) value += p.before[at];
    put(p.output, at, value);
}

/// Of the inner dimension what each of its parts has, a multiple of `depth`; less in the last.
constexpr int part_inner(int inner, int parts, int depth) {
    return ((inner + parts - 1) / parts + depth - 1) / depth * depth;
}

/// Launchers, each beside its kernels.
status launch_training_product(const training_product&, stream);
/// Leaves sums of parts in the scratch where there is more than one.
status launch_training_product_bf16(const training_product&, int parts, stream);
status launch_training_round(const training_round&, stream);
status launch_training_embed(const training_embed&, stream);
status launch_training_embed_backward(const training_embed_backward&, stream);
status launch_training_pick(const training_pick&, stream);
status launch_training_norm(const training_norm&, stream);
status launch_training_norm_backward(const training_norm_backward&, stream);
status launch_training_column_sums(const training_column_sums&, stream);
status launch_training_rotate(const training_rotate&, stream);
status launch_training_attend(const training_attention&, stream);
status launch_training_attend_backward(const training_attention_backward&, stream);
status launch_training_gate(const training_gate&, stream);
status launch_training_gate_backward(const training_gate_backward&, stream);
status launch_training_predict(const training_predict&, stream);
status launch_training_predict_backward(const training_predict_backward&, stream);
status launch_training_squares(const training_squares&, stream);
status launch_training_adamw(const training_adamw&, stream);

}  // namespace tessera::engine::cuda
