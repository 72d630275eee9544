#pragma once
// From the chunks of a streamed chat to the answer that `create` would have given.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tessera/openai/accumulator.hpp"
#include "tessera/openai/choices.hpp"
#include "tessera/openai/messages.hpp"

namespace tessera::openai {

namespace detail {

// Absent leaves what there is.
template <class To, class From>
void take(To& to, const From& from) {
    if constexpr (json::is_optional<From>) {
        if (from) to = *from;
    } else {
        to = from;
    }
}

// What chunks carry around their choices.
template <class Response, class Chunk>
void take_envelope(Response& response, const Chunk& chunk) {
    response.id = chunk.id;
    response.created = chunk.created;
    response.model = chunk.model;
    take(response.system_fingerprint, chunk.system_fingerprint);
    take(response.usage, chunk.usage);
    if constexpr (requires {
                      response.service_tier;
                      chunk.service_tier;
                  })
        take(response.service_tier, chunk.service_tier);
    if constexpr (requires {
                      response.time_info;
                      chunk.time_info;
                  })
        take(response.time_info, chunk.time_info);
}

template <class Piece>
std::span<const Piece> pieces_of(const std::vector<Piece>& choices) {
    return choices;
}
template <class Piece>
std::span<const Piece> pieces_of(const std::optional<std::vector<Piece>>& choices) {
    if (!choices) return {};
    return *choices;
}

}  // namespace detail

/// Of any API whose answers are Responses and whose chunks are Chunks. Not thread-safe. `response()`
/// may be asked at any time and gives what came so far: a choice that has not finished has a finish
/// reason with empty text.
template <class Response, class Chunk>
class chat_accumulator {
  public:
    /// The next chunk.
    void add(const Chunk& chunk) {
        detail::take_envelope(response_, chunk);
        for (const auto& piece : detail::pieces_of(chunk.choices)) add_piece(piece);
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
        tool_call_accumulator tool_calls;
    };

    template <class Piece>
    void add_piece(const Piece& piece) {
        choice_state& state = choices_[piece.index];
        choice_type& choice = state.choice;
        choice.index = piece.index;
        detail::take(choice.finish_reason, piece.finish_reason);
        if (piece.logprobs) append(choice.logprobs, *piece.logprobs);
        if constexpr (requires { piece.reasoning_logprobs; })
            append(choice.reasoning_logprobs, piece.reasoning_logprobs);
        if (const std::string* text = text_in(piece)) append(choice.message.content, *text);
        if (!piece.delta) return;
        detail::take(choice.message.role, piece.delta->role);
        if constexpr (requires { piece.delta->reasoning; })
            append(choice.message.reasoning, piece.delta->reasoning);
        if constexpr (requires { piece.delta->refusal; })
            append(choice.message.refusal, piece.delta->refusal);
        if (!piece.delta->tool_calls) return;
        for (const tool_call_delta& delta : *piece.delta->tool_calls) state.tool_calls.add(delta);
    }

    Response response_{};
    std::map<std::int64_t, choice_state> choices_;
};

}  // namespace tessera::openai
