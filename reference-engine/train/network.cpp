#include "train/network.hpp"

#include <algorithm>
#include <utility>

#include "train/contrast.hpp"

namespace tessera::engine::train {
namespace {

template <class T>
void gather(const std::vector<int>& rows, int width, const T* from, T* to) {
    for (const int row : rows) to = std::copy_n(from + std::size_t(row) * width, width, to);
}

// Into rows that are zero elsewhere.
template <class T>
void scatter(const std::vector<int>& rows, int count, int width, const T* from, T* to) {
    std::fill_n(to, std::size_t(count) * width, T(0));
    for (std::size_t i = 0; i < rows.size(); ++i)
        std::copy_n(from + i * width, width, to + std::size_t(rows[i]) * width);
}

template <class T, class F>
void for_rows(int rows, workspace<T>& space, F f) {
    if (!space.pool) {
        for (int row = 0; row < rows; ++row) f(row);
        return;
    }
    constexpr int step = 16;
    space.pool->parallel_for((rows + step - 1) / step, [&](int index) {
        const int last = std::min(rows, (index + 1) * step);
        for (int row = index * step; row < last; ++row) f(row);
    });
}

template <class T>
std::byte* bytes(T* p) {
    return reinterpret_cast<std::byte*>(p);
}

}  // namespace

template <class T>
network<T>::network(const model_config& config)
    : config_(config),
      layout_(config),
      kernels_(cpu::kernels_for<T>()),
      rotary_(config.rope, config.head_dim),
      width_(cpu::padded(config.hidden_size)),
      heads_width_(cpu::padded(config.heads * config.head_dim)),
      qkv_width_(cpu::padded((config.heads + 2 * config.kv_heads) * config.head_dim)),
      gate_width_(cpu::padded(config.intermediate_size)) {
    std::size_t size = 0;
    std::vector<std::size_t> places;
    const auto add = [&](int inner, std::vector<linear_part> parts, int panels) {
        linears_.push_back({{.panels = panels}, inner, std::move(parts)});
        places.push_back(size);
        size += std::size_t(panels) * cpu::lanes * inner;
    };
    const auto add_vector = [&](std::size_t weights, int count) {
        vectors_.push_back({weights, size, count});
        size += cpu::padded(count);
        return vectors_.back().packed;
    };
    const int d = config.hidden_size;
    const int f = config.intermediate_size;
    const int q = config.heads * config.head_dim;
    const int all = q + 2 * config.kv_heads * config.head_dim;
    std::vector<std::size_t> norms, biases;
    for (int i = 0; i < config.layers; ++i) {
        const layer_offsets& at = layout_.layer(i);
        add(d, {{.weights = at.qkv, .outputs = all}}, cpu::panels_of(all));
        add(q, {{.weights = at.output, .outputs = d}}, cpu::panels_of(d));
        const linear_part gate{.weights = at.gate_up, .outputs = f, .panel_step = 2};
        linear_part up = gate;
        up.weights += std::size_t(f) * d;
        up.panel = 1;
        up.column = gate_width_;
        add(d, {gate, up}, 2 * cpu::panels_of(f));
        add(f, {{.weights = at.down, .outputs = d}}, cpu::panels_of(d));
        norms.push_back(add_vector(at.input_norm, d));
        norms.push_back(add_vector(at.post_norm, d));
        if (config.attention_bias) biases.push_back(add_vector(at.qkv_bias, all));
    }
    add(d, {{.weights = layout_.head(), .outputs = config.vocab_size}},
        cpu::panels_of(config.vocab_size));
    norms.push_back(add_vector(layout_.final_norm(), d));
    packed_ = cpu::buffer<T>(size);
    std::fill_n(packed_.data(), size, T(0));
    for (std::size_t i = 0; i < linears_.size(); ++i)
        linears_[i].packed.data = bytes(packed_.data() + places[i]);
    for (std::size_t i = 0; i < biases.size(); ++i)
        linears_[i * roles + qkv].packed.bias = packed_.data() + biases[i];
    for (int i = 0; i < config.layers; ++i)
        layer_vectors_.push_back(
            {packed_.data() + norms[2 * i], packed_.data() + norms[2 * i + 1]});
    final_norm_ = packed_.data() + norms.back();
}

template <class T>
void network<T>::reserve_positions(int count) {
    const int half = config_.head_dim / 2;
    const int have = static_cast<int>(cosines_.size()) / half;
    if (count <= have) return;
    cosines_.resize(static_cast<std::size_t>(count) * half);
    sines_.resize(cosines_.size());
    for (int p = have; p < count; ++p)
        rotary_.at(p, cosines_.data() + std::size_t(p) * half,
                   sines_.data() + std::size_t(p) * half);
}

template <class T>
void network<T>::pack(const T* weights, int piece) {
    if (piece == static_cast<int>(linears_.size())) {
        for (const vector_copy& one : vectors_)
            std::copy_n(weights + one.weights, one.size, packed_.data() + one.packed);
        return;
    }
    const linear<T>& map = linears_[piece];
    T* const to = packed_.data() +
                  (reinterpret_cast<const T*>(map.packed.data) - std::as_const(packed_).data());
    const std::ptrdiff_t panel = std::ptrdiff_t{map.inner} * cpu::lanes;
    for (const linear_part& part : map.parts) {
        if (part.panel_step == 1) {
            kernels_.pack(map.inner, part.outputs, weights + part.weights, 1, map.inner,
                          to + part.panel * panel);
            continue;
        }
        for (int first = 0; first < part.outputs; first += cpu::lanes)
            kernels_.pack(map.inner, std::min(cpu::lanes, part.outputs - first),
                          weights + part.weights + std::size_t(first) * map.inner, 1, map.inner,
                          to + (part.panel + first / cpu::lanes * part.panel_step) * panel);
    }
}

template <class T>
void network<T>::reserve(const micro_batch& part, workspace<T>& space) const {
    const std::size_t t = part.tokens.size();
    const std::size_t d = width_;
    space.layers.resize(config_.layers);
    for (auto& at : space.layers) {
        grow(at.input, t * d);
        grow(at.input_inverse, t);
        grow(at.input_normed, t * d);
        grow(at.qkv, t * qkv_width_);
        grow(at.log_sum, t * config_.heads);
        grow(at.attended, t * heads_width_);
        grow(at.middle, t * d);
        grow(at.middle_inverse, t);
        grow(at.middle_normed, t * d);
        grow(at.gate_up, t * 2 * gate_width_);
        grow(at.act, t * gate_width_);
    }
    grow(space.output, t * d);
    grow(space.output_inverse, t);
    grow(space.output_normed, t * d);
    grow(space.picked, part.sources.size() * heads_width_);
    grow(space.dpicked, part.sources.size() * heads_width_);
    grow(space.dx, t * d);
    grow(space.dnormed, t * d);
    grow(space.dqkv, t * qkv_width_);
    grow(space.dattended, t * heads_width_);
    grow(space.dact, t * gate_width_);
    grow(space.dgate_up, t * 2 * gate_width_);
    const std::size_t workers = space.pool ? space.pool->size() : 1;
    if (space.attention.size() < workers) space.attention.resize(workers);
}

template <class T>
void network<T>::norm(int rows, const std::vector<T>& x, const T* weight, std::vector<T>& y,
                      std::vector<T>& inverse, workspace<T>& space) const {
    for_rows(rows, space, [&](int row) {
        const std::size_t at = std::size_t(row) * width_;
        inverse[row] = kernels_.rms_norm(x.data() + at, weight, config_.hidden_size,
                                         T(config_.rms_eps), {bytes(y.data() + at)});
    });
}

// space.dnormed -> added to space.dx.
template <class T>
void network<T>::norm_backward(int rows, const std::vector<T>& x, const T* weight,
                               const std::vector<T>& inverse, workspace<T>& space,
                               T* dweight) const {
    for (int row = 0; row < rows; ++row) {
        const std::size_t at = std::size_t(row) * width_;
        kernels_.rms_norm_backward(x.data() + at, weight, config_.hidden_size, inverse[row],
                                   space.dnormed.data() + at, space.dx.data() + at, dweight);
    }
}

template <class T>
void network<T>::rotate(const micro_batch& part, T direction, std::vector<T>& x,
                        workspace<T>& space) const {
    const int half = config_.head_dim / 2;
    for_rows(static_cast<int>(part.tokens.size()), space, [&](int row) {
        const std::size_t angles = std::size_t(part.positions[row]) * half;
        kernels_.rotate(config_.heads + config_.kv_heads, half, cosines_.data() + angles,
                        sines_.data() + angles, direction,
                        x.data() + std::size_t(row) * qkv_width_);
    });
}

// After the last layer's attention only the tokens that predict go on.
template <class T>
void network<T>::forward_layer(int layer, const micro_batch& part, workspace<T>& space) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const int t = static_cast<int>(part.tokens.size());
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    T* next = last ? space.output.data() : space.layers[layer + 1].input.data();

    norm(t, at.input, layer_vectors_[layer].input_norm, at.input_normed, at.input_inverse, space);
    products.forward(of(layer, qkv), t, at.input_normed.data(), width_, at.qkv.data(), qkv_width_,
                     false);
    rotate(part, T(1), at.qkv, space);
    attend(part, at, space);
    const T* attended = at.attended.data();
    if (last) {
        gather(part.sources, heads_width_, attended, space.picked.data());
        gather(part.sources, width_, at.input.data(), at.middle.data());
        attended = space.picked.data();
    } else {
        std::copy_n(at.input.data(), std::size_t(t) * width_, at.middle.data());
    }
    const int kept = last ? static_cast<int>(part.sources.size()) : t;
    products.forward(of(layer, output), kept, attended, heads_width_, at.middle.data(), width_,
                     true);

    norm(kept, at.middle, layer_vectors_[layer].post_norm, at.middle_normed, at.middle_inverse,
         space);
    products.forward(of(layer, gate_up), kept, at.middle_normed.data(), width_, at.gate_up.data(),
                     2 * gate_width_, false);
    for_rows(kept, space, [&](int row) {
        kernels_.swiglu(at.gate_up.data() + std::size_t(row) * 2 * gate_width_,
                        gate_width_ / cpu::lanes,
                        {bytes(at.act.data() + std::size_t(row) * gate_width_)});
    });
    std::copy_n(at.middle.data(), std::size_t(kept) * width_, next);
    products.forward(of(layer, down), kept, at.act.data(), gate_width_, next, width_, true);
}

// space.dx: the gradient of the layer's output on entry, of its input on return.
template <class T>
void network<T>::backward_layer(const T* weights, int layer, const micro_batch& part,
                                workspace<T>& space, T* gradients, bool fresh) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const int t = static_cast<int>(part.tokens.size());
    const layer_offsets& offsets = layout_.layer(layer);
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    const int kept = last ? static_cast<int>(part.sources.size()) : t;
    const auto backward = [&](role which, int rows, const T* x, std::ptrdiff_t x_stride,
                              const T* dy, std::ptrdiff_t dy_stride, T* dx) {
        const linear<T>& map = of(layer, which);
        products.backward_weights(map, rows, x, x_stride, dy, dy_stride, gradients, fresh);
        products.backward_input(map, weights, rows, dy, dy_stride, dx, x_stride);
    };
    T* dx = space.dx.data();

    backward(down, kept, at.act.data(), gate_width_, dx, width_, space.dact.data());
    for_rows(kept, space, [&](int row) {
        T* dgate = space.dgate_up.data() + std::size_t(row) * 2 * gate_width_;
        kernels_.swiglu_backward(
            at.gate_up.data() + std::size_t(row) * 2 * gate_width_, gate_width_ / cpu::lanes,
            space.dact.data() + std::size_t(row) * gate_width_, dgate, dgate + gate_width_);
    });
    backward(gate_up, kept, at.middle_normed.data(), width_, space.dgate_up.data(), 2 * gate_width_,
             space.dnormed.data());
    norm_backward(kept, at.middle, layer_vectors_[layer].post_norm, at.middle_inverse, space,
                  gradients + offsets.post_norm);

    if (last) {
        backward(output, kept, space.picked.data(), heads_width_, dx, width_, space.dpicked.data());
        scatter(part.sources, t, heads_width_, space.dpicked.data(), space.dattended.data());
        std::copy_n(dx, std::size_t(kept) * width_, space.dnormed.data());
        scatter(part.sources, t, width_, space.dnormed.data(), dx);
    } else {
        backward(output, t, at.attended.data(), heads_width_, dx, width_, space.dattended.data());
    }
    attend_backward(part, at, space);
    rotate(part, T(-1), space.dqkv, space);
    if (config_.attention_bias)
        for (int i = 0; i < t; ++i)
            kernels_.add(of(layer, qkv).parts.front().outputs, T(1),
                         space.dqkv.data() + std::size_t(i) * qkv_width_,
                         gradients + offsets.qkv_bias);
    backward(qkv, t, at.input_normed.data(), width_, space.dqkv.data(), qkv_width_,
             space.dnormed.data());
    norm_backward(t, at.input, layer_vectors_[layer].input_norm, at.input_inverse, space,
                  gradients + offsets.input_norm);
}

// Logits exist for some of the predicting tokens at a time.
template <class T>
double network<T>::predict(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                           T* gradients, bool fresh) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const int width = head().packed.panels * cpu::lanes;
    const int count = static_cast<int>(part.sources.size());
    const int chunk = std::clamp((1 << 20) / width, 96, 512);
    grow(space.logits, std::size_t(std::min(chunk, count)) * width);
    std::vector<double> log_probabilities(std::min(chunk, count));
    double loss = 0;
    for (int i = 0; i < count; i += chunk) {
        if (space.stop.stop_requested()) return loss;
        const int rows = std::min(chunk, count - i);
        const T* x = space.output_normed.data() + std::size_t(i) * width_;
        T* logits = space.logits.data();
        products.forward(head(), rows, x, width_, logits, width, false);
        for_rows(rows, space, [&](int row) {
            log_probabilities[row] =
                kernels_.cross_entropy(config_.vocab_size, part.targets[i + row], scale,
                                       logits + std::size_t(row) * width);
        });
        for (int row = 0; row < rows; ++row) loss -= log_probabilities[row];
        if (!gradients) continue;
        products.backward_weights(head(), rows, x, width_, logits, width, gradients,
                                  fresh && i == 0);
        products.backward_input(head(), weights, rows, logits, width,
                                space.dnormed.data() + std::size_t(i) * width_, width_);
    }
    return loss;
}

// Everything that backward_weights does not set for certain.
template <class T>
void network<T>::clear_vectors(T* gradients) const {
    for (const parameter& one : layout_.all()) {
        if (!one.decays || one.offset == layout_.embedding() || one.offset == layout_.head())
            std::fill_n(gradients + one.offset, one.size, T(0));
    }
}

template <class T>
double network<T>::run(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                       T* gradients, bool fresh) const {
    const int t = static_cast<int>(part.tokens.size());
    const int d = config_.hidden_size;
    reserve(part, space);
    if (gradients && fresh) clear_vectors(gradients);
    for (int i = 0; i < t; ++i)
        std::copy_n(weights + layout_.embedding() + std::size_t(part.tokens[i]) * d, d,
                    space.layers[0].input.data() + std::size_t(i) * width_);
    for (int layer = 0; layer < config_.layers; ++layer) {
        if (space.stop.stop_requested()) return 0;
        forward_layer(layer, part, space);
    }
    const int kept = static_cast<int>(part.sources.size());
    norm(kept, space.output, final_norm_, space.output_normed, space.output_inverse, space);
    const double loss = part.pairs ? contrast(part.documents, d, width_, space.output_normed.data(),
                                              scale, gradients ? space.dnormed.data() : nullptr)
                                   : predict(weights, part, space, scale, gradients, fresh);
    if (!gradients) return loss;

    std::fill_n(space.dx.data(), std::size_t(kept) * width_, T(0));
    norm_backward(kept, space.output, final_norm_, space.output_inverse, space,
                  gradients + layout_.final_norm());
    for (int layer = config_.layers - 1; layer >= 0; --layer) {
        if (space.stop.stop_requested()) return loss;
        backward_layer(weights, layer, part, space, gradients, fresh);
    }
    for (int i = 0; i < t; ++i)
        kernels_.add(d, T(1), space.dx.data() + std::size_t(i) * width_,
                     gradients + layout_.embedding() + std::size_t(part.tokens[i]) * d);
    return loss;
}

template class network<float>;
template class network<double>;

}  // namespace tessera::engine::train
