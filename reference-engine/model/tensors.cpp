#include "model/tensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <type_traits>
#include <unordered_set>

#include "core/bf16.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

constexpr std::array projection_names = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                         "gate_proj", "up_proj", "down_proj"};

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

layer_parts parts_of_layer(const model_config& config, int layer) {
    const int hidden = config.hidden_size;
    const int queries = config.heads * config.head_dim;
    const int keys = config.kv_heads * config.head_dim;
    const auto prefix = "model.layers." + std::to_string(layer) + ".";
    const auto attention = prefix + "self_attn.";
    const auto mlp = prefix + "mlp.";
    return {.attention_norm = prefix + "input_layernorm.weight",
            .query_key_value = {{{attention + "q_proj", queries},
                                 {attention + "k_proj", keys},
                                 {attention + "v_proj", keys}},
                                hidden,
                                config.attention_bias},
            .attention_output = {{{attention + "o_proj", hidden}},
                                 queries,
                                 config.attention_output_bias},
            .mlp_norm = prefix + "post_attention_layernorm.weight",
            .gate_up = {{{mlp + "gate_proj", config.intermediate_size},
                         {mlp + "up_proj", config.intermediate_size}},
                        hidden,
                        config.mlp_bias,
                        true},
            .down = {{{mlp + "down_proj", hidden}}, config.intermediate_size, config.mlp_bias}};
}

class pair_finder {
  public:
    pair_finder(const adapter_config& adapter, const tensor_source& from)
        : adapter_(adapter), from_(from) {}

    std::vector<adapter_pair> pairs(const matrix_parts& matrix) {
        std::vector<adapter_pair> found;
        for (const auto& [name, outer] : matrix.projections) {
            const auto own = std::string(adapter_root) + name;
            const auto down = own + ".lora_A.weight";
            const auto up = own + ".lora_B.weight";
            if (!from_.find(down) && !from_.find(up)) {
                found.push_back({.outer = outer});
                continue;
            }
            found.push_back({&known(down, {adapter_.rank, matrix.inner}),
                             &known(up, {outer, adapter_.rank}), outer});
        }
        return found;
    }

    const tensor_view& known(const std::string& name, std::initializer_list<std::int64_t> shape) {
        used_.insert(name);
        return checked_tensor(from_, name, shape);
    }

    void check_targets() const {
        for (const auto& target : adapter_.targets) {
            const auto name = target.substr(target.rfind('.') + 1);
            if (std::ranges::find(projection_names, name) != projection_names.end()) continue;
            throw engine_error(error_code::unsupported,
                               "adapter_config.json: target_modules names " + in_quotes(target) +
                                   ", which is no projection of a layer");
        }
    }

    void check_all_used() const {
        for (const auto& name : from_.names()) {
            if (used_.contains(name)) continue;
            throw engine_error(error_code::unsupported,
                               from_.origin() + ": adapts " + in_quotes(name) +
                                   "; what can be adapted are the projections of the model's "
                                   "layers and the head of a classifier");
        }
    }

  private:
    const adapter_config& adapter_;
    const tensor_source& from_;
    std::unordered_set<std::string> used_;
};

// As many as the model has that classifies; beside one that generates as many as there are.
int labels_of(const model_config& model, const tensor_view& head) {
    if (model.classifier) return static_cast<int>(model.classifier->labels.size());
    constexpr std::int64_t most = 1 << 16;
    return static_cast<int>(head.shape.empty() ? 1
                                               : std::clamp<std::int64_t>(head.shape[0], 1, most));
}

}  // namespace

int matrix_parts::outer() const {
    int sum = 0;
    for (const auto& each : projections) sum += each.outer;
    return sum;
}

model_parts::model_parts(const model_config& config)
    : embedding{{{"model.embed_tokens", config.vocab_size}}, config.hidden_size},
      norm("model.norm.weight") {
    for (int i = 0; i < config.layers; ++i) layers.push_back(parts_of_layer(config, i));
    if (config.classifier) {
        const int outputs = static_cast<int>(config.classifier->labels.size());
        score = matrix_parts{{{"score", outputs}}, config.hidden_size};
    } else if (!config.tied_embeddings) {
        head = matrix_parts{{{"lm_head", config.vocab_size}}, config.hidden_size};
    }
}

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

weight_precision kept_as(weight_precision wanted, const matrix_parts& matrix,
                         const tensor_source& tensors) {
    if (wanted != weight_precision::as_stored) return wanted;
    for (const auto& [name, outer] : matrix.projections) {
        if (checked_tensor(tensors, name + ".weight", {outer, matrix.inner}).type != dtype::bf16)
            return weight_precision::f32;
    }
    return weight_precision::bf16;
}

adapter_pairs find_pairs(const model_config& model, const adapter_config& adapter,
                         const tensor_source& tensors) {
    pair_finder finder(adapter, tensors);
    finder.check_targets();
    adapter_pairs result;
    for (const auto& layer : model_parts(model).layers) {
        result.layers.push_back({finder.pairs(layer.query_key_value),
                                 finder.pairs(layer.attention_output), finder.pairs(layer.gate_up),
                                 finder.pairs(layer.down)});
    }
    const std::string score = std::string(adapter_root) + "score.weight";
    if (const auto* head = tensors.find(score)) {
        result.labels = labels_of(model, *head);
        result.score = &finder.known(score, {result.labels, model.hidden_size});
    }
    finder.check_all_used();
    return result;
}

}  // namespace tessera::engine
