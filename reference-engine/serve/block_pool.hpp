#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "run/runner.hpp"

namespace tessera::engine {

/// Who uses which block of the cache, and what full blocks hold, so that sequences that begin alike
/// share them. A full block is known by the chain of blocks before it and by its own tokens; both
/// are compared, not only their hash. Blocks that nobody uses keep their content until they are
/// needed, the longest unused first, and before those that their users asked to keep: these are at
/// most half of all, and lose the privilege after some rounds through the pool. Not thread-safe.
class block_pool {
  public:
    /// Identifies a full block with all before it; root is the empty beginning of every sequence.
    using chain = std::uint64_t;
    static constexpr chain root = 0;
    /// The beginning of what an adapter computes, which the model alone has nothing of.
    static constexpr chain root_of(int adapter) {
        return adapter == 0 ? root : chain{1} << 63 | static_cast<chain>(adapter);
    }

    struct match {
        int block;
        chain link;
    };

    explicit block_pool(int blocks);

    /// Blocks that can be allocated now.
    int available() const {
        return static_cast<int>(free_.size() + unused_[0].size() + unused_[1].size());
    }
    /// A block of one user, its content forgotten; none if all are in use.
    std::optional<int> allocate();
    /// A block with those tokens after that chain, with one user more.
    std::optional<match> find(chain before, std::span<const int> tokens);
    /// Makes a used block's content known, and returns its chain: the one of an equal block if
    /// there is one already.
    chain publish(int block, chain before, std::span<const int> tokens);
    /// One user less, who may ask to keep the block.
    void release(int block, bool keep = false);

  private:
    struct key {
        chain before;
        std::array<int, block_positions> tokens;
        bool operator==(const key&) const = default;
    };
    struct key_hash {
        std::size_t operator()(const key&) const;
    };
    struct entry {
        int users = 0;
        chain link = root;  // not root: published
        key content{};
        std::uint64_t kept_until = 0;    // that many allocations
        bool kept = false;               // which list of unused_ it is in
        std::list<int>::iterator place;  // there, while without users and published
    };

    static key make_key(chain before, std::span<const int> tokens);
    entry& of(int block) { return entries_[static_cast<std::size_t>(block)]; }
    void stop_keeping_first();

    std::vector<entry> entries_;
    std::vector<int> free_;
    std::array<std::list<int>, 2> unused_;  // [kept], published, the longest unused first
    std::uint64_t allocations_ = 0;
    std::unordered_map<key, int, key_hash> known_;
    chain next_link_ = root + 1;
};

}  // namespace tessera::engine
