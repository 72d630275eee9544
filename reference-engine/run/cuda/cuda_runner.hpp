#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "run/backend.hpp"
#include "run/cuda/adapters.hpp"
#include "run/cuda/drawing.hpp"
#include "run/cuda/forward.hpp"

namespace tessera::engine::cuda {

/// A runner on a GPU. When the device is lost, or fails otherwise, the call that finds out throws
/// engine_error device, and so does the next call of every other runner; those after that begin
/// anew, with an empty cache.
class cuda_runner : public runner {
  public:
    /// Throws engine_error device, as all calls do.
    cuda_runner(std::shared_ptr<const model_on_device>, const runner_options&);
    ~cuda_runner() override;

    const model_config& config() const override { return model_->config(); }
    int blocks() const override { return blocks_; }
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
    struct working;

    template <class F>
    auto on_device(F f);
    void begin();

    std::shared_ptr<const model_on_device> model_;
    device& device_;
    runner_options options_;
    adapter_table adapters_;
    std::unordered_map<int, int> slot_adapters_;  // of the slots that one computed
    std::uint64_t generation_ = 0;                // of the device, when work began
    bool told_ = false;                           // that what was there is gone
    int blocks_ = 0;
    std::unique_ptr<working> working_;
};

}  // namespace tessera::engine::cuda
