#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/component.hpp"
#include "text/flat_table.hpp"

namespace tessera::engine::detail {

struct string_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>()(text);
    }
};
/// Token ids by the file's spelling.
using vocabulary = std::unordered_map<std::string, int, string_hash, std::equal_to<>>;

constexpr int largest_token_id = (1 << 24) - 1;

/// The alphabet of GPT-2's byte-level BPE: every byte as a printable character.
std::string spell_bytes(std::string_view bytes);
/// The bytes of such a spelling; false if it is none.
bool unspell_bytes(std::string_view spelling, std::string& bytes);
/// The byte of a token such as "<0x0A>", or -1.
int byte_of_token(std::string_view spelling);

/// Byte-pair encoding: merges neighbours in the order of their rank.
class bpe {
  public:
    /// Working memory that calls share.
    struct scratch {
        struct symbol {
            int id;
            int previous;
            int next;
        };
        struct candidate {
            int rank;
            int at;
            std::uint64_t pair;
        };
        std::vector<symbol> symbols;
        std::vector<candidate> heap;
    };

    bpe() = default;
    /// `byte_level`: text arrives as bytes and is spelled in GPT-2's alphabet; else by characters.
    bpe(const component& model, bool byte_level);

    const vocabulary& tokens() const { return tokens_; }
    bool byte_fallback() const { return byte_fallback_; }
    /// Appends the tokens of a piece of valid UTF-8, in O(n log n).
    void encode(std::string_view piece, scratch& work, std::vector<int>& out) const;

  private:
    struct merge {
        int rank = 0;
        int id = 0;
    };
    static std::uint64_t pair(int left, int right) {
        return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
    }
    void read_vocabulary(const component& model);
    void read_merges(const component& model);
    void add_symbols(std::string_view piece, scratch& work) const;
    void push(scratch& work, int at) const;

    vocabulary tokens_;
    flat_table<merge> merges_;
    std::array<int, 256> byte_ids_{};  // -1: there is none
    std::size_t longest_ = 0;          // spelling, in bytes
    int unknown_ = -1;
    bool byte_level_ = false;
    bool byte_fallback_ = false;
    bool fuse_unknown_ = false;
    bool ignore_merges_ = false;
};

}  // namespace tessera::engine::detail
