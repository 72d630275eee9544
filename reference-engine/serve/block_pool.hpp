#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "backend/cpu/kernels.hpp"

namespace tessera::engine {

/// Who uses which block of the cache, and what full blocks hold, so that sequences that begin alike
/// share them. A full block is known by the chain of blocks before it and by its own tokens; both
/// are compared, not only their hash. Blocks that nobody uses keep their content until they are
/// needed, the longest unused first. Not thread-safe.
class block_pool {
  public:
    /// Identifies a full block with all before it; root is the empty beginning of every sequence.
    using chain = std::uint64_t;
    static constexpr chain root = 0;

    struct match {
        int block;
        chain link;
    };

    explicit block_pool(int blocks);

    /// Blocks that can be allocated now.
    int available() const { return static_cast<int>(free_.size() + unused_.size()); }
    /// A block of one user, its content forgotten; none if all are in use.
    std::optional<int> allocate();
    /// A block with those tokens after that chain, with one user more.
    std::optional<match> find(chain before, std::span<const int> tokens);
    /// Makes a used block's content known, and returns its chain: the one of an equal block if
    /// there is one already.
    chain publish(int block, chain before, std::span<const int> tokens);
    /// One user less.
    void release(int block);

  private:
    struct key {
        chain before;
        std::array<int, cpu::block_positions> tokens;
        bool operator==(const key&) const = default;
    };
    struct key_hash {
        std::size_t operator()(const key&) const;
    };
    struct entry {
        int users = 0;
        chain link = root;  // not root: published
        key content{};
        std::list<int>::iterator place;  // in unused_, while without users and published
    };

    static key make_key(chain before, std::span<const int> tokens);

    std::vector<entry> entries_;
    std::vector<int> free_;
    std::list<int> unused_;  // published, the longest unused first
    std::unordered_map<key, int, key_hash> known_;
    chain next_link_ = root + 1;
};

}  // namespace tessera::engine
