#pragma once
// Which rows of a dataset are learned from, and which are kept for tests: numbers of rows, so that
// a row that is repeated is there once. The same seed makes the same choice.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "emissary/data/rows.hpp"
#include "tessera/emissary/rebalancing.hpp"

namespace tessera::server::emissary {

using row_numbers = std::vector<std::size_t>;

/// All numbers below `count`.
row_numbers all_rows(std::size_t count);

/// At most so many of the rows, in their order.
row_numbers downsample(const row_numbers& rows, std::size_t most, std::uint64_t seed);

struct split_rows {
    row_numbers train;
    row_numbers test;
};
/// Keeps so many percent of the rows for tests, at least one, and leaves at least one to learn from.
/// Throws std::invalid_argument where that cannot be, or `percent` is not between 0 and 100.
split_rows split(const row_numbers& rows, double percent, std::uint64_t seed);

/// Rows of each label as `wanted` says, leaving out or repeating some. By ratios their number stays,
/// and labels that are not named share what the others leave, as they do now; by counts they keep
/// their rows. A row counts for the one label that it has. Throws std::invalid_argument where it has
/// several, for labels that no row has, for ratios that are not of a whole, and for more rows than
/// `most`.
row_numbers rebalance(std::span<const data_row> of, const row_numbers& rows,
                      const tessera::emissary::rebalancing& wanted, std::uint64_t seed,
                      std::size_t most = data_bounds().rows);

}  // namespace tessera::server::emissary
