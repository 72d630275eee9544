#include "train/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.hpp"
#include "core/processors.hpp"
#include "core/thread_pool.hpp"

namespace tessera::engine::train {
namespace {

// Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014).
struct split_mix {
    std::uint64_t state;
    double uniform() {  // (0, 1]
        std::uint64_t z = state += step;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return static_cast<double>(((z ^ (z >> 31)) >> 11) + 1) * 0x1p-53;
    }
    split_mix after(std::uint64_t draws) const { return {state + draws * step}; }

    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15U;
};

// That a weight takes.
std::uint64_t draws_of(const parameter& one) {
    if (!one.decays || one.name.ends_with("lora_B.weight")) return 0;
    return one.name.ends_with("lora_A.weight") ? 1 : 2;
}

void draw(const parameter& one, int layers, split_mix random, std::span<float> weights) {
    switch (draws_of(one)) {
        case 0:
            std::ranges::fill(weights, one.name.ends_with("norm.weight") ? 1.0F : 0.0F);
            return;
        case 1: {
            const double most = 1 / std::sqrt(static_cast<double>(one.shape[1]));
            for (float& w : weights) w = static_cast<float>(most * (2 * random.uniform() - 1));
            return;
        }
        default:
            const double spread = one.residual ? 0.02 / std::sqrt(2.0 * layers) : 0.02;
            for (float& w : weights) {
                const double radius = std::sqrt(-2 * std::log(random.uniform()));
                const double angle = 2 * std::numbers::pi * random.uniform();
                w = static_cast<float>(spread * radius * std::cos(angle));
            }
    }
}

}  // namespace

parameter_layout::parameter_layout(const model_config& config, const tuning& tuned) {
    if (config.attention_output_bias || config.mlp_bias) {
        throw engine_error(error_code::unsupported,
                           "config.json: only biases of query, key and value can be trained");
    }
    adapters_.resize(config.layers);
    if (tuned.adapter) {
        add_adapters(config, *tuned.adapter);
    } else {
        add_model(config, tuned.labels == 0);
    }
    if (tuned.labels > 0) {
        score_ = add("score.weight", {tuned.labels, config.hidden_size});
        align();
    }
}

void parameter_layout::add_model(const model_config& config, bool predicts) {
    const std::int64_t d = config.hidden_size;
    const std::int64_t f = config.intermediate_size;
    const std::int64_t q = std::int64_t{config.heads} * config.head_dim;
    const std::int64_t kv = std::int64_t{config.kv_heads} * config.head_dim;
    add("model.embed_tokens.weight", {config.vocab_size, d});
    for (int i = 0; i < config.layers; ++i) {
        const std::string at = "model.layers." + std::to_string(i) + ".";
        layer_offsets layer{};
        layer.input_norm = add(at + "input_layernorm.weight", {d});
        layer.qkv = add(at + "self_attn.q_proj.weight", {q, d});
        add(at + "self_attn.k_proj.weight", {kv, d});
        add(at + "self_attn.v_proj.weight", {kv, d});
        align();
        if (config.attention_bias) {
            layer.qkv_bias = add(at + "self_attn.q_proj.bias", {q});
            add(at + "self_attn.k_proj.bias", {kv});
            add(at + "self_attn.v_proj.bias", {kv});
            align();
        }
        layer.output = add(at + "self_attn.o_proj.weight", {d, q}, true);
        layer.post_norm = add(at + "post_attention_layernorm.weight", {d});
        layer.gate_up = add(at + "mlp.gate_proj.weight", {f, d});
        add(at + "mlp.up_proj.weight", {f, d});
        align();
        layer.down = add(at + "mlp.down_proj.weight", {d, f}, true);
        align();
        layers_.push_back(layer);
    }
    final_norm_ = add("model.norm.weight", {d});
    align();
    if (predicts && !config.tied_embeddings) head_ = add("lm_head.weight", {config.vocab_size, d});
    align();
}

void parameter_layout::add_adapters(const model_config& config, const adapter_options& options) {
    const auto refuse = [](const std::string& reason) {
        throw engine_error(error_code::invalid_argument, "adapters: " + reason);
    };
    constexpr int most = 1024;
    if (options.rank < 1 || options.rank > most) {
        refuse("the rank must be from 1 to " + std::to_string(most));
    }
    if (!std::isfinite(options.alpha) || options.alpha <= 0) refuse("alpha must be positive");
    for (const auto& name : options.modules) {
        if (std::ranges::find(adapter_modules, name) == std::end(adapter_modules)) {
            refuse("there is no module " + in_quotes(name));
        }
    }
    for (int i = 0; i < config.layers; ++i)
        for (std::size_t m = 0; m < modules; ++m) {
            const std::string_view name = adapter_modules[m];
            if (!options.modules.empty() &&
                std::ranges::find(options.modules, name) == options.modules.end()) {
                continue;
            }
            const auto [inputs, outputs] = shape_of(config, static_cast<module>(m));
            const std::string at = "model.layers." + std::to_string(i) +
                                   (m <= o_proj ? ".self_attn." : ".mlp.") + std::string(name);
            const std::size_t a = add(at + ".lora_A.weight", {options.rank, inputs});
            align();
            const std::size_t b = add(at + ".lora_B.weight", {outputs, options.rank});
            align();
            adapters_[i][m] = adapter_offsets{a, b};
        }
}

std::size_t parameter_layout::add(std::string name, std::vector<std::int64_t> shape,
                                  bool residual) {
    std::size_t size = 1;
    for (const std::int64_t extent : shape) size *= static_cast<std::size_t>(extent);
    const bool matrix = shape.size() == 2;
    all_.push_back({std::move(name), std::move(shape), size_, size, matrix, residual});
    size_ += size;
    count_ += size;
    return all_.back().offset;
}

// Parts of one matrix follow each other without a gap, so only the end of a matrix is aligned.
void parameter_layout::align() { size_ = (size_ + 15) / 16 * 16; }

const parameter* parameter_layout::find(std::string_view name) const {
    for (const parameter& one : all_) {
        if (one.name == name) return &one;
    }
    return nullptr;
}

module_shape shape_of(const model_config& config, module which) {
    const int queries = config.heads * config.head_dim;
    const int keys = config.kv_heads * config.head_dim;
    switch (which) {
        case q_proj:
            return {config.hidden_size, queries};
        case o_proj:
            return {queries, config.hidden_size};
        case gate_proj:
        case up_proj:
            return {config.hidden_size, config.intermediate_size};
        case down_proj:
            return {config.intermediate_size, config.hidden_size};
        default:
            return {config.hidden_size, keys};
    }
}

// One sequence of draws, in the order of the weights; pieces of it are drawn side by side.
void draw_weights(const parameter_layout& layout, int layers, std::uint64_t seed, int threads,
                  std::span<float> out) {
    struct piece {
        const parameter* of;
        std::span<float> weights;
        split_mix random;
    };
    constexpr std::size_t longest = 1 << 16;
    std::vector<piece> pieces;
    split_mix random{seed};
    for (const parameter& one : layout.all()) {
        for (std::size_t i = 0; i < one.size; i += longest)
            pieces.push_back({&one, out.subspan(one.offset + i, std::min(longest, one.size - i)),
                              random.after(i * draws_of(one))});
        random = random.after(one.size * draws_of(one));
    }
    const int count = static_cast<int>(pieces.size());
    const int enough = static_cast<int>(layout.size() / longest) + 1;
    thread_pool pool(std::min(threads > 0 ? threads : usable_processors(), enough));
    pool.parallel_for(count, [&](int i) {
        const auto& [of, weights, from] = pieces[static_cast<std::size_t>(i)];
        draw(*of, layers, from, weights);
    });
}

}  // namespace tessera::engine::train
