#include "run/cuda/workspace.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "backend/cuda/layout.hpp"
#include "model/rotary.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int usual_rows = 512;
constexpr int fewest_rows = 32;
constexpr int most_rows = 1024;

int blocks_for(int tokens) { return ceil_div(tokens, block_positions); }

// Numbers of a block of one layer and head.
int head_block(const model_config& config) {
    return 2 * block_positions * cache_width(config.head_dim);
}

element cached_as(kv_precision precision) {
    return precision == kv_precision::bf16 ? element::bf16 : element::f32;
}

std::size_t bytes_per_block(const model_config& config, element type) {
    return area(config.layers * config.kv_heads, head_block(config)) *
           static_cast<std::size_t>(size_of(type));
}

// Unless it is said how many: as many as all sequences may come to, but no more than half of what
// the device has left, so that other models have room.
int cache_blocks(const device& on, const model_config& config, const runner_options& options) {
    if (options.kv_tokens > 0) return blocks_for(options.kv_tokens);
    const double wanted = static_cast<double>(blocks_for(config.max_position)) * options.sequences;
    const double room = static_cast<double>(on.free_memory()) / 2 /
                        static_cast<double>(bytes_per_block(config, cached_as(options.cached)));
    return static_cast<int>(std::clamp(wanted, 1.0, std::max(64.0, room)));
}

// What is read beside an input of i8: attention and gates write whole rows, adapters read them.
std::vector<element> with_whole(std::set<element> types) {
    if (types.contains(element::i8)) types.insert(element::f32);
    return {types.begin(), types.end()};
}

std::vector<float> all_angles(const model_config& config, int positions) {
    const int half = config.head_dim / 2;
    const rotary turns(config.rope, config.head_dim);
    std::vector<float> angles(area(positions, config.head_dim));
    for (int i = 0; i < positions; ++i) {
        float* at = angles.data() + area(i, config.head_dim);
        turns.at(i, at, at + half);
    }
    return angles;
}

}  // namespace

product_inputs::product_inputs(device& on, stream with, std::span<const element> types, int rows,
                               int inner) {
    for (const auto type : types) {
        const auto i = static_cast<std::size_t>(type);
        const auto bytes = input_bytes(type, inner);
        strides_[i] = static_cast<std::ptrdiff_t>(bytes);
        data_[i] = device_array<std::byte>(on, bytes * static_cast<std::size_t>(rows),
                                           "making room for rows");
        on.check(on.table().clear(data_[i].data(), data_[i].bytes(), with), "clearing rows");
    }
}

rows_in product_inputs::of(element type) const {
    const auto i = static_cast<std::size_t>(type);
    return {.data = data_[i].data(), .stride = strides_[i], .type = type};
}

workspace::workspace(device& on, stream with, const model_config& config,
                     const weights_on_device& weights, const runner_options& options)
    : shape{config.heads, config.kv_heads, config.head_dim},
      rows(std::clamp(options.tokens > 0 ? options.tokens : usual_rows, fewest_rows, most_rows)),
      sequences(std::max(1, std::min(options.sequences, rows))),
      blocks(cache_blocks(on, config, options)),
      blocks_of_longest(std::min(blocks_for(config.max_position), blocks)),
      attention_places(cuda::attention_places(blocks_of_longest * block_positions)) {
    make_rows(on, with, config, weights, options.slots, options.invariant);
    make_cache(on, with, config, options);
}

void workspace::make_rows(device& on, stream with, const model_config& config,
                          const weights_on_device& weights, int slot_count, bool invariant) {
    const int hidden = config.hidden_size;
    const auto floats = [&](std::size_t size) {
        return device_array<float>(on, size, "making room for rows");
    };
    slots = floats(area(slot_count, hidden));
    state = floats(area(rows, hidden));
    squares = floats(area(rows, norm_parts(hidden)));
    heads = floats(area(rows, std::max(hidden, heads_width(config))));

    std::size_t scratch = 0;
    const auto look_at = [&](const matrix& m) {
        scratch = std::max(
            scratch, cuda::product_scratch({.weights = m,
                                            .rows = rows,
                                            .invariant = invariant,
                                            .multiprocessors = on.properties().multiprocessors}));
        return input_of(m.type);
    };
    // Classifiers' heads and states are f32.
    std::set<element> normals{element::f32, look_at(weights.head)};
    std::set<element> attends;
    std::set<element> gates;
    for (const auto& layer : weights.layers) {
        normals.insert({look_at(layer.query_key_value), look_at(layer.gate_up)});
        attends.insert(look_at(layer.attention_output));
        gates.insert(look_at(layer.down));
    }
    normal = {on, with, with_whole(normals), rows, hidden};
    attended = {on, with, with_whole(attends), rows, config.heads * config.head_dim};
    gated = {on, with, with_whole(gates), rows, config.intermediate_size};
    product_scratch = floats(scratch);
    on.check(on.table().clear(product_scratch.data(), product_scratch.bytes(), with),
             "clearing memory");
}

void workspace::make_cache(device& on, stream with, const model_config& config,
                           const runner_options& options) {
    attention_scratch = {on, attention_scratch_bytes(shape, attention_places) / sizeof(float),
                         "making room for attention"};
    attention_counters = {on, attention_counter_bytes(shape, attention_places) / sizeof(unsigned),
                          "making room for attention"};
    const auto turns = all_angles(config, blocks_of_longest * block_positions);
    angles = {on, turns.size(), "making room for angles"};
    const auto& table = on.table();
    on.check(table.to_device(angles.data(), turns.data(), angles.bytes(), with), "sending angles");
    const auto cached = cached_as(options.cached);
    cache_memory = {on, static_cast<std::size_t>(blocks) * bytes_per_block(config, cached),
                    "making room for the cache of keys and values"};
    const std::ptrdiff_t head = head_block(config);
    cache = {.type = cached,
             .data = cache_memory.data(),
             .layer_stride = head * config.kv_heads * blocks,
             .head_stride = head,
             .block_stride = head * config.kv_heads,
             .value_offset = head / 2};
    const auto clear = [&](const auto& memory) {
        on.check(table.clear(memory.data(), memory.bytes(), with), "clearing memory");
    };
    clear(attention_scratch);
    clear(attention_counters);
    clear(cache_memory);
    // Angles are sent from memory that goes.
    on.check(table.finish(with), "clearing memory");
}

}  // namespace tessera::engine::cuda
