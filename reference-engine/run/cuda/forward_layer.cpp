#include <algorithm>
#include <cmath>
#include <utility>

#include "backend/cuda/layout.hpp"
#include "run/cuda/forward.hpp"

namespace tessera::engine::cuda {
namespace {

// Bytes of the next weights that a product asks for when it is through with its own: about what
// memory moves while one kernel ends and the next begins.
constexpr std::size_t fetched_ahead = std::size_t{4} << 20;

}  // namespace

void forward_pass::launch_layer(int layer, const step_arrays& plan, const launch_size& size,
                                const adapter_table* adapters) {
    const auto& of = layers_[static_cast<std::size_t>(layer)];
    const bool last = layer + 1 == config_.layers;
    const int hidden = config_.hidden_size;
    const int queries = config_.heads * config_.head_dim;
    const int width = heads_width(config_);
    const bool adapts = size.stretches > 0;

    normalise(of.attention_norm, plan, size, of.query_key_value);
    multiply({.weights = of.query_key_value,
              .input = memory_.normal.of(input_of(of.query_key_value.type)),
              .before = norm_of(of.query_key_value),
              .output = memory_.heads.data(),
              .output_stride = width},
             plan, size, &of.attention_output);
    adapt(layer, adapted_query_key_value, of.query_key_value, plan, size, memory_.normal,
          norm_of(of.query_key_value), memory_.heads.data(), width, adapters);

    const bool ends = last && !size.keeps;
    if (!size.attention.stores || ends) {
        call(table_.rotate_and_store({.plan = plan.plan(),
                                      .rows = size.rows,
                                      .layer = layer,
                                      .heads = config_.heads,
                                      .kv_heads = config_.kv_heads,
                                      .head_dim = config_.head_dim,
                                      .angles = memory_.angles.data(),
                                      .heads_data = memory_.heads.data(),
                                      .heads_stride = width,
                                      .cache = memory_.cache},
                                     main_),
             "storing keys and values");
    }
    if (ends) return;
    const auto output_type = input_of(of.attention_output.type);
    const auto attended =
        memory_.attended.of(output_type == element::i8 ? element::f32 : output_type);
    call(table_.attend({.plan = plan.plan(),
                        .tasks = size.tasks,
                        .vectors = size.attention.vectors,
                        .layer = layer,
                        .heads = config_.heads,
                        .kv_heads = config_.kv_heads,
                        .head_dim = config_.head_dim,
                        .scale = 1 / std::sqrt(static_cast<float>(config_.head_dim)),
                        .angles = size.attention.stores ? memory_.angles.data() : nullptr,
                        .heads_data = memory_.heads.data(),
                        .heads_stride = width,
                        .cache = memory_.cache,
                        .output = attended,
                        .scratch = memory_.attention_scratch.data(),
                        .counters = memory_.attention_counters.data()},
                       main_),
         "computing attention");
    if (output_type == element::i8) convert(plan, size, memory_.attended, queries);
    const auto mlp_norm = norm_for(of.mlp_norm, of.gate_up);
    multiply({.weights = of.attention_output,
              .input = memory_.attended.of(output_type),
              .output = memory_.state.data(),
              .output_stride = hidden,
              .after = adapts ? norm_after{} : mlp_norm,
              .accumulate = true},
             plan, size, &of.gate_up);
    adapt(layer, adapted_attention_output, of.attention_output, plan, size, memory_.attended, {},
          memory_.state.data(), hidden, adapters);
    if (adapts) weigh(mlp_norm, plan, size);

    normalise(of.mlp_norm, plan, size, of.gate_up);
    const int wide = config_.intermediate_size;
    const auto down_type = input_of(of.down.type);
    const auto gated = memory_.gated.of(down_type == element::i8 ? element::f32 : down_type);
    product gate_up{.weights = of.gate_up,
                    .input = memory_.normal.of(input_of(of.gate_up.type)),
                    .before = norm_of(of.gate_up)};
    if (adapts) {
        gate_up.output = memory_.gate_up.data();
        gate_up.output_stride = 2 * std::ptrdiff_t{wide};
    } else {
        gate_up.gated = true;
        gate_up.gate = gated;
    }
    multiply(gate_up, plan, size, &of.down);
    if (adapts) {
        adapt(layer, adapted_gate_up, of.gate_up, plan, size, memory_.normal, norm_of(of.gate_up),
              memory_.gate_up.data(), 2 * std::ptrdiff_t{wide}, adapters);
        call(table_.gate({.count = &plan.counts->rows,
                          .rows = size.rows,
                          .size = wide,
                          .gate_up = memory_.gate_up.data(),
                          .gate_up_stride = 2 * std::ptrdiff_t{wide},
                          .output = gated},
                         main_),
             "computing gates");
    }
    if (down_type == element::i8) convert(plan, size, memory_.gated, wide);
    const auto* following = last ? nullptr : &layers_[static_cast<std::size_t>(layer) + 1];
    const auto next_norm =
        following ? norm_for(following->attention_norm, following->query_key_value) : norm_after{};
    multiply({.weights = of.down,
              .input = memory_.gated.of(down_type),
              .output = memory_.state.data(),
              .output_stride = hidden,
              .after = adapts ? norm_after{} : next_norm,
              .accumulate = true},
             plan, size, following ? &following->query_key_value : &weights_->head);
    adapt(layer, adapted_down, of.down, plan, size, memory_.gated, {}, memory_.state.data(), hidden,
          adapters);
    if (adapts) weigh(next_norm, plan, size);
}

// Where the next product reads i8, a norm is a kernel of its own: blocks are quantised whole.
norm_after forward_pass::norm_for(const float* weight, const matrix& next) {
    if (next.type == element::i8) return {};
    return {weight, memory_.normal.of(input_of(next.type)), memory_.squares.data()};
}
norm_before forward_pass::norm_of(const matrix& next) {
    if (next.type == element::i8) return {};
    return {memory_.squares.data(), config_.rms_eps};
}

// What adapters have changed is weighed when they are through.
void forward_pass::weigh(const norm_after& after, const step_arrays& plan,
                         const launch_size& size) {
    if (!after.weight) return;
    call(table_.weigh({.count = &plan.counts->rows,
                       .rows = size.rows,
                       .state = memory_.state.data(),
                       .state_stride = config_.hidden_size,
                       .size = config_.hidden_size,
                       .after = after},
                      main_),
         "weighing states");
}

void forward_pass::multiply(product p, const step_arrays& plan, const launch_size& size,
                            const matrix* next) {
    p.count = &plan.counts->rows;
    p.rows = size.rows;
    p.invariant = invariant_;
    p.scratch = memory_.product_scratch.data();
    p.prefetch = next->weights;
    p.prefetch_bytes = std::min(matrix_bytes(next->type, next->outer, next->inner), fetched_ahead);
    call(table_.multiply(p, main_), "multiplying");
}

// For products that read i8, and for adapters beside them.
void forward_pass::normalise(const float* weight, const step_arrays& plan, const launch_size& size,
                             const matrix& next) {
    if (next.type != element::i8) return;
    const auto into = [&](element type) {
        call(table_.normalise({.count = &plan.counts->rows,
                               .rows = size.rows,
                               .x = memory_.state.data(),
                               .x_stride = config_.hidden_size,
                               .weight = weight,
                               .size = config_.hidden_size,
                               .eps = config_.rms_eps,
                               .output = memory_.normal.of(type)},
                              main_),
             "normalising");
    };
    into(element::i8);
    if (size.stretches > 0) into(element::f32);
}

void forward_pass::convert(const step_arrays& plan, const launch_size& size,
                           const product_inputs& rows, int width) {
    const auto whole = rows.of(element::f32);
    call(table_.convert({.count = &plan.counts->rows,
                         .rows = size.rows,
                         .x = reinterpret_cast<const float*>(whole.data),
                         .x_stride = whole.stride / static_cast<std::ptrdiff_t>(sizeof(float)),
                         .size = width,
                         .output = rows.of(element::i8)},
                        main_),
         "quantising rows");
}

void forward_pass::adapt(int layer, adapted_matrix which, const matrix& to, const step_arrays& plan,
                         const launch_size& size, const product_inputs& input, norm_before before,
                         float* output, std::ptrdiff_t stride, const adapter_table* adapters) {
    if (size.stretches == 0) return;
    const auto type = to.type == element::i8 ? element::f32 : to.type;
    call(table_.adapt({.counts = plan.counts,
                       .stretches = plan.stretches,
                       .stretches_at_most = size.stretches,
                       .rows = size.rows,
                       .matrices = adapters->matrices() +
                                   std::ptrdiff_t{layer} * adapted_projections + which.first,
                       .adapter_stride = adapters->stride(),
                       .projections = which.projections,
                       .rank_at_most = memory_.ranks,
                       .input = input.of(input_of(type)),
                       .before = before,
                       .low = memory_.low.data(),
                       .output = output,
                       .output_stride = stride},
                      main_),
         "computing adapters");
}

}  // namespace tessera::engine::cuda
