#pragma once
// From the chunks of a stream to the answer that `create` would have given.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"
#include "tessera/openai/chat_accumulator.hpp"

namespace tessera::cerebras {

/// Chunks of a chat into the answer that create() would have given.
using chat_accumulator = openai::chat_accumulator<chat_response, chat_chunk>;

/// The same for text completions.
template <class Response>
class basic_completion_accumulator {
  public:
    /// The next chunk.
    void add(const completion_chunk& chunk) {
        openai::detail::take_envelope(response_, chunk);
        if (!chunk.choices) return;
        for (const completion_chunk_choice& piece : *chunk.choices) {
            choice_type& choice = choices_[piece.index];
            choice.index = piece.index;
            if (piece.finish_reason)
                choice.finish_reason =
                    json::open_enum<completion_finish_reason>(piece.finish_reason->text());
            openai::append(choice.text, piece.text);
            openai::append(choice.tokens, piece.tokens);
            if (piece.logprobs) add(choice.logprobs, *piece.logprobs);
        }
    }

    /// The answer so far.
    Response response() const {
        Response response = response_;
        for (const auto& [index, choice] : choices_) response.choices.push_back(choice);
        return response;
    }

  private:
    using choice_type = typename decltype(Response::choices)::value_type;

    static void add(std::optional<completion_logprobs>& whole, const completion_logprobs& more) {
        if (!whole) whole.emplace();
        openai::append(whole->text_offset, more.text_offset);
        openai::append(whole->token_logprobs, more.token_logprobs);
        openai::append(whole->tokens, more.tokens);
        openai::append(whole->top_logprobs, more.top_logprobs);
    }

    Response response_{};
    std::map<std::int64_t, choice_type> choices_;
};

/// Chunks of a text completion into the answer that create() would have given.
using completion_accumulator = basic_completion_accumulator<completion_response>;

}  // namespace tessera::cerebras
