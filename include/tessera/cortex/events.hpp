#pragma once
// The events of a chat's stream, and the answer that they add up to. A stream of messages has
// events of its own: anthropic::message_accumulator adds them up.
//
//     for (auto stream = events(client.chat.completions.stream(request)); const auto& event :
//     stream)
//         if (const auto* grown = std::get_if<openai::content_grown>(&event)) ...
#include <utility>

#include "tessera/openai/chat.hpp"
#include "tessera/openai/chat_events.hpp"

namespace tessera::cortex {

/// From the chunks of a chat to the answer that create() would have given.
using chat_accumulator = openai::chat_accumulator<openai::chat_response, openai::chat_chunk>;

/// Chunks into events, for those who read the stream themselves.
using chat_event_accumulator =
    openai::chat_event_accumulator<openai::chat_response, openai::chat_chunk>;

/// What events() gives.
using chat_event_stream = openai::chat_event_stream<openai::chat_response, openai::chat_chunk>;

/// The events of a stream: `events(client.chat.completions.stream(request))`.
inline chat_event_stream events(event_stream<openai::chat_chunk> chunks) {
    return chat_event_stream(std::move(chunks));
}

}  // namespace tessera::cortex
