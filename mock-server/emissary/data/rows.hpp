#pragma once
// Rows of data as what each task learns from.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "emissary/data/raw_rows.hpp"
#include "inference/training.hpp"

namespace tessera::server::emissary {

struct data_row {
    std::size_t line = 0;  // of the file
    training_example example;
};

/// All rows of a file, read for a task. Throws unreadable_data.
std::vector<data_row> read_rows(std::string_view text, training_task task,
                                const data_bounds& bounds = {});

/// Whether each row is readable for some task, which is known only when it is learned from. Throws
/// unreadable_data.
void check_rows(std::string_view text, const data_bounds& bounds = {});

/// The head that learns these labelled rows: their labels in the order of their bytes. Throws
/// std::invalid_argument where labels tell nothing apart, or are too many.
trained_head head_of(std::span<const data_row> rows);

}  // namespace tessera::server::emissary
