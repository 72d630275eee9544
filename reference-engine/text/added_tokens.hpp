#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/component.hpp"
#include "text/flat_table.hpp"
#include "text/normalizer.hpp"

namespace tessera::engine::detail {

/// A token that is found in the text before anything else looks at it.
struct added_token {
    std::string content;
    int id = 0;
    bool special = false;
    bool single_word = false;  // not inside a longer word
    bool strip_left = false;   // takes the white space before it
    bool strip_right = false;  // and behind it
    bool normalized = false;   // is looked for in the normalised text
};

std::vector<added_token> read_added_tokens(const component& file);

/// A part of a text: plain, or a token that was found there.
struct text_section {
    std::string_view text;
    int token = -1;
};

/// Finds the longest token at the first place where there is one, then goes on behind it.
class added_token_matcher {
  public:
    added_token_matcher() = default;
    /// Those tokens of the list that are `normalized` or not.
    added_token_matcher(std::span<const added_token> tokens, bool normalized,
                        const normalizer& rule);

    /// Appends the sections of a text; without `special`, special tokens are plain text.
    void split(std::string_view text, bool special, std::vector<text_section>& out) const;

  private:
    struct node {
        int token = -1;        // index into tokens_
        int plain_token = -1;  // the same unless it is special
    };
    struct match {
        int token = -1;
        std::size_t end = 0;
    };
    match longest(std::string_view text, std::size_t at, bool special) const;

    std::vector<added_token> tokens_;
    std::vector<node> nodes_;
    flat_table<int> edges_;  // node << 8 | byte
};

}  // namespace tessera::engine::detail
