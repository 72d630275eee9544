#include "run/cuda/step.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine::cuda {
namespace {

constexpr std::size_t line = 64;

template <class T>
std::size_t take(std::size_t& end, int count) {
    const auto begin = (end + line - 1) / line * line;
    end = begin + static_cast<std::size_t>(count) * sizeof(T);
    return begin;
}

template <class T>
T* place(std::byte* memory, std::size_t offset) {
    return reinterpret_cast<T*>(memory + offset);
}

// Of a piece's rows, those whose states are wanted: they are its last.
int outputs_of(const step_piece& piece) {
    const int end = piece.first + piece.rows;
    const int unwanted =
        static_cast<int>(piece.part->tokens.size()) - static_cast<int>(piece.part->slots.size());
    return std::max(0, end - std::max(piece.first, unwanted));
}

}  // namespace

step_layout::step_layout(const step_size& size)
    : all_(take_rows(size.all)),
      wanted_(take_rows(size.wanted)),
      blocks_(size.blocks),
      tells_wanted_(size.wanted.rows > 0) {
    const int rows = size.all.rows;
    tokens_ = take<int>(bytes_, rows);
    positions_ = take<int>(bytes_, rows);
    sequences_ = take<int>(bytes_, rows);
    output_rows_ = take<int>(bytes_, rows);
    output_slots_ = take<int>(bytes_, rows);
    block_tables_ = take<int>(bytes_, size.sequences * size.blocks);
}

step_layout::places step_layout::take_rows(const rows_size& size) {
    places made{};
    made.counts = take<step_counts>(bytes_, 1);
    made.tasks = take<attention_task>(bytes_, size.tasks);
    made.stretches = take<adapted_rows>(bytes_, size.stretches);
    return made;
}

step_arrays step_layout::at(std::byte* memory) const {
    const auto rows_at = [&](const places& of) -> rows_arrays {
        return {.counts = place<step_counts>(memory, of.counts),
                .tasks = place<attention_task>(memory, of.tasks),
                .stretches = place<adapted_rows>(memory, of.stretches)};
    };
    return {.all = rows_at(all_),
            .wanted = rows_at(wanted_),
            .tokens = place<int>(memory, tokens_),
            .positions = place<int>(memory, positions_),
            .sequences = place<int>(memory, sequences_),
            .output_rows = place<int>(memory, output_rows_),
            .output_slots = place<int>(memory, output_slots_),
            .block_tables = place<int>(memory, block_tables_),
            .blocks = blocks_};
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
