#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "constrain/machine.hpp"
#include "constrain/token_trie.hpp"

namespace tessera::engine {

/// Which tokens may follow a text that is being read. The tree of tokens is walked with the
/// machine; what a string, a number or free text allows below a node of the tree depends on its own
/// state alone, and is kept. Thread-safe.
class token_masks {
  public:
    token_masks(const grammar& g, std::shared_ptr<const token_trie> trie)
        : grammar_(g), trie_(std::move(trie)) {}

    const token_trie& trie() const { return *trie_; }
    /// Sets the bits of the tokens that `now` allows. `below` owns the frames of `now`.
    void allow(const readings& now, const frame_pool& below, std::span<std::uint64_t> words);

  private:
    /// What a scalar's own state allows below one node.
    struct part {
        std::vector<std::uint64_t> inside;  // tokens that do not leave it, or end where it ends
        std::vector<std::uint32_t> exits;   // nodes where it ends
    };
    struct key {
        frame::kind what;
        std::int32_t graph, at, progress;
        std::uint32_t length, partial, node;
        bool operator==(const key&) const = default;
    };
    struct key_hash {
        std::size_t operator()(const key&) const;
    };
    class walk;

    std::shared_ptr<const part> part_below(const frame&, std::uint32_t node);
    std::shared_ptr<const part> make_part(const frame&, std::uint32_t node) const;

    const grammar& grammar_;
    std::shared_ptr<const token_trie> trie_;
    std::mutex mutex_;
    std::unordered_map<key, std::shared_ptr<const part>, key_hash> parts_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace tessera::engine
