#pragma once
// From the steps of a generation to what an answer says: text, thoughts, calls, and the tokens of
// each.
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "inference/local/local_model.hpp"
#include "inference/local/splitter.hpp"

namespace tessera::server {

/// Where an answer shows its thoughts.
enum class thoughts_shown {
    apart,          // beside the content
    apart_mingled,  // beside the content, but with their tokens among the content's
    inside,         // in the content, as the model wrote them
    hidden
};

struct answer_delta {
    struct call {
        std::size_t index = 0;
        std::string name{};  // not empty where the call begins
        std::string arguments{};
    };

    std::string content{};
    std::string thoughts{};
    std::vector<token> content_tokens{};
    std::vector<token> thought_tokens{};
    std::vector<call> calls{};

    bool empty() const {
        return content.empty() && thoughts.empty() && content_tokens.empty() &&
               thought_tokens.empty() && calls.empty();
    }
};

/// Of one generation that reports its tokens. A token is given out once the text that it stands for
/// has been, so that a token that turned out to be part of a stop sequence never is. Marks and
/// calls have no tokens to show, except that thoughts inside of the content show their marks.
class answer_reader {
  public:
    /// The model must outlive it.
    answer_reader(const loaded_model& model, answer_splitter::options how, thoughts_shown shown);

    answer_delta next(const step& taken);
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

    void take(std::vector<answer_piece> pieces, answer_delta& to);
    void release(answer_delta& to);
    void sort(token each, answer_delta& to);

    const loaded_model* model_;
    answer_splitter splitter_;
    thoughts_shown shown_;
    std::string front_;  // of the content
    std::deque<token> waiting_;
    std::deque<span> spans_;  // of text given out, not yet used up by tokens
    answer_part last_;        // of the tokens
    std::int64_t thought_tokens_ = 0;
    std::size_t calls_ = 0;
};

}  // namespace tessera::server
