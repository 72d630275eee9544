#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loading/config.hpp"
#include "train/options.hpp"

namespace tessera::engine::train {

/// What a row's documents are learned for.
enum class objective : std::uint8_t { tokens, pairs, classes, values, policy };
inline constexpr std::size_t objectives = 5;

struct document {
    int start;
    int length;
};

/// Documents that go through the network together, for one objective.
struct micro_batch {
    objective learned = objective::tokens;
    std::vector<int> tokens;
    std::vector<int> positions;  ///< in the document
    std::vector<document> documents;
    /// The tokens whose states go on: those that predict, all of pairs, the last of each document
    /// that has a label.
    std::vector<int> sources;
    std::vector<int> targets;          ///< [source]: what it predicts, or the class
    std::vector<float> values;         ///< [source][label], or [pair]
    std::vector<policy_token> policy;  ///< [source]
    std::vector<int> places;           ///< [source]: the predicted token's in the step's rows
};

/// A step's documents in shards, the unit of work of a thread: each shard sums gradients of its
/// own, so that results depend on shards and not on threads.
struct batch {
    std::vector<std::vector<micro_batch>> shards;
    std::int64_t tokens = 0;
    /// What each objective's losses are divided by: predicted tokens, pairs, the weights of the
    /// classes, values.
    std::array<double, objectives> totals{};
    int longest = 0;  ///< document

    double total(objective which) const { return totals[static_cast<std::size_t>(which)]; }
};

/// What a step's documents are cut by.
struct batch_limits {
    int shards = 1;                   ///< at most
    std::int64_t micro_tokens = 512;  ///< of a micro-batch, unless it is one document or pairs
};

/// Throws invalid_argument for tokens, masks, starts and labels that make no sense, and
/// context_length.
batch make_batch(std::span<const training_row> rows, const model_config& config,
                 const batch_limits& limits, int labels = 0,
                 std::span<const double> class_weights = {});

}  // namespace tessera::engine::train
