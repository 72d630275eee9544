#pragma once

#include <memory>
#include <vector>

#include "core/thread_pool.hpp"
#include "model/model.hpp"
#include "train/learner.hpp"
#include "train/network.hpp"

namespace tessera::engine::train {

/// Learns on the processors of this machine, with the same bits for any number of threads.
class host_learner final : public learner {
  public:
    /// `frozen`: the model that adapters are for, read where it lies, also while it serves; null
    /// where all weights are trained, which the precision is for. `threads` as those of a thread_pool.
    host_learner(const model_config&, const tuning&, const objective_options&, product_precision,
                 int threads, std::shared_ptr<const model> frozen);

    const model_config& config() const override { return net_.config(); }
    const parameter_layout& layout() const override { return net_.layout(); }
    batch_limits limits() const override;

    losses pass(const batch&, const std::array<float, objectives>* scales,
                const interrupt&) override;
    void log_probabilities(const batch&, bool without_adapters, std::span<float> to,
                           const interrupt&) override;
    double squares() override;
    void update(const adamw_step&) override;

    learned_state state() override { return {weights_, first_, second_}; }
    std::span<float> writable_weights() override { return weights_; }
    std::span<const float> weights() const override { return weights_; }
    std::vector<float> gradients() const override;

  private:
    void prepare(const batch&);
    template <class F>
    void for_shards(const batch&, const interrupt&, F f);

    network<float> net_;
    thread_pool pool_;
    std::vector<weight_stretch> stretches_;
    std::vector<float> weights_, first_, second_;
    std::vector<float> gradients_;  // of the shards, one after the other
    std::size_t shards_ = 0;        // that the last pass had
    std::vector<workspace<float>> spaces_;
};

}  // namespace tessera::engine::train
