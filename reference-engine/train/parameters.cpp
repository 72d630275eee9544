#include "train/parameters.hpp"

#include <utility>

#include "core/error.hpp"

namespace tessera::engine::train {

parameter_layout::parameter_layout(const model_config& config) {
    if (config.attention_output_bias || config.mlp_bias) {
        throw engine_error(error_code::unsupported,
                           "config.json: only biases of query, key and value can be trained");
    }
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
    if (!config.tied_embeddings) head_ = add("lm_head.weight", {config.vocab_size, d});
    align();
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

}  // namespace tessera::engine::train
