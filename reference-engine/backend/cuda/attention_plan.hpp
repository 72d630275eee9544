#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "backend/cuda/kernels.hpp"

namespace tessera::engine::cuda {

// How attention is cut into blocks. A context is cut into splits of so many positions, counted from
// its beginning, each with a softmax of its own; splits are merged in their order. Whether one block
// goes through all of them or several share them, a row comes to the same bits.

inline constexpr int split_positions = 256;
/// Of those that may share a context: one tile of tensor cores.
inline constexpr int shared_vectors = 16;
inline constexpr int widest_head = 256;

struct attention_shape {
    int heads = 0;
    int kv_heads = 0;
    int head_dim = 0;
};

/// Query vectors of a block at most: rows times heads of one key-value head.
constexpr int task_vectors(const attention_shape& shape) {
    return shape.head_dim <= 64 ? 64 : shape.head_dim <= 128 ? 128 : 32;
}

/// Numbers of a key and of a value in the cache; those from head_dim on are zero.
constexpr int cache_width(int head_dim) { return (head_dim + 15) / 16 * 16; }

/// Heads of one key-value head that a block computes; the last block of them may have fewer.
constexpr int heads_of_block(const attention_shape& shape) {
    return std::min(shape.heads / shape.kv_heads, task_vectors(shape));
}
/// Blocks that compute a task, each over the same positions.
constexpr int blocks_of_task(const attention_shape& shape) {
    const int group = shape.heads / shape.kv_heads;
    return shape.kv_heads * ((group + heads_of_block(shape) - 1) / heads_of_block(shape));
}
constexpr int splits_of(int positions) {
    return (positions + split_positions - 1) / split_positions;
}

/// Rows of a task whose context is shared.
constexpr int shared_rows(const attention_shape& shape) {
    return std::max(1, shared_vectors / heads_of_block(shape));
}
/// Floats of what one split of such a task comes to in one block: values, and of each vector its
/// largest score and its sum. A multiple of 16 bytes.
constexpr int place_floats(const attention_shape& shape) {
    const int vectors = shared_rows(shape) * heads_of_block(shape);
    return (vectors * (cache_width(shape.head_dim) + 2) + 3) / 4 * 4;
}
/// Splits of shared tasks that there is room for: the longest context's, and enough for a batch.
constexpr int attention_places(int max_position) { return std::max(1024, splits_of(max_position)); }
constexpr std::size_t attention_scratch_bytes(const attention_shape& shape, int places) {
    return static_cast<std::size_t>(places) *
           static_cast<std::size_t>(blocks_of_task(shape) * place_floats(shape)) * sizeof(float);
}
/// Cleared once: every launch leaves zeros.
constexpr std::size_t attention_counter_bytes(const attention_shape& shape, int places) {
    return static_cast<std::size_t>(places) * static_cast<std::size_t>(blocks_of_task(shape)) *
           sizeof(unsigned);
}

/// Consecutive rows of one sequence in a step.
struct attention_part {
    int first_row = 0;
    int rows = 0;
    int position = 0;  // of the first row
    int sequence = 0;
};

/// Tasks of so many rows at most.
constexpr int attention_tasks(const attention_shape& shape, int rows, int multiprocessors) {
    return std::max(rows, 2 * multiprocessors / blocks_of_task(shape));
}

struct attention_plan {
    /// No two groups of rows are of one sequence, so `attend` may also do what rotate_and_store does
    /// (attention::angles).
    bool stores = false;
    int vectors = 0;  // attention::vectors
};

/// Tasks of a step: as large as keeps a device busy; small ones share their contexts, as far as there
/// are places.
inline attention_plan plan_attention(const attention_shape& shape,
                                     std::span<const attention_part> parts, int multiprocessors,
                                     int places, std::vector<attention_task>& tasks) {
    tasks.clear();
    const int heads = heads_of_block(shape);
    const int blocks = blocks_of_task(shape);
    const auto groups_of = [&](int rows) {
        int groups = 0;
        for (const auto& part : parts) groups += (part.rows + rows - 1) / rows;
        return groups;
    };
    int rows = std::max(1, task_vectors(shape) / heads);
    while (rows > shared_rows(shape) && 2 * groups_of(rows) * blocks < multiprocessors)
        rows = std::max(shared_rows(shape), rows / 2);
    const int groups = groups_of(rows);
    // Two blocks for each multiprocessor, as far as one is not full of a group alone.
    const int wanted = std::max(1, 2 * multiprocessors / std::max(1, groups * blocks));
    int place = 0;
    attention_plan plan{blocks == shape.kv_heads, 0};
    for (const auto& part : parts) {
        plan.stores = plan.stores && part.rows <= rows;
        for (int done = 0; done < part.rows; done += rows) {
            attention_task task{};
            task.first_row = part.first_row + done;
            task.rows = std::min(rows, part.rows - done);
            task.position = part.position + done;
            task.sequence = part.sequence;
            const int splits = splits_of(task.position + task.rows);
            const bool fits = task.rows <= shared_rows(shape) && splits <= places - place;
            task.parts = fits ? std::min(wanted, splits) : 1;
            task.first_place = place;
            plan.vectors = std::max(plan.vectors, task.rows * heads);
            if (task.parts > 1) place += splits;
            for (int p = 0; p < task.parts; ++p) {
                task.first_split = splits * p / task.parts;
                task.splits = splits * (p + 1) / task.parts - task.first_split;
                tasks.push_back(task);
            }
        }
    }
    return plan;
}

}  // namespace tessera::engine::cuda
