#pragma once

#include <memory>

#include "run/backend.hpp"
#include "run/cuda/device.hpp"
#include "train/learner.hpp"

namespace tessera::engine::train {

struct cuda_learning {
    /// Of a micro-batch; 0: a power of two that half of the device's free memory holds. Sums of
    /// gradients round by it.
    int micro_tokens = 0;
};

/// Learns on a GPU; what products multiply is rounded to bf16 where tensor cores are to compute it.
/// Losses of a step are those of the same step on the processors up to rounding.
/// Throws engine_error unsupported where the device has no kernels for training.
std::shared_ptr<const learning_device> learn_on(std::shared_ptr<cuda::device>,
                                                const cuda_learning& = {});
/// Of the device that a backend computes on; null: that is the processors, where trainers learn by
/// themselves.
std::shared_ptr<const learning_device> learners_of(const backend&);

}  // namespace tessera::engine::train
