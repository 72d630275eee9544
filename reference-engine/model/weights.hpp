#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "backend/cpu/buffer.hpp"
#include "backend/cpu/kernels.hpp"
#include "core/thread_pool.hpp"
#include "loading/config.hpp"
#include "loading/load_options.hpp"
#include "loading/tensor_source.hpp"
#include "model/tensors.hpp"

namespace tessera::engine {

/// A matrix [outer][inner] in panels of lanes, as products read it.
struct packed_matrix {
    cpu::element type = cpu::element::f32;
    int inner = 0;
    int panels = 0;
    cpu::buffer<std::byte> data;  // [panel][group][lane]
    std::vector<float> bias;      // [panel][lane], or empty

    /// Writes `inner` values.
    void read_row(int row, float* to) const;
    std::size_t panel_size() const { return cpu::panel_bytes(type, inner); }
};

struct layer_weights {
    std::vector<float> attention_norm;  // norms are padded to whole lanes with zeros
    packed_matrix query_key_value;
    packed_matrix attention_output;
    std::vector<float> mlp_norm;
    packed_matrix gate_up;  // panels of gate and up take turns
    packed_matrix down;
};

struct model_weights {
    packed_matrix embedding;
    std::vector<layer_weights> layers;
    std::vector<float> norm;
    packed_matrix head;   // empty where it is the embedding, and in a classifier
    packed_matrix score;  // of a classifier alone; f32

    const packed_matrix& output_head() const { return head.panels > 0 ? head : embedding; }
};

/// Packs a matrix of a whole number of panels; `fill` writes the `inner` values of a row over zeros,
/// on any thread.
packed_matrix pack_rows(cpu::element, int rows, int inner, thread_pool&,
                        const std::function<void(int row, float* to)>& fill);

/// Throws engine_error malformed for a tensor that is missing or has another shape, unsupported for
/// one of an element type that weights do not have.
model_weights pack_weights(const model_config&, const tensor_source&, weight_precision,
                           thread_pool&);

/// Of all matrices.
std::size_t bytes_of(const model_weights&);

}  // namespace tessera::engine
