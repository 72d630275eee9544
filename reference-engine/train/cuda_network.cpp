#include "train/cuda_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "backend/cuda/layout.hpp"

namespace tessera::engine::train {

cuda_network::cuda_network(cuda::device& on, cuda::stream by, const model_config& config,
                           const tuning& tuned, const objective_options& learned,
                           cuda::element factors, cuda_model model, float* gradients)
    : on_(on),
      by_(by),
      kernels_(*on.table().training),
      config_(config),
      tuning_(tuned),
      objectives_(learned),
      layout_(config, tuned),
      factors_(factors),
      model_(std::move(model)),
      gradients_(gradients),
      rotations_(config.rope, config.head_dim),
      heads_width_(config.heads * config.head_dim),
      qkv_width_((config.heads + 2 * config.kv_heads) * config.head_dim),
      layers_(static_cast<std::size_t>(config.layers)) {
    if (tuned.adapter)
        adapter_scale_ = static_cast<float>(tuned.adapter->alpha / tuned.adapter->rank);
}

void cuda_network::check(cuda::status status, const char* doing) const { on_.check(status, doing); }

void cuda_network::finish() const { check(on_.table().finish(by_), "training"); }

void cuda_network::multiply(cuda::training_product p) {
    p.factors = factors_;
    p.scratch = scratch_.reserve(on_, cuda::product_scratch(p));
    check(kernels_.multiply(p, by_), "a product of training");
}

void cuda_network::forward(const cuda_matrix& by, int rows, const void* x, std::ptrdiff_t x_stride,
                           const cuda::training_output& y, std::ptrdiff_t y_stride,
                           const float* before, float factor) {
    multiply({.rows = rows,
              .columns = by.outer,
              .inner = by.inner,
              .a = x,
              .a_stride = x_stride,
              .b = by.data,
              .b_stride = by.inner,
              .bias = by.bias,
              .factor = factor,
              .before = before,
              .output = y,
              .output_stride = y_stride});
}

void cuda_network::backward_input(const cuda_matrix& by, int rows, const void* dy,
                                  std::ptrdiff_t dy_stride, const cuda::training_output& dx,
                                  std::ptrdiff_t dx_stride, const float* before, float factor) {
    multiply({.rows = rows,
              .columns = by.inner,
              .inner = by.outer,
              .a = dy,
              .a_stride = dy_stride,
              .b = by.data,
              .b_stride = by.inner,
              .b_turned = true,
              .factor = factor,
              .before = before,
              .output = dx,
              .output_stride = dx_stride});
}

void cuda_network::backward_weights(const cuda_matrix& by, int rows, const void* x,
                                    std::ptrdiff_t x_stride, const void* dy,
                                    std::ptrdiff_t dy_stride) {
    if (!by.gradient) return;
    multiply({.rows = by.outer,
              .columns = by.inner,
              .inner = rows,
              .a = dy,
              .a_stride = dy_stride,
              .a_turned = true,
              .b = x,
              .b_stride = x_stride,
              .b_turned = true,
              .before = gradients_ + *by.gradient,
              .output = {.exact = gradients_ + *by.gradient},
              .output_stride = by.inner});
}

void cuda_network::forward(const cuda_linear& by, layer_activations& at, int rows, const void* x,
                           float* y, const float* before, const request& wanted) {
    const int inner = by.matrix.inner;
    const int outer = by.matrix.outer;
    forward(by.matrix, rows, x, inner, {.exact = y}, outer, before);
    if (wanted.without_adapters) return;
    for (const cuda_adapter& one : by.adapters) {
        const int rank = one.a.outer;
        const cuda_factors& low = at.low[one.which];
        forward(one.a, rows, x, inner, low.output(), rank, nullptr, adapter_scale_);
        forward(one.b, rows, low.data(), rank, {.exact = y + one.column}, outer, y + one.column);
    }
}

void cuda_network::backward(const cuda_linear& by, layer_activations& at, int rows, const void* x,
                            const void* dy, float* dx) {
    const int inner = by.matrix.inner;
    const int outer = by.matrix.outer;
    backward_weights(by.matrix, rows, x, inner, dy, outer);
    backward_input(by.matrix, rows, dy, outer, {.exact = dx}, inner, nullptr);
    for (const cuda_adapter& one : by.adapters) {
        const int rank = one.a.outer;
        const void* const own = after(dy, one.column);
        backward_weights(one.b, rows, at.low[one.which].data(), rank, own, outer);
        backward_input(one.b, rows, own, outer, dlow_.output(), rank, nullptr, adapter_scale_);
        backward_weights(one.a, rows, x, inner, dlow_.data(), rank);
        backward_input(one.a, rows, dlow_.data(), rank, {.exact = dx}, inner, dx);
    }
}

const void* cuda_network::after(const void* factors, std::ptrdiff_t numbers) const {
    return static_cast<const std::byte*>(factors) + numbers * cuda::size_of(factors_);
}

void cuda_network::norm(int rows, const float* x, const float* weight,
                        const cuda::training_output& y, float* inverse) {
    check(kernels_.norm({.rows = rows,
                         .size = config_.hidden_size,
                         .x = x,
                         .weight = weight,
                         .eps = static_cast<float>(config_.rms_eps),
                         .output = y,
                         .inverse = inverse},
                        by_),
          "a norm of training");
}

void cuda_network::norm_backward(int rows, const float* x, const float* weight,
                                 const float* inverse, std::optional<std::size_t> gradient) {
    const int d = config_.hidden_size;
    check(kernels_.norm_backward({.rows = rows,
                                  .size = d,
                                  .x = x,
                                  .weight = weight,
                                  .inverse = inverse,
                                  .doutput = dnormed_.data(),
                                  .dx = dx_.exact(),
                                  .rounded = dx_.rounded()},
                                 by_),
          "a norm of training");
    if (!gradient) return;
    check(
        kernels_.column_sums({.rows = rows,
                              .columns = d,
                              .x = dnormed_.data(),
                              .x_stride = d,
                              .with = x,
                              .with_stride = d,
                              .factors = inverse,
                              .sums = gradients_ + *gradient,
                              .scratch = scratch_.reserve(
                                  on_, static_cast<std::size_t>(cuda::column_sum_parts(rows)) * d)},
                             by_),
        "a norm's gradient");
}

void cuda_network::rotate(float direction, const cuda::training_output& to) {
    check(kernels_.rotate({.rows = at_.tokens,
                           .heads = config_.heads + 2 * config_.kv_heads,
                           .turned = config_.heads + config_.kv_heads,
                           .half = config_.head_dim / 2,
                           .positions = at_.positions,
                           .angles = angles_.data(),
                           .direction = direction,
                           .x = qkv_.exact(),
                           .output = to},
                          by_),
          "a rotation of training");
}

void cuda_network::pick(int rows, int width, const int* rows_of, const float* from,
                        const cuda::training_output& to) {
    check(kernels_.pick(
              {.rows = rows, .width = width, .rows_of = rows_of, .from = from, .output = to}, by_),
          "picking rows");
}

void cuda_network::round(std::size_t size, const float* from, bf16* to) {
    check(kernels_.round({.size = static_cast<std::ptrdiff_t>(size), .from = from, .output = to},
                         by_),
          "rounding");
}

const void* cuda_network::attended(const layer_activations& at) const {
    return attended_.data() ? static_cast<const void*>(attended_.data()) : at.attended.data();
}

cuda::training_attention cuda_network::attention(layer_activations& at) {
    return {.factors = factors_,
            .tasks = at_.tasks,
            .task_count = at_.task_count,
            .rows = at_.tokens,
            .heads = config_.heads,
            .kv_heads = config_.kv_heads,
            .head_dim = config_.head_dim,
            .scale = static_cast<float>(1 / std::sqrt(static_cast<double>(config_.head_dim))),
            .heads_data = at.qkv.data(),
            .heads_stride = qkv_width_,
            .output = {.exact = at.attended.data(), .rounded = attended_.data()},
            .log_sums = at.log_sums.data()};
}

// After the last layer's attention only the tokens that predict go on.
void cuda_network::forward_layer(std::size_t layer, const request& wanted) {
    const cuda_layer& by = model_.layers[layer];
    layer_activations& at = layers_[layer];
    const int d = config_.hidden_size;
    const bool last = layer + 1 == layers_.size();
    const int kept = last ? at_.kept : at_.tokens;
    float* const next = last ? output_.data() : layers_[layer + 1].input.data();

    norm(at_.tokens, at.input.data(), by.input_norm, normed_.output(), at.input_inverse.data());
    forward(by.qkv, at, at_.tokens, normed_.data(), qkv_.exact(), nullptr, wanted);
    rotate(1, at.qkv.output());
    check(kernels_.attend(attention(at), by_), "attention of training");
    if (last) {
        pick(kept, heads_width_, at_.sources, at.attended.data(), picked_.output());
        pick(kept, d, at_.sources, at.input.data(), {.exact = at.middle.data()});
    }
    forward(by.output, at, kept, last ? picked_.data() : attended(at), at.middle.data(),
            last ? at.middle.data() : at.input.data(), wanted);

    norm(kept, at.middle.data(), by.post_norm, normed_.output(), at.middle_inverse.data());
    forward(by.gate_up, at, kept, normed_.data(), at.gate_up.data(), nullptr, wanted);
    check(kernels_.gate({.rows = kept,
                         .size = config_.intermediate_size,
                         .gate_up = at.gate_up.data(),
                         .output = act_.output()},
                        by_),
          "a gate of training");
    forward(by.down, at, kept, act_.data(), next, at.middle.data(), wanted);
}

// dx_: the gradient of the layer's output on entry, of its input on return. What norms and gates gave
// is computed again.
void cuda_network::backward_layer(std::size_t layer) {
    const cuda_layer& by = model_.layers[layer];
    layer_activations& at = layers_[layer];
    const int d = config_.hidden_size;
    const int f = config_.intermediate_size;
    const bool last = layer + 1 == layers_.size();
    const int tokens = at_.tokens;
    const int kept = last ? at_.kept : tokens;
    const bool whole = layout_.whole();
    const layer_offsets offsets = whole ? layout_.layer(static_cast<int>(layer)) : layer_offsets{};
    const auto trained = [&](std::size_t offset) {
        return whole ? std::optional(offset) : std::nullopt;
    };

    check(
        kernels_.gate(
            {.rows = kept, .size = f, .gate_up = at.gate_up.data(), .output = act_.output()}, by_),
        "a gate of training");
    backward(by.down, at, kept, act_.data(), dx_.factors(), dact_.data());
    check(kernels_.gate_backward({.rows = kept,
                                  .size = f,
                                  .gate_up = at.gate_up.data(),
                                  .doutput = dact_.data(),
                                  .dgate_up = dgate_up_.output()},
                                 by_),
          "a gate of training");
    norm(kept, at.middle.data(), by.post_norm, normed_.output(), at.middle_inverse.data());
    backward(by.gate_up, at, kept, normed_.data(), dgate_up_.data(), dnormed_.data());
    norm_backward(kept, at.middle.data(), by.post_norm, at.middle_inverse.data(),
                  trained(offsets.post_norm));

    if (last) {
        backward(by.output, at, kept, picked_.data(), dx_.factors(), dpicked_.data());
        pick(tokens, heads_width_, at_.source_of, dpicked_.data(), {.exact = dattended_.exact()});
        check(on_.table().copy(dkept_.data(), dx_.exact(),
                               sizeof(float) * static_cast<std::size_t>(kept) * d, by_),
              "training");
        pick(tokens, d, at_.source_of, dkept_.data(), {.exact = dx_.exact()});
    } else {
        if (attended_.data())
            round(static_cast<std::size_t>(tokens) * heads_width_, at.attended.data(),
                  attended_.data());
        backward(by.output, at, tokens, attended(at), dx_.factors(), dattended_.exact());
    }
    check(kernels_.attend_backward({.forward = attention(at),
                                    .doutput = dattended_.exact(),
                                    .rounded_doutput = dattended_.rounded(),
                                    .dheads = qkv_.exact(),
                                    .delta = delta_.data()},
                                   by_),
          "attention of training");
    const bool of_bias = whole && config_.attention_bias;
    rotate(-1, of_bias ? qkv_.both() : qkv_.only_factors());
    if (of_bias) {
        check(kernels_.column_sums(
                  {.rows = tokens,
                   .columns = qkv_width_,
                   .x = qkv_.exact(),
                   .x_stride = qkv_width_,
                   .sums = gradients_ + offsets.qkv_bias,
                   .scratch = scratch_.reserve(
                       on_, static_cast<std::size_t>(cuda::column_sum_parts(tokens)) *
                                static_cast<std::size_t>(qkv_width_))},
                  by_),
              "a bias's gradient");
    }
    norm(tokens, at.input.data(), by.input_norm, normed_.output(), at.input_inverse.data());
    backward(by.qkv, at, tokens, normed_.data(), qkv_.factors(), dnormed_.data());
    norm_backward(tokens, at.input.data(), by.input_norm, at.input_inverse.data(),
                  trained(offsets.input_norm));
}

double cuda_network::run(const micro_batch& part, const request& wanted,
                         const std::function<bool()>& stopping) {
    try {
        const double loss = compute(part, wanted, stopping);
        finish();
        return loss;
    } catch (...) {
        // What was asked for reads the host's memory until it is done.
        on_.table().finish(by_);
        throw;
    }
}

double cuda_network::compute(const micro_batch& part, const request& wanted,
                             const std::function<bool()>& stopping) {
    prepare(part);
    const int d = config_.hidden_size;
    check(kernels_.embed({.rows = at_.tokens,
                          .width = d,
                          .tokens = at_.token_ids,
                          .type = model_.embedding.type,
                          .table = model_.embedding.data,
                          .output = layers_[0].input.data()},
                         by_),
          "embedding tokens");
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
        if (stopping()) return 0;
        forward_layer(layer, wanted);
    }
    const bool of_states = part.learned == objective::pairs;
    norm(at_.kept, output_.data(), model_.final_norm,
         of_states ? cuda::training_output{.exact = output_normed_.exact()}
                   : output_normed_.only_factors(),
         output_inverse_.data());
    double loss = 0;
    if (of_states) {
        loss = pair(part, wanted);
    } else if (part.learned == objective::classes || part.learned == objective::values) {
        loss = judge(part, wanted);
    } else {
        loss = predict(part, wanted, stopping);
    }
    if (!wanted.gradients) return loss;

    check(
        on_.table().clear(dx_.exact(), sizeof(float) * static_cast<std::size_t>(at_.kept) * d, by_),
        "training");
    norm_backward(at_.kept, output_.data(), model_.final_norm, output_inverse_.data(),
                  layout_.whole() ? std::optional(layout_.final_norm()) : std::nullopt);
    for (std::size_t layer = layers_.size(); layer-- > 0;) {
        if (stopping()) return loss;
        backward_layer(layer);
    }
    if (layout_.whole()) {
        check(kernels_.embed_backward({.tokens = at_.distinct,
                                       .width = d,
                                       .ids = at_.ids,
                                       .first = at_.first,
                                       .rows = at_.rows,
                                       .from = dx_.exact(),
                                       .gradient = gradients_ + layout_.embedding()},
                                      by_),
              "the embedding's gradient");
    }
    return loss;
}

}  // namespace tessera::engine::train
