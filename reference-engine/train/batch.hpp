#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/trainer.hpp"

namespace tessera::engine::train {

struct document {
    int start;
    int length;
};

/// Documents that go through the network together.
struct micro_batch {
    std::vector<int> tokens;
    std::vector<int> positions;  ///< in the document
    std::vector<document> documents;
    std::vector<int> sources;  ///< the tokens that predict
    std::vector<int> targets;  ///< what each of them predicts
    /// The documents are pairs of related texts: all tokens are sources, without targets.
    bool pairs = false;
};

/// A step's documents in shards, the unit of work of a thread: each shard sums gradients of its
/// own, so that results depend on shards and not on threads.
struct batch {
    std::vector<std::vector<micro_batch>> shards;
    std::int64_t tokens = 0;
    std::int64_t targets = 0;
    std::int64_t pairs = 0;
    int longest = 0;  ///< document
};

/// Throws invalid_argument for tokens, masks and starts that make no sense, and context_length.
batch make_batch(std::span<const training_row> rows, const model_config& config, int shard_limit);

}  // namespace tessera::engine::train
