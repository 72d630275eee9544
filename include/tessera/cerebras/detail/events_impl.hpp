#pragma once

#include "tessera/cerebras/events.hpp"

namespace tessera::cerebras {

TESSERA_DEF
std::vector<openai::chat_event> chat_event_accumulator::add(const chat_chunk& chunk) {
    std::vector<openai::chat_event> told;
    answer_.add(chunk);
    if (!chunk.choices) return told;
    for (const chat_chunk_choice& choice : *chunk.choices) {
        if (const auto& delta = choice.delta) {
            if (delta->reasoning) events_.add_reasoning(choice.index, *delta->reasoning, told);
            if (delta->content) events_.add_content(choice.index, *delta->content, told);
            if (delta->tool_calls)
                for (const openai::tool_call_delta& call : *delta->tool_calls)
                    events_.add_call(choice.index, call, told);
        }
        if (choice.finish_reason) events_.finish(choice.index, choice.finish_reason->text(), told);
    }
    return told;
}

TESSERA_DEF
std::vector<openai::chat_event> chat_event_accumulator::end() {
    std::vector<openai::chat_event> told;
    events_.end(told);
    return told;
}

TESSERA_DEF
chat_response chat_event_accumulator::response() const { return answer_.response(); }

TESSERA_DEF
result<std::optional<openai::chat_event>> chat_event_stream::next() {
    while (told_ == events_.size()) {
        if (ended_) return std::optional<openai::chat_event>();
        result<std::optional<chat_chunk>> chunk = chunks_.next();
        if (!chunk) return std::move(chunk).failure();
        ended_ = !*chunk;
        events_ = ended_ ? answer_.end() : answer_.add(**chunk);
        told_ = 0;
    }
    return std::optional<openai::chat_event>(std::move(events_[told_++]));
}

TESSERA_DEF
chat_response chat_event_stream::response() const { return answer_.response(); }

TESSERA_DEF
void chat_event_stream::advance() {
    auto event = next().value();
    current_.reset();
    if (event) current_.emplace(*std::move(event));
}

}  // namespace tessera::cerebras
