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
#include "tessera/openai/accumulator.hpp"

namespace tessera::cerebras {

namespace detail {

// What chat and text chunks carry around their choices.
template <class Response, class Chunk>
void take_envelope(Response& response, const Chunk& chunk) {
    response.id = chunk.id;
    response.created = chunk.created;
    response.model = chunk.model;
    response.system_fingerprint = chunk.system_fingerprint;
    if (chunk.usage) response.usage = *chunk.usage;
    if (chunk.time_info) response.time_info = *chunk.time_info;
}

}  // namespace detail

/// Not thread-safe. `response()` may be asked at any time and gives what came so far: a choice that
/// has not finished has a finish reason with empty text.
template <class Response>
class basic_chat_accumulator {
  public:
    /// The next chunk.
    void add(const chat_chunk& chunk) {
        detail::take_envelope(response_, chunk);
        if (chunk.service_tier) response_.service_tier = chunk.service_tier;
        if (!chunk.choices) return;
        for (const chat_chunk_choice& choice : *chunk.choices) add(choice);
    }

    /// The answer so far.
    Response response() const {
        Response response = response_;
        for (const auto& [index, state] : choices_) {
            response.choices.push_back(state.choice);
            response.choices.back().message.tool_calls = state.tool_calls.calls();
        }
        return response;
    }

  private:
    using choice_type = typename decltype(Response::choices)::value_type;
    struct choice_state {
        choice_type choice{.finish_reason = std::string(),
                           .index = 0,
                           .message = {.role = openai::role::assistant}};
        openai::tool_call_accumulator tool_calls;
    };

    void add(const chat_chunk_choice& piece) {
        choice_state& state = choices_[piece.index];
        choice_type& choice = state.choice;
        choice.index = piece.index;
        if (piece.finish_reason) choice.finish_reason = *piece.finish_reason;
        openai::append(choice.logprobs, piece.logprobs);
        openai::append(choice.reasoning_logprobs, piece.reasoning_logprobs);
        if (!piece.delta) return;
        if (piece.delta->role) choice.message.role = *piece.delta->role;
        openai::append(choice.message.content, piece.delta->content);
        openai::append(choice.message.reasoning, piece.delta->reasoning);
        if (piece.delta->tool_calls)
            for (const openai::tool_call_delta& delta : *piece.delta->tool_calls)
                state.tool_calls.add(delta);
    }

    Response response_{};
    std::map<std::int64_t, choice_state> choices_;
};

/// Chunks of a chat into the answer that create() would have given.
using chat_accumulator = basic_chat_accumulator<chat_response>;

/// The same for text completions.
template <class Response>
class basic_completion_accumulator {
  public:
    /// The next chunk.
    void add(const completion_chunk& chunk) {
        detail::take_envelope(response_, chunk);
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
