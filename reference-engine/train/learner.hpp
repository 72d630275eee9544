#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "loading/config.hpp"
#include "loading/tensor_source.hpp"
#include "train/batch.hpp"
#include "train/options.hpp"
#include "train/parameters.hpp"

namespace tessera::engine::train {

/// AdamW with the corrections of its moments' bias folded into `rate` and `epsilon`.
struct adamw_step {
    float clip = 1;  ///< what gradients are multiplied by
    float rate = 0;
    float decay = 0;  ///< of weights that decay
    float beta1 = 0;
    float beta2 = 0;
    float epsilon = 0;
};

/// All that learning remembers, in the order of a parameter_layout.
struct learned_state {
    std::span<float> weights, first, second;
};

using losses = std::array<double, objectives>;

/// A network on a device with its weights, gradients and moments: all that a trainer asks for. The
/// same calls give the same bits. One thread at a time; throws engine_error where the device fails.
class learner {
  public:
    /// Asked between layers, by any thread; once it says yes, what is left is not computed and the
    /// results of the call mean nothing.
    using interrupt = std::function<bool()>;

    virtual ~learner() = default;
    learner(const learner&) = delete;
    learner& operator=(const learner&) = delete;

    virtual const model_config& config() const = 0;
    virtual const parameter_layout& layout() const = 0;
    virtual batch_limits limits() const = 0;

    /// The sum of the losses of each objective. With `scales`, those of derivatives, the gradients
    /// become the sums over the batch.
    virtual losses pass(const batch&, const std::array<float, objectives>* scales,
                        const interrupt&) = 0;
    /// Of predicted tokens, to their places.
    virtual void log_probabilities(const batch&, bool without_adapters, std::span<float> to,
                                   const interrupt&) = 0;
    /// The sum of the squares of the gradients, as they are after a pass.
    virtual double squares() = 0;
    /// Needs squares() of the last pass before it.
    virtual void update(const adamw_step&) = 0;

    /// In the host's memory, as after the last update; valid as long as the learner. What is written
    /// there before the next call holds.
    virtual learned_state state() = 0;
    /// The weights of that state, for whoever needs no more.
    virtual std::span<float> writable_weights() = 0;
    virtual std::span<const float> weights() const = 0;
    /// After squares(), for whoever checks them.
    virtual std::vector<float> gradients() const = 0;

  protected:
    learner() = default;
};

/// Where trainers learn. Thread-safe.
class learning_device {
  public:
    virtual ~learning_device() = default;
    learning_device(const learning_device&) = delete;
    learning_device& operator=(const learning_device&) = delete;

    /// `frozen`: the model that adapters are for, needed during the call alone; null where all
    /// weights are trained. Throws engine_error: malformed, unsupported.
    virtual std::unique_ptr<learner> start(const model_config&, const tuning&,
                                           const objective_options&, product_precision,
                                           const tensor_source* frozen) const = 0;

  protected:
    learning_device() = default;
};

/// A run of weights that the optimiser treats alike.
struct weight_stretch {
    std::size_t offset;
    int size;
    bool decays;
};
std::vector<weight_stretch> stretches_of(const parameter_layout&);

}  // namespace tessera::engine::train
