#pragma once

#include "backend/cuda/training.hpp"

namespace tessera::engine::cuda {

/// cudaErrorNotSupported.
inline constexpr status not_supported = 801;
/// Of kernels whose threads each do one number, or a few.
inline constexpr int element_threads = 256;

constexpr unsigned blocks_of(std::ptrdiff_t count, int a_block) {
    return static_cast<unsigned>((count + a_block - 1) / a_block);
}

/// Launchers, each beside its kernels.
status launch_training_product(const training_product&, stream);
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
