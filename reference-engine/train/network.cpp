#include "train/network.hpp"

#include <algorithm>
#include <cmath>

#include "train/contrast.hpp"
#include "train/rotation.hpp"

namespace tessera::engine::train {
namespace {

template <class T>
void grow(std::vector<T>& v, std::size_t size) {
    if (v.size() < size) v.resize(size);
}

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

}  // namespace

template <class T>
network<T>::network(const model_config& config)
    : config_(config),
      layout_(config),
      kernels_(kernels_of_processor<T>()),
      qkv_width_((config.heads + 2 * config.kv_heads) * config.head_dim) {
    std::size_t packed = 0;
    const auto add = [&](std::size_t weights, int inputs, int outputs) {
        matrices_.push_back({weights, packed, inputs, outputs});
        packed += packed_size(inputs, outputs);
    };
    const int d = config.hidden_size;
    const int f = config.intermediate_size;
    for (int i = 0; i < config.layers; ++i) {
        const layer_offsets& at = layout_.layer(i);
        add(at.qkv, d, qkv_width_);
        add(at.output, config.heads * config.head_dim, d);
        add(at.gate_up, d, 2 * f);
        add(at.down, f, d);
    }
    add(layout_.head(), d, config.vocab_size);
    packed_.resize(packed);
}

template <class T>
void network<T>::reserve_positions(int count) {
    const int half = config_.head_dim / 2;
    const int have = static_cast<int>(cosine_.size()) / half;
    if (count <= have) return;
    const std::vector<double> frequencies = rotation_frequencies(config_);
    cosine_.resize(static_cast<std::size_t>(count) * half);
    sine_.resize(cosine_.size());
    for (int p = have; p < count; ++p)
        for (int i = 0; i < half; ++i) {
            cosine_[static_cast<std::size_t>(p) * half + i] = T(std::cos(p * frequencies[i]));
            sine_[static_cast<std::size_t>(p) * half + i] = T(std::sin(p * frequencies[i]));
        }
}

template <class T>
void network<T>::pack(const T* weights, int piece) {
    const matrix& w = matrices_[piece];
    kernels_.pack(w.inputs, w.outputs, weights + w.weights, 1, w.inputs, packed_.data() + w.packed);
}

template <class T>
void network<T>::reserve(const micro_batch& part, workspace<T>& space) const {
    const std::size_t t = part.tokens.size();
    const std::size_t d = config_.hidden_size;
    const std::size_t f = config_.intermediate_size;
    const std::size_t q = std::size_t(config_.heads) * config_.head_dim;
    space.layers.resize(config_.layers);
    for (auto& at : space.layers) {
        grow(at.input, t * d);
        grow(at.input_inverse, t);
        grow(at.input_normed, t * d);
        grow(at.qkv, t * qkv_width_);
        grow(at.log_sum, t * config_.heads);
        grow(at.attended, t * q);
        grow(at.middle, t * d);
        grow(at.middle_inverse, t);
        grow(at.middle_normed, t * d);
        grow(at.gate_up, t * 2 * f);
        grow(at.act, t * f);
    }
    grow(space.output, t * d);
    grow(space.output_inverse, t);
    grow(space.output_normed, t * d);
    grow(space.picked, part.sources.size() * q);
    grow(space.dx, t * d);
    grow(space.dnormed, t * d);
    grow(space.dqkv, t * qkv_width_);
    grow(space.dattended, t * q);
    grow(space.dact, t * f);
    grow(space.scratch, scratch_size);
}

template <class T>
void network<T>::forward(const matrix& w, int tokens, const T* x, T* y, bool accumulate,
                         workspace<T>& space) const {
    kernels_.multiply({.m = tokens,
                       .n = w.outputs,
                       .k = w.inputs,
                       .a = x,
                       .a_row = w.inputs,
                       .a_column = 1,
                       .b = packed_.data() + w.packed,
                       .b_row = 0,
                       .c = y,
                       .c_row = w.outputs,
                       .accumulate = accumulate},
                      space.scratch.data());
}

template <class T>
void network<T>::backward_input(const matrix& w, const T* weights, int tokens, const T* dy, T* dx,
                                workspace<T>& space) const {
    kernels_.multiply({.m = tokens,
                       .n = w.inputs,
                       .k = w.outputs,
                       .a = dy,
                       .a_row = w.outputs,
                       .a_column = 1,
                       .b = weights + w.weights,
                       .b_row = w.inputs,
                       .c = dx,
                       .c_row = w.inputs,
                       .accumulate = false},
                      space.scratch.data());
}

template <class T>
void network<T>::backward_weights(const matrix& w, int tokens, const T* x, const T* dy,
                                  T* gradients, bool fresh, workspace<T>& space) const {
    kernels_.multiply({.m = w.outputs,
                       .n = w.inputs,
                       .k = tokens,
                       .a = dy,
                       .a_row = 1,
                       .a_column = w.outputs,
                       .b = x,
                       .b_row = w.inputs,
                       .c = gradients + w.weights,
                       .c_row = w.inputs,
                       .accumulate = !fresh},
                      space.scratch.data());
}

// After the last layer's attention only the tokens that predict go on.
template <class T>
void network<T>::forward_layer(const T* weights, int layer, const micro_batch& part,
                               workspace<T>& space) const {
    const int t = static_cast<int>(part.tokens.size());
    const int d = config_.hidden_size;
    const layer_offsets& offsets = layout_.layer(layer);
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    T* next = last ? space.output.data() : space.layers[layer + 1].input.data();

    kernels_.norm(t, d, at.input.data(), weights + offsets.input_norm, T(config_.rms_eps),
                  at.input_normed.data(), at.input_inverse.data());
    if (config_.attention_bias)
        for (int i = 0; i < t; ++i)
            std::copy_n(weights + offsets.qkv_bias, qkv_width_,
                        at.qkv.data() + std::size_t(i) * qkv_width_);
    forward(of(layer, qkv), t, at.input_normed.data(), at.qkv.data(), config_.attention_bias,
            space);
    kernels_.rotate(t, config_.heads + config_.kv_heads, config_.head_dim / 2,
                    part.positions.data(), cosine_.data(), sine_.data(), T(1), at.qkv.data(),
                    qkv_width_);
    attend(part, at, space);
    const T* attended = at.attended.data();
    if (last) {
        gather(part.sources, of(layer, output).inputs, attended, space.picked.data());
        gather(part.sources, d, at.input.data(), at.middle.data());
        attended = space.picked.data();
    } else {
        std::copy_n(at.input.data(), std::size_t(t) * d, at.middle.data());
    }
    const int kept = last ? static_cast<int>(part.sources.size()) : t;
    forward(of(layer, output), kept, attended, at.middle.data(), true, space);

    kernels_.norm(kept, d, at.middle.data(), weights + offsets.post_norm, T(config_.rms_eps),
                  at.middle_normed.data(), at.middle_inverse.data());
    forward(of(layer, gate_up), kept, at.middle_normed.data(), at.gate_up.data(), false, space);
    kernels_.swiglu(kept, config_.intermediate_size, at.gate_up.data(), at.act.data());
    std::copy_n(at.middle.data(), std::size_t(kept) * d, next);
    forward(of(layer, down), kept, at.act.data(), next, true, space);
}

// space.dx: the gradient of the layer's output on entry, of its input on return.
template <class T>
void network<T>::backward_layer(const T* weights, int layer, const micro_batch& part,
                                workspace<T>& space, T* gradients, bool fresh) const {
    const int t = static_cast<int>(part.tokens.size());
    const int d = config_.hidden_size;
    const layer_offsets& offsets = layout_.layer(layer);
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    const int kept = last ? static_cast<int>(part.sources.size()) : t;
    T* dx = space.dx.data();

    backward_weights(of(layer, down), kept, at.act.data(), dx, gradients, fresh, space);
    backward_input(of(layer, down), weights, kept, dx, space.dact.data(), space);
    kernels_.swiglu_backward(kept, config_.intermediate_size, space.dact.data(), at.gate_up.data());
    const T* dgate_up = at.gate_up.data();
    backward_weights(of(layer, gate_up), kept, at.middle_normed.data(), dgate_up, gradients, fresh,
                     space);
    backward_input(of(layer, gate_up), weights, kept, dgate_up, space.dnormed.data(), space);
    kernels_.norm_backward(kept, d, at.middle.data(), weights + offsets.post_norm,
                           at.middle_inverse.data(), space.dnormed.data(), dx,
                           gradients + offsets.post_norm);

    const matrix& projection = of(layer, output);
    if (last) {
        backward_weights(projection, kept, space.picked.data(), dx, gradients, fresh, space);
        backward_input(projection, weights, kept, dx, space.picked.data(), space);
        scatter(part.sources, t, projection.inputs, space.picked.data(), space.dattended.data());
        std::copy_n(dx, std::size_t(kept) * d, space.dnormed.data());
        scatter(part.sources, t, d, space.dnormed.data(), dx);
    } else {
        backward_weights(projection, t, at.attended.data(), dx, gradients, fresh, space);
        backward_input(projection, weights, t, dx, space.dattended.data(), space);
    }
    attend_backward(part, at, space);
    const T* dqkv = space.dqkv.data();
    kernels_.rotate(t, config_.heads + config_.kv_heads, config_.head_dim / 2,
                    part.positions.data(), cosine_.data(), sine_.data(), T(-1), space.dqkv.data(),
                    qkv_width_);
    if (config_.attention_bias)
        for (int i = 0; i < t; ++i)
            kernels_.add(qkv_width_, dqkv + std::size_t(i) * qkv_width_,
                         gradients + offsets.qkv_bias);
    backward_weights(of(layer, qkv), t, at.input_normed.data(), dqkv, gradients, fresh, space);
    backward_input(of(layer, qkv), weights, t, dqkv, space.dnormed.data(), space);
    kernels_.norm_backward(t, d, at.input.data(), weights + offsets.input_norm,
                           at.input_inverse.data(), space.dnormed.data(), dx,
                           gradients + offsets.input_norm);
}

// Logits exist for some of the predicting tokens at a time.
template <class T>
double network<T>::predict(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                           T* gradients, bool fresh) const {
    const int d = config_.hidden_size;
    const int v = config_.vocab_size;
    const int count = static_cast<int>(part.sources.size());
    const int chunk = std::clamp((1 << 20) / v, 96, 512);
    grow(space.logits, std::size_t(std::min(chunk, count)) * v);
    double loss = 0;
    for (int i = 0; i < count; i += chunk) {
        const int rows = std::min(chunk, count - i);
        const T* x = space.output_normed.data() + std::size_t(i) * d;
        forward(head(), rows, x, space.logits.data(), false, space);
        loss +=
            kernels_.cross_entropy(rows, v, part.targets.data() + i, scale, space.logits.data());
        if (!gradients) continue;
        backward_weights(head(), rows, x, space.logits.data(), gradients, fresh && i == 0, space);
        backward_input(head(), weights, rows, space.logits.data(),
                       space.dnormed.data() + std::size_t(i) * d, space);
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
                    space.layers[0].input.data() + std::size_t(i) * d);
    for (int layer = 0; layer < config_.layers; ++layer) forward_layer(weights, layer, part, space);
    const int kept = static_cast<int>(part.sources.size());
    kernels_.norm(kept, d, space.output.data(), weights + layout_.final_norm(), T(config_.rms_eps),
                  space.output_normed.data(), space.output_inverse.data());
    const double loss = part.pairs ? contrast(part.documents, d, space.output_normed.data(), scale,
                                              gradients ? space.dnormed.data() : nullptr)
                                   : predict(weights, part, space, scale, gradients, fresh);
    if (!gradients) return loss;

    std::fill_n(space.dx.data(), std::size_t(kept) * d, T(0));
    kernels_.norm_backward(kept, d, space.output.data(), weights + layout_.final_norm(),
                           space.output_inverse.data(), space.dnormed.data(), space.dx.data(),
                           gradients + layout_.final_norm());
    for (int layer = config_.layers - 1; layer >= 0; --layer)
        backward_layer(weights, layer, part, space, gradients, fresh);
    for (int i = 0; i < t; ++i)
        kernels_.add(d, space.dx.data() + std::size_t(i) * d,
                     gradients + layout_.embedding() + std::size_t(part.tokens[i]) * d);
    return loss;
}

template class network<float>;
template class network<double>;

}  // namespace tessera::engine::train
