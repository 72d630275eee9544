#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "backend/cuda/attention_plan.hpp"
#include "backend/cuda/kernels.hpp"
#include "run/cuda/arrays.hpp"
#include "run/runner.hpp"

namespace tessera::engine::cuda {

/// Of rows that are computed together.
struct rows_size {
    int rows = 0;
    int tasks = 0;
    int stretches = 0;
};

/// What a step's plan has room for.
struct step_size {
    rows_size all{};
    rows_size wanted{};  // whose states are wanted; no rows: they are not told apart
    int sequences = 0;
    int blocks = 0;  // of a sequence
};

struct rows_arrays {
    step_counts* counts;
    attention_task* tasks;
    adapted_rows* stretches;
};

struct step_arrays {
    rows_arrays all;
    rows_arrays wanted;  // rows are numbered among the wanted
    int* tokens;
    int* positions;
    int* sequences;
    int* output_rows;
    int* output_slots;
    int* block_tables;
    int blocks;  // of a sequence

    step_plan plan() const;
    /// Of the wanted rows, as if there were no others.
    step_plan plan_of_wanted() const;
};

/// Where the arrays of a plan lie in one stretch of memory, in the host's as in the device's.
class step_layout {
  public:
    explicit step_layout(const step_size& size) : size_(size) {}

    std::size_t bytes() const;
    bool tells_wanted() const { return size_.wanted.rows > 0; }
    step_arrays at(std::byte* memory) const;

  private:
    step_arrays take(array_places&) const;

    step_size size_;
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

/// Rows in the words of kernels.
class planned_rows {
  public:
    void add(int rows, int position, int sequence, int adapter);
    void plan(const attention_shape&, int multiprocessors, int places);

    rows_size size() const;
    /// How attention goes about it.
    const attention_plan& attention() const { return attention_; }
    void write(const rows_arrays&, int outputs) const;

  private:
    std::vector<attention_part> parts_;
    std::vector<attention_task> tasks_;
    std::vector<adapted_rows> stretches_;
    int rows_ = 0;
    attention_plan attention_{};
};

/// A batch in the words of kernels.
class step {
  public:
    step(std::vector<step_piece>, const attention_shape&, int multiprocessors, int places);

    const planned_rows& all() const { return all_; }
    const planned_rows& wanted() const { return wanted_; }
    int rows() const { return all_.size().rows; }
    int outputs() const { return wanted_.size().rows; }
    bool adapts() const { return all_.size().stretches > 0; }
    int blocks() const { return blocks_; }  // of a sequence
    int sequences() const { return static_cast<int>(pieces_.size()); }
    void write(const step_layout&, std::byte* memory) const;

  private:
    std::vector<step_piece> pieces_;
    planned_rows all_;
    planned_rows wanted_;
    int blocks_ = 0;
};

}  // namespace tessera::engine::cuda
