#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/compute_budget.hpp"
#include "model/model.hpp"
#include "run/backend.hpp"
#include "run/cpu/forward.hpp"
#include "run/cpu/kv_cache.hpp"
#include "run/cpu/sampling.hpp"

namespace tessera::engine {

/// A runner on the processors of this machine.
class cpu_runner : public runner {
  public:
    cpu_runner(std::shared_ptr<const model>, const runner_options&,
               const cpu::kernels& = cpu::best_kernels());

    const model_config& config() const override { return model_->config(); }
    int blocks() const override { return cache_.blocks(); }
    int attach(const adapter_config&, const tensor_source&) override;
    void detach(int adapter) override;
    bool compute(std::span<const sequence_part>, const interrupt&) override;
    void draw(std::span<const draw_request>, std::span<token_outcome>,
              std::span<const int> later) override;
    void describe(std::span<const describe_request>, std::span<token_outcome>) override;
    void states(std::span<const int> slots, std::span<float> to) override;
    int labels(int adapter) const override;
    void classify(int slot, std::span<float> to) override;

  private:
    template <class Use>
    void for_logits(std::span<const int> slots, Use use);
    std::span<const float> row(const float* logits) const {
        return {logits, static_cast<std::size_t>(config().vocab_size)};
    }

    std::shared_ptr<const model> model_;
    const cpu::kernels& kernels_;
    kv_cache cache_;
    std::shared_ptr<compute_budget> budget_;
    int priority_;
    thread_pool& pool_;  // used in turns
    forward_pass forward_;
    mutable std::mutex mutex_;  // of the two that follow
    std::map<int, std::unique_ptr<const adapter_weights>> adapters_;
    int last_adapter_ = 0;
    std::vector<token_drawer> drawers_;                     // [worker]
    std::unordered_map<int, std::vector<float>> foreseen_;  // logits of slots drawn from later
};

}  // namespace tessera::engine
