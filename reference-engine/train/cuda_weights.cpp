#include "train/cuda_weights.hpp"

#include <algorithm>
#include <cstring>

#include "core/bf16.hpp"
#include "core/error.hpp"
#include "model/tensors.hpp"

namespace tessera::engine::train {
namespace {

tuning without_head(const model_config& config) {
    tuning out;
    // A classifier predicts no tokens, so it has no head for them.
    if (config.classifier) out.labels = 1;
    return out;
}

}  // namespace

cuda_frozen::cuda_frozen(cuda::device& on, cuda::stream by, const model_config& config,
                         const tensor_source& from, cuda::element type)
    : layout_(config, without_head(config)),
      type_(type),
      matrices_(on, layout_.size() * (type == cuda::element::f32 ? 4 : 2),
                "making room for the model's weights") {
    std::size_t of_vectors = 0;
    for (const parameter& one : layout_.all()) {
        if (one.decays) continue;
        places_.emplace(one.offset, of_vectors);
        of_vectors += one.size;
    }
    vectors_ = cuda::device_array<float>(on, of_vectors, "making room for the model's weights");
    std::vector<float> row;
    std::vector<std::byte> bytes;
    for (const parameter& one : layout_.all()) {
        if (one.name == "score.weight") continue;
        const bool matrix = one.decays;
        const std::int64_t rows = matrix ? one.shape[0] : 1;
        const auto width = static_cast<int>(matrix ? one.shape[1] : one.shape[0]);
        const tensor_view& view = matrix
                                      ? checked_tensor(from, one.name, {one.shape[0], one.shape[1]})
                                      : checked_tensor(from, one.name, {one.shape[0]});
        const bool narrow = matrix && type == cuda::element::bf16;
        const std::size_t size_of_one = narrow ? sizeof(bf16) : sizeof(float);
        row.resize(static_cast<std::size_t>(width));
        bytes.resize(one.size * size_of_one);
        std::byte* to = bytes.data();
        for (std::int64_t i = 0; i < rows; ++i, to += row.size() * size_of_one) {
            read_row(view, i, width, row.data());
            if (!narrow) {
                std::memcpy(to, row.data(), row.size() * sizeof(float));
                continue;
            }
            for (std::size_t k = 0; k < row.size(); ++k) {
                const bf16 rounded = to_bf16(row[k]);
                std::memcpy(to + k * sizeof rounded, &rounded, sizeof rounded);
            }
        }
        void* const place = matrix ? static_cast<void*>(matrices_.data() + one.offset * size_of_one)
                                   : vectors_.data() + places_.at(one.offset);
        on.check(on.table().to_device(place, bytes.data(), bytes.size(), by),
                 "copying the model's weights");
        on.check(on.table().finish(by), "copying the model's weights");
    }
}

const void* cuda_frozen::matrix(std::size_t offset) const {
    return matrices_.data() + offset * (type_ == cuda::element::f32 ? sizeof(float) : sizeof(bf16));
}

cuda_model::cuda_model(const model_config& config, const tuning& tuned,
                       const parameter_layout& layout, const float* weights, const bf16* rounded,
                       const cuda_frozen* frozen) {
    const parameter_layout& model = frozen ? frozen->layout() : layout;
    const auto trained = [&](std::size_t offset, int outer, int inner) {
        return cuda_matrix{
            .data = rounded ? static_cast<const void*>(rounded + offset) : weights + offset,
            .outer = outer,
            .inner = inner,
            .gradient = offset};
    };
    const auto matrix = [&](std::size_t offset, int outer, int inner) {
        if (!frozen) return trained(offset, outer, inner);
        return cuda_matrix{.data = frozen->matrix(offset), .outer = outer, .inner = inner};
    };
    const auto vector = [&](std::size_t offset) {
        return frozen ? frozen->vector(offset) : weights + offset;
    };
    const int d = config.hidden_size;
    const int f = config.intermediate_size;
    const int q = config.heads * config.head_dim;
    const int kv = config.kv_heads * config.head_dim;
    for (int i = 0; i < config.layers; ++i) {
        const layer_offsets& at = model.layer(i);
        cuda_layer made{.input_norm = vector(at.input_norm),
                        .qkv = {matrix(at.qkv, q + 2 * kv, d), {}},
                        .output = {matrix(at.output, d, q), {}},
                        .post_norm = vector(at.post_norm),
                        .gate_up = {matrix(at.gate_up, 2 * f, d), {}},
                        .down = {matrix(at.down, d, f), {}}};
        if (config.attention_bias) made.qkv.matrix.bias = vector(at.qkv_bias);
        const std::pair<cuda_linear*, int> places[modules] = {
            {&made.qkv, 0},     {&made.qkv, q},     {&made.qkv, q + kv}, {&made.output, 0},
            {&made.gate_up, 0}, {&made.gate_up, f}, {&made.down, 0}};
        for (std::size_t m = 0; m < modules; ++m) {
            const auto which = static_cast<module>(m);
            const auto& adapter = layout.adapter(i, which);
            if (!adapter) continue;
            const auto [inputs, outputs] = shape_of(config, which);
            const int rank = tuned.adapter->rank;
            places[m].first->adapters.push_back({which, trained(adapter->a, rank, inputs),
                                                 trained(adapter->b, outputs, rank),
                                                 places[m].second});
        }
        layers.push_back(std::move(made));
    }
    final_norm = vector(model.final_norm());
    embedding = frozen ? cuda_table{frozen->matrix(model.embedding()), frozen->type()}
                       : cuda_table{weights + model.embedding()};
    const bool predicts = frozen ? !config.classifier : tuned.labels == 0;
    if (predicts) head = matrix(model.head(), config.vocab_size, d);
    if (tuned.labels > 0) score = trained(layout.score(), tuned.labels, d);
}

}  // namespace tessera::engine::train
