#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "backend/cuda/attention_plan.hpp"
#include "run/backend.hpp"
#include "run/cuda/arrays.hpp"
#include "run/cuda/weights.hpp"

namespace tessera::engine::cuda {

/// Rows of activations as products read them, of each type of weights that the model has.
class product_inputs {
  public:
    product_inputs() = default;
    product_inputs(device&, stream, std::span<const element> types, int rows, int inner);
    /// A type that it was made with.
    rows_in of(element) const;

  private:
    std::array<device_array<std::byte>, 3> data_;
    std::array<std::ptrdiff_t, 3> strides_{};
};

/// The memory that one runner computes in, made once: its cache, the slots of final states, rows of
/// every stage of a step.
struct workspace {
    /// While the device is in use. What is cleared is cleared on that stream. Throws engine_error
    /// device.
    workspace(device&, stream, const model_config&, const weights_on_device&,
              const runner_options&);

    attention_shape shape;
    int rows;               // of a batch, at most
    int sequences;          // of a batch, at most
    int blocks;             // of the cache
    int blocks_of_longest;  // of a sequence
    int attention_places;

    device_array<float> slots;    // [slot][hidden]
    device_array<float> state;    // [row][hidden]
    device_array<float> squares;  // [row][norm_parts(hidden)], sums of squares of the state
    device_array<float> heads;    // [row][query, key, value]; then of wanted rows the state
    device_array<float> angles;   // [position][cosines, sines][head_dim / 2]
    product_inputs normal;
    product_inputs attended;
    product_inputs gated;
    device_array<float> product_scratch;
    device_array<float> attention_scratch;
    device_array<unsigned> attention_counters;
    device_array<std::byte> cache_memory;
    cache_view cache;

    // Of adapters alone, and only then there.
    growing<device_array<float>> gate_up;
    growing<device_array<float>> low;
    int ranks = 0;  // that there is room for

  private:
    void make_rows(device&, stream, const model_config&, const weights_on_device&, int slots,
                   bool invariant);
    void make_cache(device&, stream, const model_config&, const runner_options&);
};

/// Floats of a row of queries, keys and values.
constexpr int heads_width(const model_config& config) {
    return (config.heads + 2 * config.kv_heads) * config.head_dim;
}

inline std::size_t area(int a, int b) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

}  // namespace tessera::engine::cuda
