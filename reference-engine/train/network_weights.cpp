#include <algorithm>
#include <utility>

#include "backend/cpu/panels.hpp"
#include "train/network.hpp"

namespace tessera::engine::train {
namespace {

// In T.
template <class T>
std::size_t panel_size(const linear<T>& map) {
    return std::size_t(cpu::groups_of(map.packed.type, map.inner)) * cpu::lanes;
}

}  // namespace

template <class T>
network<T>::network(const model_config& config, const tuning& tuned,
                    const objective_options& learned, packed_model<T> frozen, cpu::element products)
    : config_(config),
      tuning_(tuned),
      objectives_(learned),
      layout_(config, tuned),
      kernels_(cpu::kernels_for<T>()),
      rotations_(config.rope, config.head_dim),
      width_(cpu::padded(config.hidden_size)),
      heads_width_(cpu::padded(config.heads * config.head_dim)),
      qkv_width_(cpu::padded((config.heads + 2 * config.kv_heads) * config.head_dim)),
      gate_width_(cpu::padded(config.intermediate_size)),
      model_(std::move(frozen)) {
    adapters_.resize(static_cast<std::size_t>(config.layers) * roles);
    add_model();
    if (!layout_.whole()) {
        add_frozen();
        add_adapters();
    }
    if (tuned.labels > 0) {
        score_ = {{.panels = cpu::panels_of(tuned.labels)},
                  config.hidden_size,
                  {{.weights = layout_.score(), .outputs = tuned.labels}}};
    }
    if (layout_.whole()) for_trained([&](linear<T>& map) { map.packed.type = products; });
    place();
}

template <class T>
void network<T>::add_model() {
    const int d = config_.hidden_size;
    const int f = config_.intermediate_size;
    const int q = config_.heads * config_.head_dim;
    const int all = q + 2 * config_.kv_heads * config_.head_dim;
    for (int i = 0; i < config_.layers; ++i) {
        const layer_offsets at = layout_.whole() ? layout_.layer(i) : layer_offsets{};
        const auto add = [&](int inner, std::vector<linear_part> parts, int panels) {
            linears_.push_back({{.panels = panels}, inner, std::move(parts)});
        };
        add(d, {{.weights = at.qkv, .outputs = all}}, cpu::panels_of(all));
        add(q, {{.weights = at.output, .outputs = d}}, cpu::panels_of(d));
        const linear_part gate{.weights = at.gate_up, .outputs = f, .panel_step = 2};
        linear_part up = gate;
        up.weights += std::size_t(f) * d;
        up.panel = 1;
        up.column = gate_width_;
        add(d, {gate, up}, 2 * cpu::panels_of(f));
        add(f, {{.weights = at.down, .outputs = d}}, cpu::panels_of(d));
    }
    if (layout_.whole() && tuning_.labels > 0) return;
    head_ = {{.panels = cpu::panels_of(config_.vocab_size)},
             d,
             {{.weights = layout_.head(), .outputs = config_.vocab_size}}};
}

template <class T>
void network<T>::add_frozen() {
    const auto take = [](linear<T>& map, const packed_view<T>& view) {
        map.packed = view;
        map.trained = false;
    };
    for (int i = 0; i < config_.layers; ++i) {
        const auto& layer = model_.layers[i];
        take(linears_[i * roles + qkv], layer.qkv);
        take(linears_[i * roles + output], layer.output);
        take(linears_[i * roles + gate_up], layer.gate_up);
        take(linears_[i * roles + down], layer.down);
    }
    take(head_, model_.head);
}

template <class T>
void network<T>::add_adapters() {
    const int rank = tuning_.adapter->rank;
    adapter_scale_ = T(tuning_.adapter->alpha / rank);
    constexpr role roles_of[] = {qkv, qkv, qkv, output, gate_up, gate_up, down};
    for (int i = 0; i < config_.layers; ++i) {
        const int q = config_.heads * config_.head_dim;
        const int columns[] = {0, q, q + config_.kv_heads * config_.head_dim, 0, 0, gate_width_, 0};
        for (std::size_t m = 0; m < modules; ++m) {
            const auto which = static_cast<module>(m);
            const auto& at = layout_.adapter(i, which);
            if (!at) continue;
            const auto [inputs, outputs] = shape_of(config_, which);
            adapters_[i * roles + roles_of[m]].push_back(
                {which,
                 {{.panels = cpu::panels_of(rank)}, inputs, {{.weights = at->a, .outputs = rank}}},
                 {{.panels = cpu::panels_of(outputs)},
                  rank,
                  {{.weights = at->b, .outputs = outputs}}},
                 columns[m],
                 roles_of[m] == gate_up});
        }
    }
}

template <class T>
template <class F>
void network<T>::for_trained(F f) {
    const auto offer = [&](linear<T>& map) {
        if (map.trained && !map.parts.empty()) f(map);
    };
    for (linear<T>& map : linears_) offer(map);
    offer(head_);
    offer(score_);
    for (auto& group : adapters_)
        for (adapter& one : group) {
            offer(one.a);
            offer(one.b);
        }
}

// Gives all that is trained its place in packed_.
template <class T>
void network<T>::place() {
    const int d = config_.hidden_size;
    std::size_t size = 0;
    for_trained([&](linear<T>& map) { size += std::size_t(map.packed.panels) * panel_size(map); });
    if (layout_.whole()) size += std::size_t(config_.layers) * (2 * width_ + qkv_width_) + width_;
    packed_ = cpu::buffer<T>(size);
    std::fill_n(packed_.data(), size, T(0));
    T* next = packed_.data();
    for_trained([&](linear<T>& map) {
        map.packed.data = reinterpret_cast<const std::byte*>(next);
        next += std::size_t(map.packed.panels) * panel_size(map);
        matrices_.push_back(&map);
    });
    if (!layout_.whole()) return;
    const auto vector = [&](std::size_t weights, int count) {
        vectors_.push_back({weights, next, count});
        next += cpu::padded(count);
        return vectors_.back().packed;
    };
    for (int i = 0; i < config_.layers; ++i) {
        const layer_offsets& at = layout_.layer(i);
        const T* input_norm = vector(at.input_norm, d);
        const T* post_norm = vector(at.post_norm, d);
        if (config_.attention_bias)
            linears_[i * roles + qkv].packed.bias =
                vector(at.qkv_bias, of(i, qkv).parts.front().outputs);
        model_.layers.push_back({input_norm, of(i, qkv).packed, of(i, output).packed, post_norm,
                                 of(i, gate_up).packed, of(i, down).packed});
    }
    model_.final_norm = vector(layout_.final_norm(), d);
    model_.head = head_.packed;
    if (config_.tied_embeddings) model_.embedding = head_.packed;
}

template <class T>
void network<T>::pack(const T* weights, int piece) {
    if (piece == static_cast<int>(matrices_.size())) {
        for (const vector_copy& one : vectors_)
            std::copy_n(weights + one.weights, one.size, one.packed);
        return;
    }
    const linear<T>& map = *matrices_[piece];
    T* const to = packed_.data() + (reinterpret_cast<const T*>(map.packed.data) - packed_.data());
    const std::ptrdiff_t panel = panel_size(map);
    for (const linear_part& part : map.parts) {
        const T* from = weights + part.weights;
        if (map.packed.type == cpu::element::bf16) {
            for (int row = 0; row < part.outputs; ++row, from += map.inner) {
                T* const to_panel = to + (part.panel + row / cpu::lanes * part.panel_step) * panel;
                cpu::write_bf16_row(map.inner, from, row % cpu::lanes,
                                    reinterpret_cast<std::byte*>(to_panel));
            }
            continue;
        }
        if (part.panel_step == 1) {
            kernels_.pack(map.inner, part.outputs, from, 1, map.inner, to + part.panel * panel);
            continue;
        }
        for (int first = 0; first < part.outputs; first += cpu::lanes)
            kernels_.pack(map.inner, std::min(cpu::lanes, part.outputs - first),
                          from + std::size_t(first) * map.inner, 1, map.inner,
                          to + (part.panel + first / cpu::lanes * part.panel_step) * panel);
    }
}

template class network<float>;
template class network<double>;

}  // namespace tessera::engine::train
