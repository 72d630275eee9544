#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "decode/sampling.hpp"

namespace tessera::engine {

class tokenizer;

/// The bytes of a vocabulary's tokens as a tree, its nodes in depth-first order: the children of
/// node i begin at i + 1, and `end` leaps over all that is below a node. Tokens without text are
/// not in it.
class token_trie {
  public:
    explicit token_trie(const tokenizer&);
    /// By token; an empty text is none.
    explicit token_trie(std::span<const std::string_view> texts);

    struct node {
        std::uint32_t parent = 0;
        std::uint32_t end = 0;
        std::uint32_t first_token = 0;  // of the tokens that end here
        std::uint32_t last_token = 0;   // one past them; those below follow, up to below_token
        std::uint32_t below_token = 0;
        std::uint32_t height = 0;  // bytes from here to the end of the longest token below
        unsigned char byte = 0;
        bool plain =
            true;  // this byte and all below are what JSON strings hold unescaped, in ASCII
        bool quotes = false;  // some byte below is a quotation mark
    };

    const node& operator[](std::uint32_t i) const { return nodes_[i]; }
    std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
    /// Tokens in the order of their bytes.
    token_id token(std::uint32_t i) const { return tokens_[i]; }
    /// The token of exactly that text; -1 if there is none.
    token_id find(std::string_view text) const;
    /// Words of a mask of the whole vocabulary.
    std::size_t words() const { return words_; }
    int vocab_size() const { return vocab_size_; }

  private:
    std::vector<node> nodes_;
    std::vector<token_id> tokens_;
    std::size_t words_;
    int vocab_size_;
};

}  // namespace tessera::engine
