#include "run/cpu/cpu_runner.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine {
namespace {

static_assert(block_positions == cpu::block_positions);

// The cache's size by default, in bytes; memory is used up only where it is written.
constexpr double default_cache = 1 << 30;
// Logits are kept for that many tokens at a time: a row of a large vocabulary is half a megabyte.
constexpr std::size_t logits_rows = 32;

int blocks_for(int tokens) { return (tokens + block_positions - 1) / block_positions; }

cpu::element cached_as(kv_precision precision) {
    return precision == kv_precision::bf16 ? cpu::element::bf16 : cpu::element::f32;
}

int cache_blocks(const model_config& config, const runner_options& options) {
    if (options.kv_tokens > 0) return blocks_for(options.kv_tokens);
    const double bytes =
        static_cast<double>(kv_cache::bytes_per_block(config, cached_as(options.cached)));
    const double wanted = static_cast<double>(blocks_for(config.max_position)) * options.sequences;
    return static_cast<int>(std::clamp(wanted, 1.0, std::max(64.0, default_cache / bytes)));
}

class cpu_model : public loaded_model {
  public:
    explicit cpu_model(std::shared_ptr<const model> weights) : model_(std::move(weights)) {}

    const model_config& config() const override { return model_->config(); }
    std::string_view computed_with() const override { return cpu::best_kernels().name; }
    std::size_t bytes() const override { return bytes_of(model_->weights()); }
    std::shared_ptr<const model> on_host() const override { return model_; }
    std::unique_ptr<runner> start(const runner_options& options) const override {
        return std::make_unique<cpu_runner>(model_, options);
    }

  private:
    std::shared_ptr<const model> model_;
};

class cpu_device : public backend {
  public:
    std::string_view name() const override { return "cpu"; }
    device_card card() const override { return {.name = "CPU"}; }
    std::shared_ptr<const loaded_model> load(model_config config,
                                             std::shared_ptr<const tensor_source> tensors,
                                             const load_options& options) const override {
        return std::make_shared<cpu_model>(model::load(std::move(config), *tensors, options));
    }
};

}  // namespace

const backend& cpu_backend() {
    static const cpu_device device;
    return device;
}

cpu_runner::cpu_runner(std::shared_ptr<const model> weights, const runner_options& options,
                       const cpu::kernels& kernels)
    : model_(std::move(weights)),
      kernels_(kernels),
      cache_(model_->config(), cache_blocks(model_->config(), options), cached_as(options.cached)),
      budget_(options.budget ? options.budget : std::make_shared<compute_budget>()),
      priority_(options.priority),
      pool_(budget_->pool()),
      forward_(*model_, cache_, pool_, options.slots, kernels_),
      drawers_(static_cast<std::size_t>(pool_.size())) {}

int cpu_runner::attach(const adapter_config& adapter, const tensor_source& tensors) {
    thread_pool alone(1);
    auto packed = std::make_unique<const adapter_weights>(
        pack_adapter(config(), model_->weights(), adapter, tensors, alone));
    const std::lock_guard lock(mutex_);
    adapters_.emplace(++last_adapter_, std::move(packed));
    return last_adapter_;
}

void cpu_runner::detach(int adapter) {
    const std::lock_guard lock(mutex_);
    adapters_.erase(adapter);
}

bool cpu_runner::compute(std::span<const sequence_part> parts, const interrupt& stop) {
    for (const auto& part : parts) {
        for (const int slot : part.slots) foreseen_.erase(slot);
    }
    std::vector<const adapter_weights*> adapters;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& part : parts) {
            adapters.push_back(part.adapter == 0 ? nullptr : adapters_.at(part.adapter).get());
        }
    }
    auto turn = budget_->take(priority_);
    const auto between_layers = [&](double left) {
        turn.give_way();
        return stop && stop(left);
    };
    return forward_.compute(parts, between_layers, adapters);
}

// Calls use(place in slots, row of logits, worker), on any thread.
template <class Use>
void cpu_runner::for_logits(std::span<const int> slots, Use use) {
    for (std::size_t done = 0; done < slots.size(); done += logits_rows) {
        const auto some = slots.subspan(done, std::min(logits_rows, slots.size() - done));
        const float* logits = forward_.logits(some);
        pool_.parallel_for(static_cast<int>(some.size()), [&](int i, int worker) {
            use(done + static_cast<std::size_t>(i), row(logits + i * forward_.logits_stride()),
                worker);
        });
    }
}

void cpu_runner::draw(std::span<const draw_request> requests, std::span<token_outcome> outcomes,
                      std::span<const int> later) {
    const auto make = [&](std::size_t place, std::span<const float> logits, int worker) {
        auto& outcome = outcomes[place];
        try {
            outcome.info = drawers_[static_cast<std::size_t>(worker)].draw(
                logits, requests[place].rules, kernels_);
        } catch (...) {
            outcome.failure = std::current_exception();
        }
    };
    const auto turn = budget_->take(priority_);
    std::vector<std::size_t> fresh, known;  // places in requests
    std::vector<int> slots;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (foreseen_.contains(requests[i].slot)) {
            known.push_back(i);
        } else {
            fresh.push_back(i);
            slots.push_back(requests[i].slot);
        }
    }
    slots.insert(slots.end(), later.begin(), later.end());
    for (const int slot : later)
        foreseen_[slot].resize(static_cast<std::size_t>(config().vocab_size));
    pool_.parallel_for(static_cast<int>(known.size()), [&](int i, int worker) {
        const auto place = known[static_cast<std::size_t>(i)];
        make(place, foreseen_.find(requests[place].slot)->second, worker);
    });
    for (const auto place : known) foreseen_.erase(requests[place].slot);
    for_logits(slots, [&](std::size_t i, std::span<const float> logits, int worker) {
        if (i < fresh.size()) return make(fresh[i], logits, worker);
        std::ranges::copy(logits, foreseen_.find(slots[i])->second.begin());
    });
}

void cpu_runner::describe(std::span<const describe_request> requests,
                          std::span<token_outcome> outcomes) {
    const auto turn = budget_->take(priority_);
    std::vector<int> slots;
    for (const auto& request : requests) slots.push_back(request.slot);
    for_logits(slots, [&](std::size_t i, std::span<const float> logits, int) {
        try {
            outcomes[i].info = describe_token(logits, requests[i].token, requests[i].top);
        } catch (...) {
            outcomes[i].failure = std::current_exception();
        }
    });
}

void cpu_runner::states(std::span<const int> slots, std::span<float> to) {
    const auto turn = budget_->take(priority_);
    const auto width = static_cast<std::size_t>(config().hidden_size);
    std::vector<std::vector<float>> padded(static_cast<std::size_t>(pool_.size()));
    for (auto& each : padded)
        each.resize(static_cast<std::size_t>(cpu::padded(config().hidden_size)));
    pool_.parallel_for(static_cast<int>(slots.size()), [&](int i, int worker) {
        auto& state = padded[static_cast<std::size_t>(worker)];
        forward_.state(slots[static_cast<std::size_t>(i)], state.data());
        std::copy_n(state.begin(), width, to.begin() + i * static_cast<std::ptrdiff_t>(width));
    });
}

int cpu_runner::labels(int adapter) const {
    const int own = config().classifier ? static_cast<int>(config().classifier->labels.size()) : 0;
    if (adapter == 0) return own;
    const std::lock_guard lock(mutex_);
    const int brought = adapters_.at(adapter)->labels;
    return brought > 0 ? brought : own;
}

void cpu_runner::classify(int slot, std::span<float> to) {
    const auto turn = budget_->take(priority_);
    forward_.outputs(slot, to);
}

}  // namespace tessera::engine
