#include "run/cuda/cuda_runner.hpp"

#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace tessera::engine::cuda {

// What goes with the device.
struct cuda_runner::working {
    working(std::shared_ptr<const model_on_device> model, const runner_options& options)
        : forward(model, options), draws(forward, model->on()) {}

    forward_pass forward;
    token_drawing draws;
};

cuda_runner::cuda_runner(std::shared_ptr<const model_on_device> model,
                         const runner_options& options)
    : model_(std::move(model)), device_(model_->on()), options_(options), adapters_(model_) {
    const auto in = device_.enter();
    begin();
    blocks_ = working_->forward.blocks();
    // Begun anew, it has as many blocks as its scheduler knows of.
    options_.kv_tokens = blocks_ * block_positions;
}

cuda_runner::~cuda_runner() {
    const auto in = device_.hold();
    working_.reset();
}

void cuda_runner::begin() {
    working_.reset();
    adapters_.restore();
    working_ = std::make_unique<working>(model_, options_);
    generation_ = device_.generation();
}

// With the device in use and all there that was there before, or engine_error device, once.
template <class F>
auto cuda_runner::on_device(F f) {
    const auto in = device_.enter();
    if (!working_ || generation_ != device_.generation()) {
        begin();
        if (!std::exchange(told_, true)) {
            throw engine_error(error_code::device,
                               std::string(device_.properties().name) +
                                   " was lost and has been opened again; send the request again");
        }
    }
    try {
        told_ = false;
        return f(*working_);
    } catch (const engine_error& e) {
        if (e.code == error_code::device) {
            // Whatever failed, nothing is known of what was under way.
            working_.reset();
            told_ = true;
        }
        throw;
    }
}

int cuda_runner::attach(const adapter_config& config, const tensor_source& tensors) {
    return adapters_.attach(config, tensors);
}

void cuda_runner::detach(int adapter) { adapters_.detach(adapter); }

bool cuda_runner::compute(std::span<const sequence_part> parts, const interrupt& stop) {
    return on_device([&](working& now) {
        std::vector<int> places;
        for (const auto& part : parts) {
            places.push_back(part.adapter == 0 ? -1 : adapters_.place_of(part.adapter));
            now.draws.forget(part.slots);
            for (const int slot : part.slots) slot_adapters_[slot] = part.adapter;
        }
        return now.forward.compute(parts, stop, places, adapters_.matrices());
    });
}

void cuda_runner::draw(std::span<const draw_request> requests, std::span<token_outcome> outcomes,
                       std::span<const int> later) {
    on_device([&](working& now) {
        now.draws.draw(requests, outcomes);
        now.draws.foresee(later);
    });
}

void cuda_runner::describe(std::span<const describe_request> requests,
                           std::span<token_outcome> outcomes) {
    on_device([&](working& now) { now.draws.describe(requests, outcomes); });
}

void cuda_runner::states(std::span<const int> slots, std::span<float> to) {
    on_device([&](working& now) { now.draws.states(slots, to); });
}

int cuda_runner::labels(int adapter) const {
    const auto& classifier = config().classifier;
    const int own = classifier ? static_cast<int>(classifier->labels.size()) : 0;
    const int brought = adapter == 0 ? 0 : adapters_.labels(adapter);
    return brought > 0 ? brought : own;
}

void cuda_runner::classify(int slot, std::span<float> to) {
    on_device([&](working& now) {
        const int adapter = slot_adapters_.at(slot);
        const auto brought = adapter == 0 ? matrix{} : adapters_.score_of(adapter);
        now.draws.multiply(brought.outer > 0 ? brought : now.forward.weights().score, slot, to);
    });
}

}  // namespace tessera::engine::cuda
