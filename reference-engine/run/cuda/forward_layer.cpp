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

void forward_pass::launch_layer(int layer, const launched_rows& all, const launched_rows* wanted) {
    const auto& of = layers_[static_cast<std::size_t>(layer)];
    const int width = heads_width(config_);
    normalise(of.attention_norm, all, of.query_key_value);
    multiply({.weights = of.query_key_value,
              .input = memory_.normal.of(input_of(of.query_key_value.type)),
              .before = norm_of(of.query_key_value),
              .output = memory_.heads.data(),
              .output_stride = width},
             all, &of.attention_output);
    adapt(layer, adapted_query_key_value, of.query_key_value, all, memory_.normal,
          norm_of(of.query_key_value), memory_.heads.data(), width);

    const bool stores = wanted == &all && all.attention.stores;
    if (!stores) store(layer, all);
    if (!wanted) return;
    attend(layer, *wanted, stores);
    if (wanted != &all) gather(all, *wanted);
    finish_layer(layer, *wanted);
}

void forward_pass::store(int layer, const launched_rows& rows) {
    call(table_.rotate_and_store({.plan = rows.plan,
                                  .rows = rows.at_most.rows,
                                  .layer = layer,
                                  .heads = config_.heads,
                                  .kv_heads = config_.kv_heads,
                                  .head_dim = config_.head_dim,
                                  .angles = memory_.angles.data(),
                                  .heads_data = memory_.heads.data(),
                                  .heads_stride = heads_width(config_),
                                  .cache = memory_.cache},
                                 main_),
         "storing keys and values");
}

void forward_pass::attend(int layer, const launched_rows& rows, bool stores) {
    const auto& output = layers_[static_cast<std::size_t>(layer)].attention_output;
    const auto type = input_of(output.type);
    call(table_.attend({.plan = rows.plan,
                        .tasks = rows.at_most.tasks,
                        .vectors = rows.attention.vectors,
                        .layer = layer,
                        .heads = config_.heads,
                        .kv_heads = config_.kv_heads,
                        .head_dim = config_.head_dim,
                        .scale = 1 / std::sqrt(static_cast<float>(config_.head_dim)),
                        .angles = stores ? memory_.angles.data() : nullptr,
                        .from = rows.from,
                        .heads_data = memory_.heads.data(),
                        .heads_stride = heads_width(config_),
                        .cache = memory_.cache,
                        .output = memory_.attended.of(type == element::i8 ? element::f32 : type),
                        .scratch = memory_.attention_scratch.data(),
                        .counters = memory_.attention_counters.data()},
                       main_),
         "computing attention");
    if (type == element::i8) convert(rows, memory_.attended, config_.heads * config_.head_dim);
}

// States of wanted rows, one behind the other, where nobody reads queries any more.
void forward_pass::gather(const launched_rows& all, const launched_rows& wanted) {
    auto plan = all.plan;
    plan.output_slots = nullptr;
    call(table_.keep({.plan = plan,
                      .outputs = wanted.at_most.rows,
                      .hidden = config_.hidden_size,
                      .state = all.state,
                      .state_stride = config_.hidden_size,
                      .slots = wanted.state,
                      .slot_stride = config_.hidden_size},
                     main_),
         "gathering states");
}

// What follows attention.
void forward_pass::finish_layer(int layer, const launched_rows& rows) {
    const auto& of = layers_[static_cast<std::size_t>(layer)];
    const int hidden = config_.hidden_size;
    const bool adapts = rows.adapts();
    const auto mlp_norm = norm_for(of.mlp_norm, of.gate_up);
    multiply({.weights = of.attention_output,
              .input = memory_.attended.of(input_of(of.attention_output.type)),
              .output = rows.state,
              .output_stride = hidden,
              .after = adapts ? norm_after{} : mlp_norm,
              .accumulate = true},
             rows, &of.gate_up);
    adapt(layer, adapted_attention_output, of.attention_output, rows, memory_.attended, {},
          rows.state, hidden);
    if (adapts) weigh(mlp_norm, rows);

    normalise(of.mlp_norm, rows, of.gate_up);
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
    multiply(gate_up, rows, &of.down);
    if (adapts) {
        adapt(layer, adapted_gate_up, of.gate_up, rows, memory_.normal, norm_of(of.gate_up),
              memory_.gate_up.data(), 2 * std::ptrdiff_t{wide});
        call(table_.gate({.count = rows.count(),
                          .rows = rows.at_most.rows,
                          .size = wide,
                          .gate_up = memory_.gate_up.data(),
                          .gate_up_stride = 2 * std::ptrdiff_t{wide},
                          .output = gated},
                         main_),
             "computing gates");
    }
    if (down_type == element::i8) convert(rows, memory_.gated, wide);
    const bool last = layer + 1 == config_.layers;
    const auto* following = last ? nullptr : &layers_[static_cast<std::size_t>(layer) + 1];
    const auto next_norm =
        following ? norm_for(following->attention_norm, following->query_key_value) : norm_after{};
    multiply({.weights = of.down,
              .input = memory_.gated.of(down_type),
              .output = rows.state,
              .output_stride = hidden,
              .after = adapts ? norm_after{} : next_norm,
              .accumulate = true},
             rows, following ? &following->query_key_value : &weights_->head);
    adapt(layer, adapted_down, of.down, rows, memory_.gated, {}, rows.state, hidden);
    if (adapts) weigh(next_norm, rows);
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
void forward_pass::weigh(const norm_after& after, const launched_rows& rows) {
    if (!after.weight) return;
    call(table_.weigh({.count = rows.count(),
                       .rows = rows.at_most.rows,
                       .state = rows.state,
                       .state_stride = config_.hidden_size,
                       .size = config_.hidden_size,
                       .after = after},
                      main_),
         "weighing states");
}

void forward_pass::multiply(product p, const launched_rows& rows, const matrix* next) {
    p.count = rows.count();
    p.rows = rows.at_most.rows;
    p.invariant = invariant_;
    p.multiprocessors = device_.properties().multiprocessors;
    p.scratch = memory_.product_scratch.data();
    p.prefetch = next->weights;
    p.prefetch_bytes = std::min(matrix_bytes(next->type, next->outer, next->inner), fetched_ahead);
    call(table_.multiply(p, main_), "multiplying");
}

// For products that read i8, and for adapters beside them.
void forward_pass::normalise(const float* weight, const launched_rows& rows, const matrix& next) {
    if (next.type != element::i8) return;
    const auto into = [&](element type) {
        call(table_.normalise({.count = rows.count(),
                               .rows = rows.at_most.rows,
                               .x = rows.state,
                               .x_stride = config_.hidden_size,
                               .weight = weight,
                               .size = config_.hidden_size,
                               .eps = config_.rms_eps,
                               .output = memory_.normal.of(type)},
                              main_),
             "normalising");
    };
    into(element::i8);
    if (rows.adapts()) into(element::f32);
}

void forward_pass::convert(const launched_rows& rows, const product_inputs& inputs, int width) {
    const auto whole = inputs.of(element::f32);
    call(table_.convert({.count = rows.count(),
                         .rows = rows.at_most.rows,
                         .x = reinterpret_cast<const float*>(whole.data),
                         .x_stride = whole.stride / static_cast<std::ptrdiff_t>(sizeof(float)),
                         .size = width,
                         .output = inputs.of(element::i8)},
                        main_),
         "quantising rows");
}

void forward_pass::adapt(int layer, adapted_matrix which, const matrix& to,
                         const launched_rows& rows, const product_inputs& input, norm_before before,
                         float* output, std::ptrdiff_t stride) {
    if (!rows.adapts()) return;
    const auto type = to.type == element::i8 ? element::f32 : to.type;
    call(table_.adapt({.counts = rows.plan.counts,
                       .stretches = rows.stretches,
                       .stretches_at_most = rows.at_most.stretches,
                       .rows = rows.at_most.rows,
                       .matrices = adapters_.data + std::ptrdiff_t{layer} * adapted_projections +
                                   which.first,
                       .adapter_stride = adapters_.stride,
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
