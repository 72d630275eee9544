#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "loading/adapter.hpp"
#include "loading/config.hpp"
#include "loading/load_options.hpp"
#include "loading/tensor_source.hpp"

namespace tessera::engine {

/// A tensor `name`.weight [outer][inner], and `name`.bias where the matrix has one.
struct projection {
    std::string name;
    int outer = 0;
};

/// What one matrix of the model is made of: projections one below the other, or with rows in turns.
struct matrix_parts {
    std::vector<projection> projections;
    int inner = 0;
    bool bias = false;
    bool in_turns = false;

    int outer() const;
};

struct layer_parts {
    std::string attention_norm;
    matrix_parts query_key_value;
    matrix_parts attention_output;
    std::string mlp_norm;
    matrix_parts gate_up;
    matrix_parts down;
};

/// Every tensor of a model by what it is for: names are those of Hugging Face folders.
struct model_parts {
    explicit model_parts(const model_config&);

    matrix_parts embedding;
    std::vector<layer_parts> layers;
    std::string norm;
    std::optional<matrix_parts> head;   // none where it is the embedding, and in a classifier
    std::optional<matrix_parts> score;  // of a classifier alone; kept in f32
};

/// Throws engine_error malformed for a tensor that is missing or has another shape, unsupported for
/// one of an element type that weights do not have.
const tensor_view& checked_tensor(const tensor_source&, const std::string& name,
                                  std::initializer_list<std::int64_t> shape);
/// Writes `size` values, which is the length of a row.
void read_row(const tensor_view&, std::int64_t row, int size, float* to);

/// What weights of a matrix are kept as: never as_stored. Throws as checked_tensor does.
weight_precision kept_as(weight_precision wanted, const matrix_parts&, const tensor_source&);

/// A projection's pair of an adapter, if it has one: up * (down * input) is added to its output.
struct adapter_pair {
    const tensor_view* down = nullptr;  // [rank][inner]
    const tensor_view* up = nullptr;    // [outer][rank]
    int outer = 0;
};

/// Of each matrix one entry a projection.
struct layer_pairs {
    std::vector<adapter_pair> query_key_value;
    std::vector<adapter_pair> attention_output;
    std::vector<adapter_pair> gate_up;
    std::vector<adapter_pair> down;
};

struct adapter_pairs {
    std::vector<layer_pairs> layers;
    const tensor_view* score = nullptr;  // of a classifier, instead of the model's; or null
    int labels = 0;                      // of that
};

/// The tensors of an adapter by what they are for; they are the source's. Throws engine_error:
/// malformed (half of a pair is missing, or a shape is not that of the model), unsupported for what
/// adapts anything else than projections of layers and a classifier's head.
adapter_pairs find_pairs(const model_config&, const adapter_config&, const tensor_source&);

}  // namespace tessera::engine
