#pragma once

#include <vector>

#include "core/thread_pool.hpp"
#include "loading/adapter.hpp"
#include "loading/config.hpp"
#include "model/weights.hpp"

namespace tessera::engine {

/// What is added to the product of one matrix: up * (down * input). Where the matrix stands for
/// several projections their ranks lie side by side, and each has rows of its own.
struct low_rank {
    /// Of one projection, or of all where their rows do not fill whole panels.
    struct lift {
        packed_matrix up;     // of the matrix's element type, scaled
        int column = 0;       // of its first rank
        int first_panel = 0;  // of the matrix, as many as `up` has
        int panel_step = 1;
    };
    packed_matrix down;  // of the matrix's element type, whose inputs it shares; empty: nothing
    std::vector<lift> ups;
};

struct layer_adapter {
    low_rank query_key_value;
    low_rank attention_output;
    low_rank gate_up;
    low_rank down;
};

/// A LoRA adapter, packed for one model.
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
