#include "run/cuda/weights.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "backend/cuda/packing.hpp"

namespace tessera::engine::cuda {
namespace {

element element_of(weight_precision precision) {
    switch (precision) {
        case weight_precision::bf16:
            return element::bf16;
        case weight_precision::int8:
            return element::i8;
        default:
            return element::f32;
    }
}

class weight_loader {
  public:
    weight_loader(uploader& to, const tensor_source& from, weight_precision precision)
        : to_(to), from_(from), precision_(precision) {}

    matrix add(const matrix_parts& parts, weight_precision precision) {
        struct source {
            const tensor_view* weight;
            std::int64_t row;
        };
        const auto count = parts.projections.size();
        std::vector<source> rows(static_cast<std::size_t>(parts.outer()));
        std::vector<float> bias(parts.bias ? rows.size() : 0);
        std::size_t first = 0;
        for (std::size_t p = 0; p < count; ++p) {
            const auto& [name, outer] = parts.projections[p];
            const auto& weight = checked_tensor(from_, name + ".weight", {outer, parts.inner});
            const auto* offset =
                parts.bias ? &checked_tensor(from_, name + ".bias", {outer}) : nullptr;
            for (int row = 0; row < outer; ++row) {
                const auto i = static_cast<std::size_t>(row);
                const auto place = parts.in_turns ? i * count + p : first + i;
                rows[place] = {&weight, row};
                if (offset) read_row(*offset, row, 1, &bias[place]);
            }
            first += static_cast<std::size_t>(outer);
        }
        const auto& what = parts.projections.front().name;
        auto made = to_.add_matrix(
            element_of(kept_as(precision, parts, from_)), parts.outer(), parts.inner,
            [&](int row, float* to) {
                const auto& [weight, index] = rows[static_cast<std::size_t>(row)];
                read_row(*weight, index, parts.inner, to);
            },
            what);
        if (parts.bias) made.bias = to_.add_vector(bias, what);
        return made;
    }
    matrix add(const matrix_parts& parts) { return add(parts, precision_); }

    const float* add_norm(const std::string& name, int size) {
        std::vector<float> values(static_cast<std::size_t>(size));
        read_row(checked_tensor(from_, name, {size}), 0, size, values.data());
        return to_.add_vector(values, name);
    }

  private:
    uploader& to_;
    const tensor_source& from_;
    weight_precision precision_;
};

}  // namespace

uploader::uploader(device& to, int threads)
    : device_(to), pool_(threads), stream_(make_stream(to)) {}

std::byte* uploader::send(const std::byte* from, std::size_t bytes, std::string_view what) {
    const auto doing = "making room for " + std::string(what);
    auto& made = memory_.emplace_back(device_, bytes, doing);
    const auto& table = device_.table();
    device_.check(table.to_device(made.data(), from, bytes, stream_), "sending weights");
    // What they are sent from is used again.
    device_.check(table.finish(stream_), "sending weights");
    return made.data();
}

matrix uploader::add_matrix(element type, int outer, int inner,
                            const std::function<void(int row, float* to)>& fill,
                            std::string_view what) {
    packed_.assign(matrix_bytes(type, outer, inner), std::byte{0});
    constexpr int share = 16;  // rows
    pool_.parallel_for(ceil_div(outer, share), [&](int part) {
        std::vector<float> values(static_cast<std::size_t>(inner));
        for (int row = part * share; row < std::min(outer, (part + 1) * share); ++row) {
            std::fill(values.begin(), values.end(), 0.0F);
            fill(row, values.data());
            pack_row(type, outer, inner, row, values.data(), packed_.data());
        }
    });
    matrix made{.type = type, .outer = outer, .inner = inner};
    made.weights = send(packed_.data(), packed_.size(), what);
    return made;
}

const float* uploader::add_vector(const std::vector<float>& values, std::string_view what) {
    const auto bytes = std::as_bytes(std::span(values));
    return reinterpret_cast<const float*>(send(bytes.data(), bytes.size(), what));
}

std::vector<device_array<std::byte>> uploader::finish() {
    device_.check(device_.table().finish(stream_), "sending weights");
    return std::move(memory_);
}

std::size_t weights_on_device::bytes() const {
    std::size_t sum = 0;
    for (const auto& each : memory) sum += each.bytes();
    return sum;
}

model_on_device::model_on_device(std::shared_ptr<device> on, model_config config,
                                 std::shared_ptr<const tensor_source> tensors,
                                 const load_options& options)
    : device_(std::move(on)),
      config_(std::move(config)),
      tensors_(std::move(tensors)),
      options_(options) {
    const auto in = device_->enter();
    weights_ = load();
    generation_ = device_->generation();
}

model_on_device::~model_on_device() {
    const auto in = device_->hold();
    weights_.reset();
}

std::shared_ptr<const weights_on_device> model_on_device::weights() const {
    const std::lock_guard lock(mutex_);
    if (!weights_ || generation_ != device_->generation()) {
        weights_.reset();
        weights_ = load();
        generation_ = device_->generation();
    }
    return weights_;
}

std::shared_ptr<const weights_on_device> model_on_device::load() const {
    uploader to(*device_, options_.threads);
    weight_loader from(to, *tensors_, options_.precision);
    const model_parts parts(config_);
    auto made = std::make_shared<weights_on_device>();
    made->embedding = from.add(parts.embedding);
    made->norm = from.add_norm(parts.norm, config_.hidden_size);
    made->head = parts.head ? from.add(*parts.head) : made->embedding;
    if (parts.score) made->score = from.add(*parts.score, weight_precision::f32);
    for (const auto& layer : parts.layers) {
        layer_on_device each;
        each.attention_norm = from.add_norm(layer.attention_norm, config_.hidden_size);
        each.query_key_value = from.add(layer.query_key_value);
        each.attention_output = from.add(layer.attention_output);
        each.mlp_norm = from.add_norm(layer.mlp_norm, config_.hidden_size);
        each.gate_up = from.add(layer.gate_up);
        each.down = from.add(layer.down);
        made->layers.push_back(each);
    }
    made->memory = to.finish();
    return made;
}

}  // namespace tessera::engine::cuda
