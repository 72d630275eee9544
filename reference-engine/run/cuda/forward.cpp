#include "run/cuda/forward.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "backend/cuda/layout.hpp"

namespace tessera::engine::cuda {
namespace {

// Steps of so many rows are recorded once and run again; beyond, launches cost next to nothing.
constexpr int graph_rows = 64;
constexpr int fewest_blocks = 16;  // of a sequence, in a plan
// Steps that the host may be ahead of the device.
constexpr std::size_t plans_ahead = 4;

int power_of_two(int least) {
    return static_cast<int>(std::bit_ceil(static_cast<unsigned>(least)));
}

// Stretches that a graph has room for: a power of four. More graphs would take memory, blocks of
// stretches that are not there take time.
int room_for(int stretches, int rows) {
    if (stretches == 0) return 0;
    int room = 1;
    while (room < stretches) room *= 4;
    return std::min(room, rows);
}

}  // namespace

forward_pass::forward_pass(std::shared_ptr<const model_on_device> of, const runner_options& options)
    : model_(std::move(of)),
      device_(model_->on()),
      table_(device_.table()),
      config_(model_->config()),
      weights_(model_->weights()),
      layers_(weights_->layers),
      invariant_(options.invariant),
      main_(make_stream(device_)),
      memory_(device_, main_, config_, *weights_, options) {
    const rows_size most{
        .rows = memory_.rows, .tasks = tasks_of(memory_.rows), .stretches = memory_.rows};
    const step_layout largest(
        {.all = most,
         .wanted = most,
         .sequences = memory_.sequences,
         .blocks = power_of_two(std::max(fewest_blocks, memory_.blocks_of_longest))});
    if (!options.invariant) unpack_weights();
    plan_ = {device_, largest.bytes(), "making room for plans"};
    for (std::size_t i = 0; i < plans_ahead; ++i) plans_.emplace_back(device_, largest.bytes());
}

void forward_pass::unpack_weights() {
    const auto unpack = [&](matrix& of) {
        if (!by_library(of.type, of.outer, memory_.rows)) return;
        auto& to = plain_.emplace_back(device_, matrix_bytes(of.type, of.outer, of.inner),
                                       "making room for rows of weights");
        call(table_.unpack({.from = of, .to = to.data()}, main_), "unpacking weights");
        of.plain = to.data();
    };
    for (auto& layer : layers_) {
        unpack(layer.query_key_value);
        unpack(layer.attention_output);
        unpack(layer.gate_up);
        unpack(layer.down);
    }
}

int forward_pass::tasks_of(int rows) const {
    return attention_tasks(memory_.shape, rows, device_.properties().multiprocessors);
}

void forward_pass::call(status result, std::string_view doing) { device_.check(result, doing); }

void forward_pass::finish() {
    call(table_.finish(main_), "computing a step");
    used_plans_ = 0;
}

std::byte* forward_pass::next_plan() {
    if (used_plans_ == plans_.size()) finish();
    return plans_[used_plans_++].data();
}

void forward_pass::send_plan(const std::byte* from, std::size_t bytes) {
    call(table_.to_device(plan_.data(), from, bytes, main_), "sending a plan");
}

// Graphs name the table, in which adapters come and go, and the memory of low rows.
void forward_pass::use(const adapter_matrices& adapters) {
    const int ranks = adapters.rank_at_most;
    if (adapters.data != adapters_.data || ranks > memory_.ranks) {
        // Nothing that is under way may lose its memory.
        finish();
        std::erase_if(graphs_, [](const auto& each) { return each.first.stretches > 0; });
    }
    adapters_ = adapters;
    if (ranks <= memory_.ranks) return;
    constexpr auto what = "making room for adapters";
    memory_.gate_up.reserve(device_, area(memory_.rows, 2 * config_.intermediate_size), what);
    memory_.low.reserve(device_, area(memory_.rows, adapted_query_key_value.projections * ranks),
                        what);
    memory_.ranks = ranks;
}

bool forward_pass::compute(std::span<const sequence_part> parts, const interrupt& stop,
                           std::span<const int> places, const adapter_matrices& adapters) {
    auto batches = cut(parts, memory_.rows, memory_.sequences);
    const auto count = static_cast<double>(batches.size());
    double done = 0;
    for (auto& batch : batches) {
        for (auto& piece : batch) {
            piece.adapter = places[static_cast<std::size_t>(piece.part - parts.data())];
        }
        const step now(std::move(batch), memory_.shape, device_.properties().multiprocessors,
                       memory_.attention_places);
        const auto part_of_stop = [&](double left) {
            return stop && stop((count - done - 1 + left) / count);
        };
        if (now.adapts()) use(adapters);
        if (now.rows() <= graph_rows && now.outputs() > 0) {
            if (part_of_stop(1)) return false;
            compute_by_graph(now);
        } else if (!launch_at_once(now, part_of_stop)) {
            return false;
        }
        ++done;
    }
    return true;
}

bool forward_pass::launch_at_once(const step& now, const interrupt& stop) {
    const bool apart = now.outputs() > 0 && now.outputs() < now.rows();
    const step_layout layout({.all = now.all().size(),
                              .wanted = apart ? now.wanted().size() : rows_size{},
                              .sequences = now.sequences(),
                              .blocks = now.blocks()});
    auto* const plan = next_plan();
    now.write(layout, plan);
    send_plan(plan, layout.bytes());
    const auto arrays = layout.at(plan_.data());
    const launched_rows all{.plan = arrays.plan(),
                            .stretches = arrays.all.stretches,
                            .at_most = now.all().size(),
                            .attention = now.all().attention(),
                            .state = memory_.state.data()};
    const launched_rows wanted{.plan = arrays.plan_of_wanted(),
                               .stretches = arrays.wanted.stretches,
                               .at_most = now.wanted().size(),
                               .attention = now.wanted().attention(),
                               .state = memory_.heads.data(),
                               .from = arrays.output_rows};
    return launch(all, now.outputs() == 0 ? nullptr : apart ? &wanted : &all, stop);
}

// Of so few rows that what a product costs is its weights: the last layer computes all of them.
void forward_pass::compute_by_graph(const step& now) {
    const int rows = power_of_two(now.rows());
    const int blocks = power_of_two(std::max(fewest_blocks, now.blocks()));
    const rows_size at_most{.rows = rows,
                            .tasks = tasks_of(rows),
                            .stretches = room_for(now.all().size().stretches, rows)};
    const step_layout layout(
        {.all = at_most, .sequences = std::min(rows, memory_.sequences), .blocks = blocks});
    auto* const plan = next_plan();
    now.write(layout, plan);
    send_plan(plan, layout.bytes());
    const auto arrays = layout.at(plan_.data());
    const auto& attention = now.all().attention();
    const launched_rows all{.plan = arrays.plan(),
                            .stretches = arrays.all.stretches,
                            .at_most = at_most,
                            .attention = attention,
                            .state = memory_.state.data()};
    const auto launch_all = [&] { launch(all, &all, {}); };
    const auto [place, is_first] = graphs_.try_emplace(graph_key{.rows = rows,
                                                                 .blocks = blocks,
                                                                 .stretches = at_most.stretches,
                                                                 .stores = attention.stores,
                                                                 .vectors = attention.vectors});
    // Kernels are loaded when they are first launched, which may not be done while a step is recorded.
    if (is_first) return launch_all();
    auto& made = place->second;
    if (!made) made = record(launch_all);
    call(table_.run_graph(made, main_), "computing a step");
}

owned_graph forward_pass::record(const std::function<void()>& launches) {
    graph recorded = nullptr;
    call(table_.begin_graph(main_), "recording a step");
    try {
        launches();
    } catch (...) {
        table_.end_graph(main_, &recorded);
        if (recorded) table_.free_graph(recorded);
        throw;
    }
    call(table_.end_graph(main_, &recorded), "recording a step");
    return {device_, recorded};
}

bool forward_pass::launch(const launched_rows& all, const launched_rows* wanted,
                          const interrupt& stop) {
    const int hidden = config_.hidden_size;
    const auto& first = layers_.front();
    call(table_.embed({.plan = all.plan,
                       .rows = all.at_most.rows,
                       .embedding = weights_->embedding,
                       .state = all.state,
                       .state_stride = hidden,
                       .after = norm_for(first.attention_norm, first.query_key_value)},
                      main_),
         "embedding tokens");
    for (int layer = 0; layer < config_.layers; ++layer) {
        if (stop && stop(1 - static_cast<double>(layer) / config_.layers)) return false;
        launch_layer(layer, all, layer + 1 < config_.layers ? &all : wanted);
    }
    if (!wanted) return true;
    call(table_.keep({.plan = wanted->plan,
                      .outputs = wanted->at_most.rows,
                      .hidden = hidden,
                      .state = wanted->state,
                      .state_stride = hidden,
                      .slots = memory_.slots.data(),
                      .slot_stride = hidden},
                     main_),
         "keeping states");
    return true;
}

rows_in forward_pass::normalise_slots(const int* slots, int count, element type) {
    const auto to = memory_.normal.of(type);
    call(table_.normalise({.rows = count,
                           .from = slots,
                           .x = memory_.slots.data(),
                           .x_stride = config_.hidden_size,
                           .weight = weights_->norm,
                           .size = config_.hidden_size,
                           .eps = config_.rms_eps,
                           .output = to},
                          main_),
         "normalising states");
    return to;
}

void forward_pass::multiply_head(const matrix& head, const int* slots, int count, float* to,
                                 std::ptrdiff_t stride) {
    product p{.weights = head, .rows = count};
    p.input = normalise_slots(slots, count, input_of(head.type));
    p.output = to;
    p.output_stride = stride;
    p.multiprocessors = device_.properties().multiprocessors;
    p.scratch = memory_.product_scratch.data();
    call(table_.multiply(p, main_), "computing a head");
}

}  // namespace tessera::engine::cuda
