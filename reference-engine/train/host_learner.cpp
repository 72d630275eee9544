#include "train/host_learner.hpp"

#include <algorithm>
#include <utility>

#include "model/weights.hpp"

namespace tessera::engine::train {
namespace {

packed_view<float> view_of(const packed_matrix& matrix) {
    return {matrix.type, matrix.data.data(), matrix.bias.empty() ? nullptr : matrix.bias.data(),
            matrix.panels};
}

packed_model<float> view_of(std::shared_ptr<const model> frozen) {
    packed_model<float> out;
    if (!frozen) return out;
    const model_weights& weights = frozen->weights();
    for (const layer_weights& layer : weights.layers)
        out.layers.push_back({layer.attention_norm.data(), view_of(layer.query_key_value),
                              view_of(layer.attention_output), layer.mlp_norm.data(),
                              view_of(layer.gate_up), view_of(layer.down)});
    out.final_norm = weights.norm.data();
    out.head = view_of(weights.output_head());
    out.embedding = view_of(weights.embedding);
    out.owner = std::move(frozen);
    return out;
}

cpu::element element_of(product_precision wanted) {
    const bool rounded =
        wanted == product_precision::bf16 && cpu::best_kernels().bf16_input == cpu::element::bf16;
    return rounded ? cpu::element::bf16 : cpu::element::f32;
}

}  // namespace

std::vector<weight_stretch> stretches_of(const parameter_layout& layout) {
    constexpr std::size_t longest = 16384;
    std::vector<weight_stretch> out;
    for (const parameter& one : layout.all())
        for (std::size_t i = 0; i < one.size; i += longest)
            out.push_back(
                {one.offset + i, static_cast<int>(std::min(longest, one.size - i)), one.decays});
    return out;
}

host_learner::host_learner(const model_config& config, const tuning& tuned,
                           const objective_options& learned, product_precision products,
                           int threads, std::shared_ptr<const model> frozen)
    : net_(config, tuned, learned, view_of(std::move(frozen)), element_of(products)),
      pool_(threads),
      stretches_(stretches_of(net_.layout())),
      weights_(net_.layout().size()),
      first_(weights_.size()),
      second_(weights_.size()),
      spaces_(pool_.size()) {}

batch_limits host_learner::limits() const {
    const std::size_t affordable = (std::size_t{1} << 28) / (weights_.size() + 1);
    return {.shards = static_cast<int>(std::clamp<std::size_t>(affordable, 2, 8))};
}

void host_learner::prepare(const batch& work) {
    net_.reserve_positions(work.longest);
    pool_.parallel_for(net_.pieces(), [&](int piece) { net_.pack(weights_.data(), piece); });
}

// Calls f(shard, workspace) for all. Where there are fewer shards than threads, one after the other,
// and threads share out each.
template <class F>
void host_learner::for_shards(const batch& work, const interrupt& stopping, F f) {
    const int shards = static_cast<int>(work.shards.size());
    const bool inside = shards < pool_.size();
    for (auto& space : spaces_) {
        space.pool = inside ? &pool_ : nullptr;
        space.stopping = stopping;
    }
    if (inside) {
        for (int shard = 0; shard < shards; ++shard) f(shard, spaces_.front());
    } else {
        pool_.parallel_for(shards, [&](int shard, int worker) { f(shard, spaces_[worker]); });
    }
}

losses host_learner::pass(const batch& work, const std::array<float, objectives>* scales,
                          const interrupt& stopping) {
    prepare(work);
    const std::size_t shards = work.shards.size();
    const std::size_t size = weights_.size();
    if (scales) {
        if (gradients_.size() < size * shards) gradients_.resize(size * shards);
        shards_ = shards;
    }
    std::vector<losses> of_shards(shards);
    for_shards(work, stopping, [&](int shard, workspace<float>& space) {
        bool fresh = true;
        for (const micro_batch& part : work.shards[shard]) {
            if (stopping()) return;
            const auto which = static_cast<std::size_t>(part.learned);
            of_shards[shard][which] +=
                net_.run(weights_.data(), part, space, scales ? (*scales)[which] : 0,
                         scales ? gradients_.data() + shard * size : nullptr, fresh);
            fresh = false;
        }
    });
    losses sums{};
    for (std::size_t which = 0; which < objectives; ++which)
        for (const losses& one : of_shards) sums[which] += one[which];
    return sums;
}

void host_learner::log_probabilities(const batch& work, bool without_adapters, std::span<float> to,
                                     const interrupt& stopping) {
    prepare(work);
    for_shards(work, stopping, [&](int shard, workspace<float>& space) {
        space.without_adapters = without_adapters;
        for (const micro_batch& part : work.shards[shard]) {
            if (part.places.empty() || stopping()) continue;
            net_.run(weights_.data(), part, space, 0, nullptr, false);
            for (std::size_t i = 0; i < part.places.size(); ++i)
                to[part.places[i]] = static_cast<float>(space.log_probabilities[i]);
        }
        space.without_adapters = false;
    });
}

double host_learner::squares() {
    const int count = static_cast<int>(stretches_.size());
    std::vector<double> of_stretches(count);
    pool_.parallel_for(count, [&](int i) {
        of_stretches[i] =
            cpu::best_kernels().reduce(stretches_[i].size, static_cast<int>(shards_),
                                       weights_.size(), gradients_.data() + stretches_[i].offset);
    });
    double total = 0;
    for (const double one : of_stretches) total += one;
    return total;
}

void host_learner::update(const adamw_step& by) {
    pool_.parallel_for(static_cast<int>(stretches_.size()), [&](int i) {
        const auto& [offset, size, decays] = stretches_[i];
        cpu::best_kernels().adamw(size, by.clip, by.rate, decays ? by.decay : 0.0F, by.beta1,
                                  by.beta2, by.epsilon, gradients_.data() + offset,
                                  first_.data() + offset, second_.data() + offset,
                                  weights_.data() + offset);
    });
}

std::vector<float> host_learner::gradients() const {
    // Gaps of alignment are nobody's.
    std::vector<float> out(weights_.size());
    for (const weight_stretch& one : stretches_)
        std::copy_n(gradients_.data() + one.offset, one.size, out.data() + one.offset);
    return out;
}

}  // namespace tessera::engine::train
