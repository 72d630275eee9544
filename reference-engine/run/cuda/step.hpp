#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backend/cuda/attention_plan.hpp"
#include "backend/cuda/kernels.hpp"
#include "run/runner.hpp"

namespace tessera::engine::cuda {

/// What a step's plan has room for.
struct step_size {
    int rows = 0;
    int sequences = 0;
    int tasks = 0;
    int stretches = 0;
    int blocks = 0;  // of a sequence
};

struct step_arrays {
    step_counts* counts;
    int* tokens;
    int* positions;
    int* sequences;
    int* output_rows;
    int* output_slots;
    attention_task* tasks;
    adapted_rows* stretches;
    int* block_tables;
    int blocks;  // of a sequence

    step_plan plan() const;
};

/// Where the arrays of a plan lie in one stretch of memory, in the host's as in the device's.
class step_layout {
  public:
    explicit step_layout(const step_size&);

    std::size_t bytes() const { return bytes_; }
    step_arrays at(std::byte* memory) const;

  private:
    std::size_t counts_, tokens_, positions_, sequences_, block_tables_, tasks_, output_rows_,
        output_slots_, stretches_, bytes_ = 0;
    int blocks_;
};

/// Consecutive tokens of a part that are computed at once, with those of their slots.
struct step_piece {
    const sequence_part* part = nullptr;
    int first = 0;  // token
    int rows = 0;
    int adapter = -1;  // in the table of adapters; -1: none
};

/// Parts cut so that none of the batches has more rows or pieces; a batch has one piece of a part.
std::vector<std::vector<step_piece>> cut(std::span<const sequence_part>, int rows, int pieces);

/// A batch in the words of kernels.
class step {
  public:
    step(std::vector<step_piece>, const attention_shape&, int multiprocessors, int places);

    int rows() const { return rows_; }
    int outputs() const { return outputs_; }
    bool adapts() const { return !stretches_.empty(); }
    /// How attention goes about it.
    const attention_plan& attention() const { return attention_; }
    step_size size() const;
    void write(const step_layout&, std::byte* memory) const;

  private:
    std::vector<step_piece> pieces_;
    std::vector<attention_task> tasks_;
    std::vector<adapted_rows> stretches_;
    int rows_ = 0;
    int outputs_ = 0;
    int blocks_ = 0;
    attention_plan attention_;
};

}  // namespace tessera::engine::cuda
