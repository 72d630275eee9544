#pragma once
// The events of a chat stream, and the answer that they add up to.
//
//     for (auto stream = events(client.chat.completions.stream(request)); const auto& event :
//     stream)
//         if (const auto* grown = std::get_if<openai::content_grown>(&event)) std::cout <<
//         grown->delta;
#include <utility>

#include "tessera/cerebras/chat.hpp"
#include "tessera/openai/chat_events.hpp"

namespace tessera::cerebras {

/// Chunks into events, for those who read the stream themselves.
using chat_event_accumulator = openai::chat_event_accumulator<chat_response, chat_chunk>;

/// What events() gives.
using chat_event_stream = openai::chat_event_stream<chat_response, chat_chunk>;

/// The events of a stream: `events(client.chat.completions.stream(request))`.
inline chat_event_stream events(event_stream<chat_chunk> chunks) {
    return chat_event_stream(std::move(chunks));
}

}  // namespace tessera::cerebras
