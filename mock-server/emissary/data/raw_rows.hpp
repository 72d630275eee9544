#pragma once
// Files of data as they come: JSONL, a JSON array of objects, or CSV with a header.
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tessera/json/value.hpp"

namespace tessera::server::emissary {

/// What a file may hold.
struct data_bounds {
    std::size_t rows = 100'000;
    std::size_t columns = 256;             // of CSV
    std::size_t depth = 32;                // of JSON
    std::size_t values_of_a_row = 10'000;  // of JSON
    std::size_t told_problems = 5;         // after which a file is read no further
};

/// One row of a file.
struct raw_row {
    std::size_t line = 0;  // on which it begins, from 1 on
    json::value members;   // an object; of CSV, of texts alone, without those that are empty
    bool is_text = false;  // it is of CSV, where numbers and objects are texts
};

/// What is wrong with a file, with the number of each line that is.
class unreadable_data : public std::runtime_error {
  public:
    using runtime_error::runtime_error;
};

/// The media type of a file of rows, by its first character: that of JSON, of JSON in lines or of CSV.
std::string_view media_type_of(std::string_view text);

/// Calls `take` with each row of the file, in its order; what it throws as std::invalid_argument is
/// wrong with the row. Which format it is shows in the first character. Throws unreadable_data when
/// anything is wrong, when there is no row, or there are too many.
void read_raw_rows(std::string_view text, const data_bounds& bounds,
                   const std::function<void(const raw_row&)>& take);

}  // namespace tessera::server::emissary
