#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "constrain/machine.hpp"
#include "constrain/token_trie.hpp"

namespace tessera::engine {

/// Which tokens may follow a text that is being read. The tree of tokens is walked with the
/// machine; what a string, a number or free text allows below a node of the tree depends on its own
/// state alone, and is kept. Thread-safe.
class token_masks {
  public:
    class cache;

    /// `common` keeps what no grammar makes different, for all grammars of one tree.
    token_masks(const grammar& g, std::shared_ptr<const token_trie> trie,
                std::shared_ptr<cache> common);
    ~token_masks();

    const token_trie& trie() const { return *trie_; }
    /// Sets the bits of the tokens that `now` allows, as far as there are such bits. `below` owns
    /// the frames of `now`.
    void allow(const readings& now, const frame_pool& below, std::span<std::uint64_t> words);

    static std::shared_ptr<cache> make_cache();

  private:
    struct part;
    class walk;

    const string_automaton& strings(const frame&) const;
    std::shared_ptr<const part> part_below(const frame&, std::uint32_t node);
    part string_part(const frame&, std::uint32_t node) const;
    part name_part(const frame&, std::uint32_t node) const;
    part number_part(const frame&, std::uint32_t node) const;
    part text_part(const frame&, std::uint32_t node) const;

    const grammar& grammar_;
    std::shared_ptr<const token_trie> trie_;
    std::shared_ptr<cache> common_;
    std::shared_ptr<cache> own_;
};

}  // namespace tessera::engine
