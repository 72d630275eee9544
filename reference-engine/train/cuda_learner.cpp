#include "train/cuda_learner.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "run/cuda/cuda_backend.hpp"
#include "train/cuda_network.hpp"

namespace tessera::engine::train {
namespace {

constexpr int most_head_dim = 256;

// What is kept of a weight: itself, its gradient, two moments; and itself as products take it.
std::string room_for(std::size_t weights, product_precision products) {
    const std::size_t bytes =
        4 * sizeof(float) + (products == product_precision::bf16 ? sizeof(bf16) : 0);
    return "making room for " + std::to_string(weights) + " weights that are trained, " +
           std::to_string(bytes) + " bytes each,";
}

class cuda_learner final : public learner {
  public:
    cuda_learner(std::shared_ptr<cuda::device> on, const cuda_learning& how,
                 const model_config& config, const tuning& tuned, const objective_options& learned,
                 product_precision products, const tensor_source* frozen);

    const model_config& config() const override { return config_; }
    const parameter_layout& layout() const override { return layout_; }
    batch_limits limits() const override { return {.shards = 1, .micro_tokens = micro_tokens_}; }

    losses pass(const batch&, const std::array<float, objectives>* scales,
                const interrupt&) override;
    void log_probabilities(const batch&, bool without_adapters, std::span<float> to,
                           const interrupt&) override;
    double squares() override;
    void update(const adamw_step&) override;

    learned_state state() override;
    std::span<float> writable_weights() override;
    std::span<const float> weights() const override;
    std::vector<float> gradients() const override;

  private:
    using array = cuda::device_array<float>;
    cuda::device::use enter() const;
    void prepare(const batch&);
    void download(std::span<float> to, const array& from) const;
    void upload(const array& to, std::span<const float> from) const;
    void check(cuda::status status) const { on_->check(status, "training"); }

    std::shared_ptr<cuda::device> on_;
    cuda::device::use in_;  // while this is made, and ended
    std::uint64_t generation_;
    model_config config_;
    parameter_layout layout_;
    std::int64_t micro_tokens_ = 0;
    std::vector<weight_stretch> stretches_;
    std::string room_for_;  // what its allocations are told to be
    cuda::owned_stream by_;
    array weights_, first_, second_, gradients_;
    cuda::device_array<bf16> rounded_;  // weights, where products take bf16
    cuda::device_array<cuda::training_stretch> device_stretches_;
    cuda::device_array<double> squares_;
    std::optional<cuda_frozen> frozen_;
    std::optional<cuda_network> network_;

    // What was last known of the device's weights and, once they are asked for, moments; whether that
    // is them, and whether it may have been written since.
    mutable std::vector<float> host_weights_;
    std::vector<float> host_first_, host_second_;
    mutable bool weights_known_ = true;
    bool weights_written_ = true;
    bool moments_known_ = false;
    bool moments_written_ = false;
};

cuda_learner::cuda_learner(std::shared_ptr<cuda::device> on, const cuda_learning& how,
                           const model_config& config, const tuning& tuned,
                           const objective_options& learned, product_precision products,
                           const tensor_source* frozen)
    : on_(std::move(on)),
      in_(on_->enter()),
      generation_(on_->generation()),
      config_(config),
      layout_(config, tuned),
      stretches_(stretches_of(layout_)),
      room_for_(room_for(layout_.size(), products)),
      by_(cuda::make_stream(*on_)),
      weights_(*on_, layout_.size(), room_for_),
      first_(*on_, layout_.size(), room_for_),
      second_(*on_, layout_.size(), room_for_),
      gradients_(*on_, layout_.size(), room_for_),
      rounded_(*on_, products == product_precision::bf16 ? layout_.size() : 0, room_for_),
      device_stretches_(*on_, stretches_.size(), room_for_),
      squares_(*on_, stretches_.size(), room_for_),
      host_weights_(layout_.size()) {
    std::vector<cuda::training_stretch> stretches;
    for (const auto& [offset, size, decays] : stretches_)
        stretches.push_back({static_cast<std::int64_t>(offset), size, decays});
    check(on_->table().to_device(device_stretches_.data(), stretches.data(),
                                 device_stretches_.bytes(), by_));
    for (const array* moments : {&first_, &second_})
        check(on_->table().clear(moments->data(), moments->bytes(), by_));
    check(on_->table().finish(by_));
    const auto factors =
        products == product_precision::bf16 ? cuda::element::bf16 : cuda::element::f32;
    if (frozen) frozen_.emplace(*on_, by_, config, *frozen, factors);
    network_.emplace(*on_, by_, config, tuned, learned, factors,
                     cuda_model(config, tuned, layout_, weights_.data(), rounded_.data(),
                                frozen_ ? &*frozen_ : nullptr),
                     gradients_.data());
    micro_tokens_ = how.micro_tokens;
    if (micro_tokens_ == 0) {
        constexpr std::size_t least = 512;
        constexpr std::size_t most = 16384;
        const std::size_t room = on_->free_memory() / 2 / network_->bytes_per_token();
        micro_tokens_ = static_cast<std::int64_t>(std::bit_floor(std::clamp(room, least, most)));
    }
    in_.unlock();
}

cuda::device::use cuda_learner::enter() const {
    auto in = on_->enter();
    if (on_->generation() != generation_) {
        throw engine_error(error_code::device,
                           "training: the device was lost, and what it learned with it; begin "
                           "again from the last state that was saved");
    }
    return in;
}

void cuda_learner::download(std::span<float> to, const array& from) const {
    check(on_->table().to_host(to.data(), from.data(), to.size_bytes(), by_));
    check(on_->table().finish(by_));
}

void cuda_learner::upload(const array& to, std::span<const float> from) const {
    check(on_->table().to_device(to.data(), from.data(), from.size_bytes(), by_));
    check(on_->table().finish(by_));
}

void cuda_learner::prepare(const batch& work) {
    if (weights_written_) {
        upload(weights_, host_weights_);
        if (rounded_.size() > 0)
            check(
                on_->table().training->round({.size = static_cast<std::ptrdiff_t>(weights_.size()),
                                              .from = weights_.data(),
                                              .output = rounded_.data()},
                                             by_));
        weights_written_ = false;
    }
    if (moments_written_) {
        upload(first_, host_first_);
        upload(second_, host_second_);
        moments_written_ = false;
    }
    network_->reserve_positions(work.longest);
}

losses cuda_learner::pass(const batch& work, const std::array<float, objectives>* scales,
                          const interrupt& stopping) {
    const auto in = enter();
    prepare(work);
    if (scales) check(on_->table().clear(gradients_.data(), gradients_.bytes(), by_));
    losses sums{};
    for (const auto& shard : work.shards)
        for (const micro_batch& part : shard) {
            if (stopping()) return sums;
            const auto which = static_cast<std::size_t>(part.learned);
            sums[which] += network_->run(
                part, {.scale = scales ? (*scales)[which] : 0, .gradients = scales != nullptr},
                stopping);
        }
    return sums;
}

void cuda_learner::log_probabilities(const batch& work, bool without_adapters, std::span<float> to,
                                     const interrupt& stopping) {
    const auto in = enter();
    prepare(work);
    for (const auto& shard : work.shards)
        for (const micro_batch& part : shard) {
            if (part.places.empty()) continue;
            if (stopping()) return;
            network_->run(part, {.without_adapters = without_adapters}, stopping);
            const auto found = network_->log_probabilities();
            for (std::size_t i = 0; i < found.size() && i < part.places.size(); ++i)
                to[part.places[i]] = found[i];
        }
}

double cuda_learner::squares() {
    const auto in = enter();
    check(on_->table().training->squares({.stretches = device_stretches_.data(),
                                          .count = static_cast<int>(stretches_.size()),
                                          .gradients = gradients_.data(),
                                          .sums = squares_.data()},
                                         by_));
    std::vector<double> of_stretches(stretches_.size());
    check(on_->table().to_host(of_stretches.data(), squares_.data(), squares_.bytes(), by_));
    check(on_->table().finish(by_));
    double total = 0;
    for (const double one : of_stretches) total += one;
    return total;
}

void cuda_learner::update(const adamw_step& by) {
    const auto in = enter();
    check(on_->table().training->adamw({.stretches = device_stretches_.data(),
                                        .count = static_cast<int>(stretches_.size()),
                                        .clip = by.clip,
                                        .rate = by.rate,
                                        .decay = by.decay,
                                        .beta1 = by.beta1,
                                        .beta2 = by.beta2,
                                        .epsilon = by.epsilon,
                                        .gradients = gradients_.data(),
                                        .first = first_.data(),
                                        .second = second_.data(),
                                        .weights = weights_.data(),
                                        .rounded = rounded_.data()},
                                       by_));
    check(on_->table().finish(by_));
    weights_known_ = moments_known_ = false;
}

std::span<const float> cuda_learner::weights() const {
    if (!weights_known_) {
        const auto in = enter();
        download(host_weights_, weights_);
        weights_known_ = true;
    }
    return host_weights_;
}

std::span<float> cuda_learner::writable_weights() {
    weights();
    weights_written_ = true;
    return host_weights_;
}

learned_state cuda_learner::state() {
    if (!moments_known_) {
        const auto in = enter();
        for (const auto& [to, from] :
             {std::pair(&host_first_, &first_), std::pair(&host_second_, &second_)}) {
            to->resize(from->size());
            download(*to, *from);
        }
        moments_known_ = true;
    }
    moments_written_ = true;
    return {writable_weights(), host_first_, host_second_};
}

std::vector<float> cuda_learner::gradients() const {
    const auto in = enter();
    std::vector<float> out(gradients_.size());
    download(out, gradients_);
    return out;
}

class cuda_learning_device final : public learning_device {
  public:
    cuda_learning_device(std::shared_ptr<cuda::device> on, const cuda_learning& how)
        : on_(std::move(on)), how_(how) {}

    std::unique_ptr<learner> start(const model_config& config, const tuning& tuned,
                                   const objective_options& learned, product_precision products,
                                   const tensor_source* frozen) const override {
        if (config.head_dim > most_head_dim || config.head_dim % 2 != 0) {
            throw engine_error(error_code::unsupported,
                               "config.json: heads of " + std::to_string(config.head_dim) +
                                   " numbers cannot be trained on a GPU; even ones up to " +
                                   std::to_string(most_head_dim) + " can");
        }
        return std::make_unique<cuda_learner>(on_, how_, config, tuned, learned, products, frozen);
    }

  private:
    std::shared_ptr<cuda::device> on_;
    cuda_learning how_;
};

}  // namespace

std::shared_ptr<const learning_device> learn_on(std::shared_ptr<cuda::device> on,
                                                const cuda_learning& how) {
    if (!on->table().training) {
        throw engine_error(error_code::unsupported,
                           "the library of CUDA's kernels has none for training");
    }
    return std::make_shared<cuda_learning_device>(std::move(on), how);
}

std::shared_ptr<const learning_device> learners_of(const backend& computes) {
    auto on = cuda::device_of(computes);
    return on ? learn_on(std::move(on)) : nullptr;
}

}  // namespace tessera::engine::train
