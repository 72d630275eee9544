#include "run/cuda/step.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine::cuda {
namespace {

// Of a piece's rows, those whose states are wanted: they are its last.
int outputs_of(const step_piece& piece) {
    const int end = piece.first + piece.rows;
    const int unwanted =
        static_cast<int>(piece.part->tokens.size()) - static_cast<int>(piece.part->slots.size());
    return std::max(0, end - std::max(piece.first, unwanted));
}

}  // namespace

std::size_t step_layout::bytes() const {
    array_places none(nullptr);
    take(none);
    return none.bytes();
}

step_arrays step_layout::at(std::byte* memory) const {
    array_places from(memory);
    return take(from);
}

step_arrays step_layout::take(array_places& from) const {
    const auto rows_of = [&](const rows_size& of) -> rows_arrays {
        return {.counts = from.take<step_counts>(1),
                .tasks = from.take<attention_task>(of.tasks),
                .stretches = from.take<adapted_rows>(of.stretches)};
    };
    const int rows = size_.all.rows;
    return {.all = rows_of(size_.all),
            .wanted = rows_of(size_.wanted),
            .tokens = from.take<int>(rows),
            .positions = from.take<int>(rows),
            .sequences = from.take<int>(rows),
            .output_rows = from.take<int>(rows),
            .output_slots = from.take<int>(rows),
            .block_tables = from.take<int>(size_.sequences * size_.blocks),
            .blocks = size_.blocks};
}

step_plan step_arrays::plan() const {
    return {.counts = all.counts,
            .tokens = tokens,
            .positions = positions,
            .sequences = sequences,
            .block_tables = block_tables,
            .block_table_stride = blocks,
            .tasks = all.tasks,
            .output_rows = output_rows,
            .output_slots = output_slots};
}

step_plan step_arrays::plan_of_wanted() const {
    return {.counts = wanted.counts,
            .block_tables = block_tables,
            .block_table_stride = blocks,
            .tasks = wanted.tasks,
            .output_slots = output_slots};
}

std::vector<std::vector<step_piece>> cut(std::span<const sequence_part> parts, int rows,
                                         int pieces) {
    std::vector<std::vector<step_piece>> batches;
    int left = 0;
    for (const auto& part : parts) {
        const int size = static_cast<int>(part.tokens.size());
        for (int first = 0; first < size;) {
            if (left == 0 || static_cast<int>(batches.back().size()) == pieces) {
                batches.emplace_back();
                left = rows;
            }
            const int some = std::min(left, size - first);
            batches.back().push_back({&part, first, some});
            first += some;
            left -= some;
        }
    }
    return batches;
}

void planned_rows::add(int rows, int position, int sequence, int adapter) {
    parts_.push_back({rows_, rows, position, sequence});
    if (adapter >= 0) {
        auto* last = stretches_.empty() ? nullptr : &stretches_.back();
        if (last && last->adapter == adapter && last->first_row + last->rows == rows_) {
            last->rows += rows;
        } else {
            stretches_.push_back({rows_, rows, adapter});
        }
    }
    rows_ += rows;
}

void planned_rows::plan(const attention_shape& shape, int multiprocessors, int places) {
    attention_ = plan_attention(shape, parts_, multiprocessors, places, tasks_);
}

rows_size planned_rows::size() const {
    return {.rows = rows_,
            .tasks = static_cast<int>(tasks_.size()),
            .stretches = static_cast<int>(stretches_.size())};
}

void planned_rows::write(const rows_arrays& to, int outputs) const {
    *to.counts = {rows_, size().tasks, outputs, size().stretches};
    std::ranges::copy(tasks_, to.tasks);
    std::ranges::copy(stretches_, to.stretches);
}

step::step(std::vector<step_piece> pieces, const attention_shape& shape, int multiprocessors,
           int places)
    : pieces_(std::move(pieces)) {
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const auto& piece = pieces_[i];
        const int position = piece.part->position + piece.first;
        const int sequence = static_cast<int>(i);
        const int wanted = outputs_of(piece);
        all_.add(piece.rows, position, sequence, piece.adapter);
        if (wanted > 0)
            wanted_.add(wanted, position + piece.rows - wanted, sequence, piece.adapter);
        blocks_ = std::max(blocks_, (position + piece.rows - 1) / block_positions + 1);
    }
    all_.plan(shape, multiprocessors, places);
    if (outputs() < rows()) wanted_.plan(shape, multiprocessors, places);
}

void step::write(const step_layout& layout, std::byte* memory) const {
    const auto to = layout.at(memory);
    all_.write(to.all, outputs());
    if (layout.tells_wanted()) wanted_.write(to.wanted, outputs());
    int row = 0;
    int output = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        const auto& [part, first, rows, adapter] = pieces_[i];
        const int wanted = outputs_of(pieces_[i]);
        const auto before = part->tokens.size() - part->slots.size();
        for (int t = 0; t < rows; ++t, ++row) {
            const auto token = static_cast<std::size_t>(first + t);
            to.tokens[row] = part->tokens[token];
            to.positions[row] = part->position + first + t;
            to.sequences[row] = static_cast<int>(i);
            if (t < rows - wanted) continue;
            to.output_rows[output] = row;
            to.output_slots[output++] = part->slots[token - before];
        }
        const int blocks = (part->position + first + rows - 1) / block_positions + 1;
        std::copy_n(part->blocks.begin(), blocks,
                    to.block_tables + i * static_cast<std::size_t>(to.blocks));
    }
}

}  // namespace tessera::engine::cuda
