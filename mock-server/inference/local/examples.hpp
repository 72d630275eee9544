#pragma once
// From rows of a dataset to what the trainer learns from.
#include <span>
#include <vector>

#include "inference/local/state.hpp"
#include "inference/training.hpp"
#include "train/options.hpp"

namespace tessera::server {

/// One example as a row of documents. Throws std::runtime_error, with the reason for the user, for
/// one that is not of the task, or that the model cannot read.
engine::train::training_row row_of(const local_state& of, const training_options& how,
                                   const training_example& given);

/// The rows of a step: those of pairs stand together, since a pair is told apart from the others of
/// its row.
std::vector<engine::train::training_row> joined(std::span<const engine::train::training_row> rows,
                                                std::span<const std::size_t> chosen);

/// The answers with their advantages. They were drawn, so nothing can be wrong with them.
std::vector<engine::train::training_row> rows_of(std::span<const judged_answer> answers);
/// An answer, whose tokens are predicted.
engine::train::training_row row_of(const drawn_answer& answer);

}  // namespace tessera::server
