#include "train/network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "train/objectives.hpp"

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
        if (tuning_.adapter) {
            const std::size_t rank = cpu::padded(tuning_.adapter->rank);
            for (auto& low : at.low) grow(low, t * rank);
        }
    }
    if (tuning_.adapter) {
        grow(space.raised, t * std::size_t(std::max({qkv_width_, width_, gate_width_})));
        grow(space.dlow, t * std::size_t(cpu::padded(tuning_.adapter->rank)));
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
        const int position = part.positions[row];
        kernels_.rotate(config_.heads + config_.kv_heads, half, rotations_.cosines(position),
                        rotations_.sines(position), direction,
                        x.data() + std::size_t(row) * qkv_width_);
    });
}

// After the last layer's attention only the tokens that predict go on.
template <class T>
void network<T>::forward_layer(int layer, const micro_batch& part, workspace<T>& space) const {
    const int t = static_cast<int>(part.tokens.size());
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    T* next = last ? space.output.data() : space.layers[layer + 1].input.data();

    norm(t, at.input, model_.layers[layer].input_norm, at.input_normed, at.input_inverse, space);
    forward(layer, qkv, t, at.input_normed.data(), width_, at.qkv.data(), qkv_width_, false, space);
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
    forward(layer, output, kept, attended, heads_width_, at.middle.data(), width_, true, space);

    norm(kept, at.middle, model_.layers[layer].post_norm, at.middle_normed, at.middle_inverse,
         space);
    forward(layer, gate_up, kept, at.middle_normed.data(), width_, at.gate_up.data(),
            2 * gate_width_, false, space);
    for_rows(kept, space, [&](int row) {
        kernels_.swiglu(at.gate_up.data() + std::size_t(row) * 2 * gate_width_,
                        gate_width_ / cpu::lanes,
                        {bytes(at.act.data() + std::size_t(row) * gate_width_)});
    });
    std::copy_n(at.middle.data(), std::size_t(kept) * width_, next);
    forward(layer, down, kept, at.act.data(), gate_width_, next, width_, true, space);
}

// space.dx: the gradient of the layer's output on entry, of its input on return.
template <class T>
void network<T>::backward_layer(const T* weights, int layer, const micro_batch& part,
                                workspace<T>& space, T* gradients, bool fresh) const {
    const int t = static_cast<int>(part.tokens.size());
    const bool whole = layout_.whole();
    const layer_offsets offsets = whole ? layout_.layer(layer) : layer_offsets{};
    layer_activations<T>& at = space.layers[layer];
    const bool last = layer + 1 == config_.layers;
    const int kept = last ? static_cast<int>(part.sources.size()) : t;
    const auto back = [&](role which, int rows, const T* x, std::ptrdiff_t x_stride, const T* dy,
                          std::ptrdiff_t dy_stride, T* to) {
        backward(weights, layer, which, rows, x, x_stride, dy, dy_stride, to, gradients, fresh,
                 space);
    };
    T* dx = space.dx.data();

    back(down, kept, at.act.data(), gate_width_, dx, width_, space.dact.data());
    for_rows(kept, space, [&](int row) {
        T* dgate = space.dgate_up.data() + std::size_t(row) * 2 * gate_width_;
        kernels_.swiglu_backward(
            at.gate_up.data() + std::size_t(row) * 2 * gate_width_, gate_width_ / cpu::lanes,
            space.dact.data() + std::size_t(row) * gate_width_, dgate, dgate + gate_width_);
    });
    back(gate_up, kept, at.middle_normed.data(), width_, space.dgate_up.data(), 2 * gate_width_,
         space.dnormed.data());
    norm_backward(kept, at.middle, model_.layers[layer].post_norm, at.middle_inverse, space,
                  whole ? gradients + offsets.post_norm : nullptr);

    if (last) {
        back(output, kept, space.picked.data(), heads_width_, dx, width_, space.dpicked.data());
        scatter(part.sources, t, heads_width_, space.dpicked.data(), space.dattended.data());
        std::copy_n(dx, std::size_t(kept) * width_, space.dnormed.data());
        scatter(part.sources, t, width_, space.dnormed.data(), dx);
    } else {
        back(output, t, at.attended.data(), heads_width_, dx, width_, space.dattended.data());
    }
    attend_backward(part, at, space);
    rotate(part, T(-1), space.dqkv, space);
    if (whole && config_.attention_bias)
        for (int i = 0; i < t; ++i)
            kernels_.add(of(layer, qkv).parts.front().outputs, T(1),
                         space.dqkv.data() + std::size_t(i) * qkv_width_,
                         gradients + offsets.qkv_bias);
    back(qkv, t, at.input_normed.data(), width_, space.dqkv.data(), qkv_width_,
         space.dnormed.data());
    norm_backward(t, at.input, model_.layers[layer].input_norm, at.input_inverse, space,
                  whole ? gradients + offsets.input_norm : nullptr);
}

// Logits exist for some of the predicting tokens at a time.
template <class T>
double network<T>::predict(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                           T* gradients, bool fresh) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const int width = head_.packed.panels * cpu::lanes;
    const int count = static_cast<int>(part.sources.size());
    const int chunk = std::clamp((1 << 20) / width, 96, 512);
    grow(space.logits, std::size_t(std::min(chunk, count)) * width);
    grow(space.log_probabilities, std::size_t(count));
    std::vector<double> losses(count);
    const bool weighted = weighs_predictions(part.learned, objectives_);
    for (int i = 0; i < count; i += chunk) {
        if (space.stopping()) return 0;
        const int rows = std::min(chunk, count - i);
        const T* x = space.output_normed.data() + std::size_t(i) * width_;
        products.forward(head_, rows, x, width_, space.logits.data(), width, false);
        for_rows(rows, space, [&](int row) {
            T* logits = space.logits.data() + std::size_t(row) * width;
            const double found = kernels_.cross_entropy(config_.vocab_size, part.targets[i + row],
                                                        weighted ? T(1) : scale, logits);
            space.log_probabilities[i + row] = found;
            losses[i + row] = -found;
            if (!weighted) return;
            const auto [loss, weight] = loss_of_prediction(part, i + row, found, objectives_);
            losses[i + row] = loss;
            const T factor = T(weight) * scale;
            for (int k = 0; k < config_.vocab_size; ++k) logits[k] *= factor;
        });
        if (!gradients) continue;
        T* const logits = space.logits.data();
        if (head_.trained)
            products.backward_weights(head_, rows, x, width_, logits, width, gradients,
                                      fresh && i == 0);
        products.backward_input(head_, weights, rows, logits, width,
                                space.dnormed.data() + std::size_t(i) * width_, width_);
    }
    double loss = 0;
    for (const double one : losses) loss += one;
    return loss;
}

// The head over last states.
template <class T>
double network<T>::judge(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                         T* gradients, bool fresh) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const int width = score_.packed.panels * cpu::lanes;
    const int rows = static_cast<int>(part.sources.size());
    const T* x = space.output_normed.data();
    grow(space.judged, std::size_t(rows) * width);
    T* const judged = space.judged.data();
    products.forward(score_, rows, x, width_, judged, width, false);
    double loss = 0;
    for (int row = 0; row < rows; ++row)
        loss += loss_of_outputs(part, row, tuning_, objectives_, scale,
                                judged + std::size_t(row) * width);
    if (!gradients) return loss;
    products.backward_weights(score_, rows, x, width_, judged, width, gradients, fresh);
    products.backward_input(score_, weights, rows, judged, width, space.dnormed.data(), width_);
    return loss;
}

// Everything that backward_weights does not set for certain.
template <class T>
void network<T>::clear_vectors(T* gradients) const {
    for (const parameter& one : layout_.all()) {
        if (!one.decays || one.offset == layout_.head() || one.name == "score.weight" ||
            (layout_.whole() && one.offset == layout_.embedding()))
            std::fill_n(gradients + one.offset, one.size, T(0));
    }
}

template <class T>
void network<T>::embed(const T* weights, const std::vector<int>& tokens, std::vector<T>& to) const {
    const int d = config_.hidden_size;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        T* const row = to.data() + i * width_;
        if (layout_.whole()) {
            std::copy_n(weights + layout_.embedding() + std::size_t(tokens[i]) * d, d, row);
        } else {
            read_row(model_.embedding, d, tokens[i], row);
        }
    }
}

template <class T>
void network<T>::forward(int layer, role which, int rows, const T* x, std::ptrdiff_t x_stride, T* y,
                         std::ptrdiff_t y_stride, bool accumulate, workspace<T>& space) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    products.forward(of(layer, which), rows, x, x_stride, y, y_stride, accumulate);
    if (space.without_adapters) return;
    for (const adapter& one : adapters(layer, which)) {
        const int rank = one.a.packed.panels * cpu::lanes;
        const int outputs = one.b.parts.front().outputs;
        const int width = one.b.packed.panels * cpu::lanes;
        T* const low = space.layers[layer].low[one.which].data();
        products.forward(one.a, rows, x, x_stride, low, rank, false);
        for (std::size_t i = 0; i < std::size_t(rows) * rank; ++i) low[i] *= adapter_scale_;
        products.forward(one.b, rows, low, rank, space.raised.data(), width, false);
        for_rows(rows, space, [&](int row) {
            const T* from = space.raised.data() + std::size_t(row) * width;
            T* const to = y + row * y_stride;
            if (!one.in_panels) return kernels_.add(outputs, T(1), from, to + one.column);
            const int second = one.column > 0 ? cpu::lanes : 0;
            for (int i = 0; i < width; i += cpu::lanes)
                kernels_.add(cpu::lanes, T(1), from + i, to + 2 * i + second);
        });
    }
}

template <class T>
void network<T>::backward(const T* weights, int layer, role which, int rows, const T* x,
                          std::ptrdiff_t x_stride, const T* dy, std::ptrdiff_t dy_stride, T* dx,
                          T* gradients, bool fresh, workspace<T>& space) const {
    linear_products<T> products{kernels_, space.linear, space.pool};
    const linear<T>& map = of(layer, which);
    if (map.trained)
        products.backward_weights(map, rows, x, x_stride, dy, dy_stride, gradients, fresh);
    products.backward_input(map, weights, rows, dy, dy_stride, dx, x_stride);
    for (const adapter& one : adapters(layer, which)) {
        const int rank = one.a.packed.panels * cpu::lanes;
        const T* low = space.layers[layer].low[one.which].data();
        const T* own = dy + one.column;
        T* const dlow = space.dlow.data();
        products.backward_weights(one.b, rows, low, rank, own, dy_stride, gradients, fresh);
        products.backward_input(one.b, weights, rows, own, dy_stride, dlow, rank);
        for (std::size_t i = 0; i < std::size_t(rows) * rank; ++i) dlow[i] *= adapter_scale_;
        products.backward_weights(one.a, rows, x, x_stride, dlow, rank, gradients, fresh);
        products.backward_input(one.a, weights, rows, dlow, rank, dx, x_stride, true);
    }
}

template <class T>
double network<T>::run(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                       T* gradients, bool fresh) const {
    const int t = static_cast<int>(part.tokens.size());
    const int d = config_.hidden_size;
    reserve(part, space);
    if (gradients && fresh) clear_vectors(gradients);
    embed(weights, part.tokens, space.layers[0].input);
    for (int layer = 0; layer < config_.layers; ++layer) {
        if (space.stopping()) return 0;
        forward_layer(layer, part, space);
    }
    const int kept = static_cast<int>(part.sources.size());
    norm(kept, space.output, model_.final_norm, space.output_normed, space.output_inverse, space);
    double loss = 0;
    if (part.learned == objective::pairs) {
        const T* states = space.output_normed.data();
        T* const dstates = gradients ? space.dnormed.data() : nullptr;
        loss = loss_of_pairs(part, d, width_, states, scale, dstates, objectives_);
    } else if (part.learned == objective::classes || part.learned == objective::values) {
        loss = judge(weights, part, space, scale, gradients, fresh);
    } else {
        loss = predict(weights, part, space, scale, gradients, fresh);
    }
    if (!gradients) return loss;

    std::fill_n(space.dx.data(), std::size_t(kept) * width_, T(0));
    norm_backward(kept, space.output, model_.final_norm, space.output_inverse, space,
                  layout_.whole() ? gradients + layout_.final_norm() : nullptr);
    for (int layer = config_.layers - 1; layer >= 0; --layer) {
        if (space.stopping()) return loss;
        backward_layer(weights, layer, part, space, gradients, fresh);
    }
    if (!layout_.whole()) return loss;
    for (int i = 0; i < t; ++i)
        kernels_.add(d, T(1), space.dx.data() + std::size_t(i) * width_,
                     gradients + layout_.embedding() + std::size_t(part.tokens[i]) * d);
    return loss;
}

template class network<float>;
template class network<double>;

}  // namespace tessera::engine::train
