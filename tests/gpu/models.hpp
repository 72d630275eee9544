#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/bf16.hpp"
#include "model/tensors.hpp"
#include "run/backend.hpp"

// Models with random weights in memory, of any size, and sequences that are fed to runners by hand.
namespace tessera::engine::gpu {

struct model_size {
    int hidden, layers, heads, kv_heads, head_dim, wide, vocabulary, positions;
};
inline constexpr model_size size_1b{2048, 16, 32, 8, 64, 8192, 128'256, 16'384};
inline constexpr model_size size_8b{4096, 32, 32, 8, 128, 14'336, 128'256, 16'384};
inline constexpr model_size size_110m{768, 12, 12, 12, 64, 2048, 32'000, 4096};
inline constexpr model_size size_15m{288, 6, 6, 6, 48, 768, 32'000, 4096};

inline model_config config_of(const model_size& size) {
    model_config config;
    config.architecture = "LlamaForCausalLM";
    config.vocab_size = size.vocabulary;
    config.hidden_size = size.hidden;
    config.layers = size.layers;
    config.heads = size.heads;
    config.kv_heads = size.kv_heads;
    config.head_dim = size.head_dim;
    config.intermediate_size = size.wide;
    config.max_position = size.positions;
    config.rms_eps = 1e-5F;
    config.tied_embeddings = true;
    config.rope.theta = 500'000;
    config.eos_tokens = {0};
    return config;
}

/// Weights of bf16. All matrices are stretches of one pool of random numbers, so that large models
/// cost neither time nor memory.
class random_weights : public tensor_source {
  public:
    explicit random_weights(const model_config& config) {
        const model_parts parts(config);
        const auto hidden = static_cast<std::size_t>(config.hidden_size);
        std::size_t most = 0;
        const auto look_at = [&](const matrix_parts& m) {
            most = std::max(
                most, static_cast<std::size_t>(m.outer()) * static_cast<std::size_t>(m.inner));
        };
        look_at(parts.embedding);
        look_at(parts.layers.front().gate_up);
        const float spread = std::sqrt(3.0F / static_cast<float>(config.hidden_size));
        pool_.resize(most + shifts);
        for (auto& x : pool_) x = to_bf16(drawn() * spread);
        norm_.resize(hidden);
        for (auto& x : norm_) x = to_bf16(1 + drawn() / 4);
        add(parts.embedding);
        add_norm(parts.norm);
        for (const auto& layer : parts.layers) {
            for (const auto* m :
                 {&layer.query_key_value, &layer.attention_output, &layer.gate_up, &layer.down})
                add(*m);
            add_norm(layer.attention_norm);
            add_norm(layer.mlp_norm);
        }
        for (const auto& each : tensors_) by_name_.emplace(each.name, &each);
    }
    random_weights(const random_weights&) = delete;
    random_weights& operator=(const random_weights&) = delete;

    const tensor_view* find(std::string_view name) const override {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }
    std::vector<std::string> names() const override {
        std::vector<std::string> all;
        for (const auto& each : tensors_) all.push_back(each.name);
        return all;
    }
    std::string origin() const override { return "random weights"; }

  private:
    static constexpr std::size_t shifts = 1 << 20;

    float drawn() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<float>(static_cast<std::int64_t>(state_)) * 0x1p-63F;
    }
    void add(const matrix_parts& m) {
        for (const auto& [name, outer] : m.projections) {
            const auto size = static_cast<std::size_t>(outer) * static_cast<std::size_t>(m.inner);
            shift_ = (shift_ + 7919) % shifts;
            tensors_.push_back({name + ".weight",
                                dtype::bf16,
                                {outer, m.inner},
                                std::as_bytes(std::span(pool_).subspan(shift_, size))});
        }
    }
    void add_norm(const std::string& name) {
        tensors_.push_back({name,
                            dtype::bf16,
                            {static_cast<std::int64_t>(norm_.size())},
                            std::as_bytes(std::span(norm_))});
    }

    std::uint64_t state_ = 88'172'645'463'325'252U;
    std::size_t shift_ = 0;
    std::vector<bf16> pool_;
    std::vector<bf16> norm_;
    std::vector<tensor_view> tensors_;
    std::unordered_map<std::string_view, const tensor_view*> by_name_;
};

inline std::vector<token_id> random_tokens(int count, int vocabulary, int salt) {
    std::vector<token_id> tokens;
    for (int i = 0; i < count; ++i) {
        tokens.push_back(static_cast<token_id>(
            uniform_draw(static_cast<std::uint64_t>(salt), static_cast<std::uint64_t>(i)) *
            vocabulary));
    }
    return tokens;
}

/// A sequence in blocks of its own, of which the last state of every part goes to its slot.
class fed_sequence {
  public:
    fed_sequence(std::vector<token_id> tokens, int first_block, int slot, int room = 0)
        : tokens_(std::move(tokens)),
          blocks_(std::max(tokens_.size(), static_cast<std::size_t>(room)) / block_positions + 1),
          slot_(slot) {
        std::iota(blocks_.begin(), blocks_.end(), first_block);
    }
    sequence_part next(int count) {
        const sequence_part part{
            .tokens = std::span(tokens_).subspan(static_cast<std::size_t>(done_),
                                                 static_cast<std::size_t>(count)),
            .position = done_,
            .blocks = blocks_,
            .slots = {&slot_, 1}};
        done_ += count;
        return part;
    }
    int left() const { return static_cast<int>(tokens_.size()) - done_; }
    void push(token_id token) { tokens_.push_back(token); }
    int slot() const { return slot_; }

  private:
    std::vector<token_id> tokens_;
    std::vector<int> blocks_;
    int slot_;
    int done_ = 0;
};

/// All of its tokens, some at a time.
inline void feed(runner& by, fed_sequence& sequence, int at_once = 1024) {
    while (sequence.left() > 0) {
        const auto part = sequence.next(std::min(at_once, sequence.left()));
        by.compute({&part, 1}, {});
    }
}

inline std::vector<float> state_of(runner& by, int slot) {
    std::vector<float> state(static_cast<std::size_t>(by.config().hidden_size));
    by.states({&slot, 1}, state);
    return state;
}

/// Of every token of the vocabulary, after the state in a slot.
inline std::vector<double> log_probabilities(runner& by, int slot) {
    const auto vocabulary = static_cast<std::size_t>(by.config().vocab_size);
    std::vector<describe_request> requests;
    for (std::size_t i = 0; i < vocabulary; ++i)
        requests.push_back({slot, static_cast<token_id>(i), 0});
    std::vector<token_outcome> outcomes(vocabulary);
    by.describe(requests, outcomes);
    std::vector<double> made;
    for (const auto& each : outcomes) {
        if (each.failure) std::rethrow_exception(each.failure);
        made.push_back(each.info.logprob);
    }
    return made;
}

/// Kullback-Leibler divergence of q from p, of logarithms.
inline double divergence(const std::vector<double>& p, const std::vector<double>& q) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += std::exp(p[i]) * (p[i] - q[i]);
    return sum;
}

inline std::string_view name_of(weight_precision precision) {
    switch (precision) {
        case weight_precision::f32:
            return "f32";
        case weight_precision::int8:
            return "int8";
        default:
            return "bf16";
    }
}

}  // namespace tessera::engine::gpu
