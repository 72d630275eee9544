#pragma once
// The events of a function's streamed chat, and the answer that they add up to.
//
//     auto stream = events(function.chat.completions.stream(request));
//     for (const auto& event : stream)
//         if (const auto* grown = std::get_if<openai::content_grown>(&event)) ...
#include <utility>

#include "tessera/cerebrium/chat.hpp"
#include "tessera/openai/chat_events.hpp"

namespace tessera::cerebrium {

/// From the chunks of a function to the answer that create() would have given.
using chat_accumulator = openai::chat_accumulator<openai::chat_response, chat_chunk>;

/// Chunks into events, for those who read the stream themselves. Choices finish with the stream,
/// since a function may name a reason in every chunk.
using chat_event_accumulator =
    openai::chat_event_accumulator<openai::chat_response, chat_chunk, openai::finish::with_stream>;

/// What events() gives.
using chat_event_stream =
    openai::chat_event_stream<openai::chat_response, chat_chunk, openai::finish::with_stream>;

/// The events of a stream: `events(function.chat.completions.stream(request))`.
inline chat_event_stream events(event_stream<chat_chunk> chunks) {
    return chat_event_stream(std::move(chunks));
}

}  // namespace tessera::cerebrium
