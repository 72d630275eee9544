#pragma once

#include <vector>

#include "core/thread_pool.hpp"
#include "loading/adapter.hpp"
#include "loading/config.hpp"
#include "model/weights.hpp"

namespace tessera::engine {

/// What is added to the product of one matrix: up * (down * input).
struct low_rank {
    packed_matrix down;  // of the matrix's element type, whose inputs it shares; empty: nothing
    packed_matrix up;    // of that type, scaled; rows in the order of the matrix
};

struct layer_adapter {
    low_rank query_key_value;
    low_rank attention_output;
    low_rank gate_up;
    low_rank down;
};

/// A LoRA adapter, packed for one model. Where a matrix stands for several projections their ranks
/// lie side by side, and each has rows of its own.
struct adapter_weights {
    std::vector<layer_adapter> layers;
    packed_matrix score;  // of a classifier, instead of the model's; may be empty
    int labels = 0;       // of that
};

/// Throws engine_error: malformed (half of a pair is missing, or a shape is not that of the model),
/// unsupported for what adapts anything else than projections of layers and a classifier's head.
adapter_weights pack_adapter(const model_config&, const model_weights&, const adapter_config&,
                             const tensor_source&, thread_pool&);

}  // namespace tessera::engine
