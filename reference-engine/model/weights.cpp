#include "model/weights.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/bf16.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

using cpu::lanes;

std::string shape_text(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (const auto n : shape) {
        if (text.size() > 1) text += ", ";
        text += std::to_string(n);
    }
    return text + "]";
}

template <class Stored>
void widen(const std::byte* from, int size, float* to) {
    for (int i = 0; i < size; ++i) {
        Stored x;
        std::memcpy(&x, from + static_cast<std::size_t>(i) * sizeof x, sizeof x);
        if constexpr (std::is_same_v<Stored, float>) {
            to[i] = x;
        } else {
            to[i] = to_float(x);
        }
    }
}

class packer {
  public:
    packer(const tensor_source& files, weight_precision precision, thread_pool& pool)
        : files_(files), precision_(precision), pool_(pool) {}

    std::vector<float> vector(const std::string& name, int size) const {
        const auto& tensor = checked(name, {size});
        std::vector<float> result(static_cast<std::size_t>(cpu::padded(size)));
        read_row(tensor, 0, size, result.data());
        return result;
    }

    // The rows of several tensors below one another.
    packed_matrix stack(std::initializer_list<std::pair<std::string, int>> parts, int inner,
                        bool bias) const {
        std::vector<source> rows;
        for (const auto& [name, outer] : parts) append(rows, name, outer, inner, bias);
        rows.resize(static_cast<std::size_t>(cpu::padded(static_cast<int>(rows.size()))));
        return pack(rows, inner, bias);
    }

    packed_matrix take_turns(const std::string& first, const std::string& second, int outer,
                             int inner, bool bias) const {
        std::vector<source> rows;
        std::vector<source> others;
        append(rows, first, outer, inner, bias);
        append(others, second, outer, inner, bias);
        const auto size = static_cast<std::size_t>(cpu::padded(outer));
        rows.resize(size);
        others.resize(size);
        std::vector<source> both;
        both.reserve(2 * size);
        for (std::size_t start = 0; start < size; start += lanes) {
            both.insert(both.end(), &rows[start], &rows[start] + lanes);
            both.insert(both.end(), &others[start], &others[start] + lanes);
        }
        return pack(both, inner, bias);
    }

  private:
    struct source {
        const tensor_view* weight = nullptr;  // null: zeros
        const tensor_view* bias = nullptr;
        std::int64_t row = 0;
    };

    const tensor_view& checked(const std::string& name,
                               std::initializer_list<std::int64_t> shape) const {
        return checked_tensor(files_, name, shape);
    }

    void append(std::vector<source>& rows, const std::string& name, int outer, int inner,
                bool bias) const {
        const auto& weight = checked(name + ".weight", {outer, inner});
        const auto* offset = bias ? &checked(name + ".bias", {outer}) : nullptr;
        for (int row = 0; row < outer; ++row) rows.push_back({&weight, offset, row});
    }

    cpu::element element_for(std::span<const source> rows) const {
        if (precision_ == weight_precision::f32) return cpu::element::f32;
        if (precision_ == weight_precision::bf16) return cpu::element::bf16;
        for (const auto& row : rows) {
            if (row.weight && row.weight->type != dtype::bf16) return cpu::element::f32;
        }
        return cpu::element::bf16;
    }

    packed_matrix pack(std::span<const source> rows, int inner, bool bias) const {
        const auto type = element_for(rows);
        auto result =
            pack_rows(type, static_cast<int>(rows.size()), inner, pool_, [&](int i, float* to) {
                const auto& row = rows[static_cast<std::size_t>(i)];
                if (row.weight) read_row(*row.weight, row.row, inner, to);
            });
        if (!bias) return result;
        result.bias.resize(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].bias) read_row(*rows[i].bias, rows[i].row, 1, &result.bias[i]);
        }
        return result;
    }

    const tensor_source& files_;
    weight_precision precision_;
    thread_pool& pool_;
};

}  // namespace

const tensor_view& checked_tensor(const tensor_source& from, const std::string& name,
                                  std::initializer_list<std::int64_t> shape) {
    const auto& tensor = from.at(name);
    if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
        throw engine_error(error_code::malformed,
                           "tensor " + name + " has shape " + shape_text(tensor.shape) +
                               "; the configuration asks for " + shape_text(shape));
    }
    if (tensor.type != dtype::f32 && tensor.type != dtype::bf16 && tensor.type != dtype::f16) {
        throw engine_error(error_code::unsupported, "tensor " + name + " is stored as " +
                                                        std::string(to_string(tensor.type)) +
                                                        "; weights must be F32, F16 or BF16");
    }
    return tensor;
}

void read_row(const tensor_view& tensor, std::int64_t row, int size, float* to) {
    const auto* from =
        tensor.data.data() + static_cast<std::size_t>(row * size) * size_of(tensor.type);
    switch (tensor.type) {
        case dtype::bf16:
            return widen<bf16>(from, size, to);
        case dtype::f16:
            return widen<f16>(from, size, to);
        default:
            return widen<float>(from, size, to);
    }
}

packed_matrix pack_rows(cpu::element type, int rows, int inner, thread_pool& pool,
                        const std::function<void(int row, float* to)>& fill) {
    packed_matrix result;
    result.type = type;
    result.inner = inner;
    result.panels = rows / lanes;
    const auto size = result.panel_size();
    result.data = cpu::buffer<std::byte>(size * static_cast<std::size_t>(result.panels));
    const int groups = cpu::groups_of(type, inner);
    pool.parallel_for(result.panels, [&](int panel) {
        std::vector<float> values(static_cast<std::size_t>(inner) + 1);
        auto* to = result.data.data() + static_cast<std::size_t>(panel) * size;
        for (int lane = 0; lane < lanes; ++lane) {
            std::fill(values.begin(), values.end(), 0.0F);
            fill(panel * lanes + lane, values.data());
            for (int group = 0; group < groups; ++group) {
                auto* place = to + static_cast<std::ptrdiff_t>(group * lanes + lane) * 4;
                if (type == cpu::element::f32) {
                    std::memcpy(place, &values[static_cast<std::size_t>(group)], 4);
                } else {
                    const auto k = static_cast<std::size_t>(2 * group);
                    const bf16 pair[2] = {to_bf16(values[k]), to_bf16(values[k + 1])};
                    std::memcpy(place, pair, 4);
                }
            }
        }
    });
    return result;
}

void packed_matrix::read_row(int row, float* to) const {
    const auto* place = data.data() + static_cast<std::size_t>(row / lanes) * panel_size() +
                        static_cast<std::ptrdiff_t>(row % lanes) * 4;
    constexpr std::ptrdiff_t group_size = 4 * lanes;
    if (type == cpu::element::f32) {
        for (int k = 0; k < inner; ++k) std::memcpy(to + k, place + k * group_size, 4);
        return;
    }
    for (int k = 0; k < inner; k += 2) {
        bf16 pair[2];
        std::memcpy(pair, place + k / 2 * group_size, sizeof pair);
        to[k] = to_float(pair[0]);
        if (k + 1 < inner) to[k + 1] = to_float(pair[1]);
    }
}

model_weights pack_weights(const model_config& config, const tensor_source& tensors,
                           weight_precision precision, thread_pool& pool) {
    const packer from(tensors, precision, pool);
    const int hidden = config.hidden_size;
    const int queries = config.heads * config.head_dim;
    const int keys = config.kv_heads * config.head_dim;
    model_weights result;
    result.embedding = from.stack({{"model.embed_tokens", config.vocab_size}}, hidden, false);
    result.norm = from.vector("model.norm.weight", hidden);
    if (config.classifier) {
        // The last step is worth the whole precision, and costs nothing.
        const packer whole(tensors, weight_precision::f32, pool);
        const int outputs = static_cast<int>(config.classifier->labels.size());
        result.score = whole.stack({{"score", outputs}}, hidden, false);
    } else if (!config.tied_embeddings) {
        result.head = from.stack({{"lm_head", config.vocab_size}}, hidden, false);
    }
    for (int i = 0; i < config.layers; ++i) {
        const auto prefix = "model.layers." + std::to_string(i) + ".";
        const auto attention = prefix + "self_attn.";
        const auto mlp = prefix + "mlp.";
        layer_weights layer;
        layer.attention_norm = from.vector(prefix + "input_layernorm.weight", hidden);
        layer.query_key_value = from.stack({{attention + "q_proj", queries},
                                            {attention + "k_proj", keys},
                                            {attention + "v_proj", keys}},
                                           hidden, config.attention_bias);
        layer.attention_output =
            from.stack({{attention + "o_proj", hidden}}, queries, config.attention_output_bias);
        layer.mlp_norm = from.vector(prefix + "post_attention_layernorm.weight", hidden);
        layer.gate_up = from.take_turns(mlp + "gate_proj", mlp + "up_proj",
                                        config.intermediate_size, hidden, config.mlp_bias);
        layer.down =
            from.stack({{mlp + "down_proj", hidden}}, config.intermediate_size, config.mlp_bias);
        result.layers.push_back(std::move(layer));
    }
    return result;
}

}  // namespace tessera::engine
