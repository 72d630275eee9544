#pragma once

#include <string>
#include <utility>
#include <vector>

#include "world/random.hpp"

namespace tessera::engine::world {

/// Pairs of related texts, of which no two pairs mean the same: what a model learns embeddings
/// from. Two ways to ask for one fact, a question and its answer, or a fact and its inverse; some
/// are of other talk. One fact in 12 is in no pair.
std::vector<std::pair<std::string, std::string>> related_pairs(random& r, int count);

/// Texts that no pair has: facts that pairs leave out, asked as the corpus never asks.
struct triplet {
    std::string anchor;
    std::string related;    ///< the same fact
    std::string unrelated;  ///< another one
};

enum class difference {
    topic,  ///< the unrelated text is of another relation and of other things
    entity  ///< the unrelated text is of the same relation
};

/// The same for the same seed.
std::vector<triplet> make_triplets(int count, std::uint64_t seed, difference from);

}  // namespace tessera::engine::world
