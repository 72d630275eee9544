#pragma once
// Log probabilities as the APIs that follow OpenAI's write them.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "inference/answer.hpp"
#include "tessera/openai/logprobs.hpp"

namespace tessera::server {

/// Of chats: a list of tokens.
void append(std::optional<openai::chat_logprobs>& to, std::span<const token> tokens);

/// Of text completions: parallel lists, an entry a token, with offsets into the whole text. One
/// writer a choice.
class text_logprobs_writer {
  public:
    template <class Lists>
    void append(std::optional<Lists>& to, std::span<const token> tokens) {
        if (!to) {
            to.emplace();
            to->text_offset.emplace();
            to->token_logprobs.emplace();
            to->tokens.emplace();
            to->top_logprobs.emplace();
        }
        for (const token& each : tokens) append(*to, each);
    }

  private:
    template <class Lists>
    void append(Lists& to, const token& each) {
        offset_ = each.offset.value_or(offset_);
        to.text_offset->push_back(offset_);
        // In characters: bytes that begin one.
        offset_ += std::count_if(each.text.begin(), each.text.end(),
                                 [](char byte) { return (byte & 0xc0) != 0x80; });
        to.tokens->push_back(each.text);
        if (std::isnan(each.logprob)) {
            to.token_logprobs->emplace_back(nullptr);
            to.top_logprobs->emplace_back(nullptr);
            return;
        }
        to.token_logprobs->emplace_back(each.logprob);
        std::map<std::string, double> top(each.top.begin(), each.top.end());
        top.emplace(each.text, each.logprob);
        to.top_logprobs->emplace_back(std::move(top));
    }

    std::int64_t offset_ = 0;
};

}  // namespace tessera::server
