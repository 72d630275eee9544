#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/component.hpp"

namespace tessera::engine::detail {

/// The regular expressions of published tokenizers, as scanners.
enum class split_pattern : std::uint8_t { gpt2, llama3, qwen2 };

/// Where the piece that starts at `at` (inside the text) ends; linear over a whole text.
std::size_t piece_end(split_pattern pattern, std::string_view text, std::size_t at);

/// Pieces of a text; those that are no part of it live in `made`.
struct text_pieces {
    std::vector<std::string_view> list;
    std::deque<std::string> made;
    std::size_t made_bytes = 0;
};

/// Cuts a normalised text into the pieces that merges never cross.
class pretokenizer {
  public:
    pretokenizer() = default;
    explicit pretokenizer(const component& source);

    /// `at_start`: the text opens the input. Throws limit, with the step's place in the file, when
    /// steps write more than eight times the text and 64 bytes.
    text_pieces split(std::string_view text, bool at_start) const;

  private:
    struct step {
        enum class action : std::uint8_t {
            pattern,
            digits,
            single_digits,
            space_before,
            metaspace
        };
        action act;
        split_pattern pattern = split_pattern::gpt2;
        std::string replacement = {};  // metaspace
        bool prepend = false;          // metaspace
        bool only_at_start = false;    // metaspace
        bool cut = false;              // metaspace
        std::string place = {};        // in the file
    };
    void add(const component& source);
    static void apply(const step& now, std::string_view piece, bool at_start, std::size_t most,
                      text_pieces& out);

    std::vector<step> steps_;
};

}  // namespace tessera::engine::detail
