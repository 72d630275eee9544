#pragma once
// From the progress of a generation to what an answer says: text, thoughts, calls, and the tokens
// of each.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "decode/sampling.hpp"
#include "inference/answer.hpp"
#include "inference/local/splitter.hpp"
#include "inference/task.hpp"

namespace tessera::engine {
class tokenizer;
}

namespace tessera::server {

/// Of one choice. A token is given out once the text that it stands for has been, so that a token
/// that turned out to be part of a stop sequence never is. Marks and calls have no tokens to show,
/// except that thoughts inside of the content show their marks.
class answer_reader {
  public:
    struct manner {
        answer_splitter::options parts{};
        thoughts_shown shown = thoughts_shown::apart;
        bool shows_tokens = false;
        // What is shown in front of the answer.
        std::string echo{};
        std::vector<engine::token_info> echo_tokens{};  // unless they come with their scores
        std::size_t hidden = 0;                         // of the tokens, in front
    };
    /// The tokenizer must outlive it.
    answer_reader(const engine::tokenizer& speaks, const answer_marks& marks, manner how);

    /// The prompt's tokens with their scores, before all others.
    answer_delta scored(std::vector<engine::token_info> tokens);
    answer_delta next(std::string_view text, std::vector<engine::token_info> tokens);
    /// What is left at the end; `stopped` if a stop sequence may have cut the text.
    answer_delta finish(bool stopped);

    /// Tokens of thoughts so far, those of their marks included.
    std::int64_t thought_tokens() const { return thought_tokens_; }
    std::size_t calls() const { return calls_; }

  private:
    struct span {
        answer_part part;
        std::size_t bytes;
    };

    void begin(answer_delta& to);
    void take(std::vector<answer_piece> pieces, answer_delta& to);
    void release(answer_delta& to);
    void sort(const engine::token_info& each, answer_delta& to);
    token shown(const engine::token_info& each) const;

    const engine::tokenizer* tokenizer_;
    answer_splitter splitter_;
    thoughts_shown shown_;
    bool shows_tokens_;
    std::string front_;  // of the content
    std::vector<engine::token_info> front_tokens_;
    std::size_t hidden_;
    std::deque<engine::token_info> waiting_;
    std::deque<span> spans_;  // of text given out, not yet used up by tokens
    answer_part last_;        // of the tokens
    std::int64_t thought_tokens_ = 0;
    std::size_t calls_ = 0;
};

}  // namespace tessera::server
