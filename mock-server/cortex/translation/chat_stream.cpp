#include "cortex/translation/chat_stream.hpp"

#include <utility>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/inputs.hpp"
#include "cortex/translation/thoughts.hpp"
#include "tessera/call/error_body.hpp"
#include "tessera/json/encode.hpp"

namespace tessera::server::cortex {

chat_stream::chat_stream(answer_head head, bool tells_usage)
    : head_(std::move(head)), tells_usage_(tells_usage) {}

result<void> chat_stream::feed(anthropic::stream_event event, chunks& out) {
    if (has_ended_) return {};
    usage_.take(event);
    if (auto* start = std::get_if<anthropic::message_start>(&event)) {
        if (has_begun_) return {};
        if (!start->message.id.empty()) head_.id = std::move(start->message.id);
        if (!start->message.model.empty()) head_.model = std::move(start->message.model);
        add_delta(out);
    } else if (auto* begun = std::get_if<anthropic::content_block_start>(&event)) {
        take(*begun, out);
    } else if (auto* grown = std::get_if<anthropic::content_block_delta>(&event)) {
        take(*grown, out);
    } else if (const auto* stop = std::get_if<anthropic::content_block_stop>(&event)) {
        if (auto ended = blocks_.extract(stop->index)) end_block(std::move(ended.mapped()), out);
    } else if (auto* change = std::get_if<anthropic::message_delta>(&event)) {
        if (change->delta.stop_reason) stop_reason_ = std::move(change->delta.stop_reason);
        if (change->delta.stop_sequence) stop_sequence_ = std::move(change->delta.stop_sequence);
    } else if (std::holds_alternative<anthropic::message_stop>(event)) {
        end_answer(out);
    } else if (const auto* wrong = std::get_if<anthropic::error_body>(&event)) {
        has_ended_ = true;
        http::sse_event told;
        told.type = "error";
        told.data = json::encode(*wrong);
        return call::error_of_event(told, http::stream_error::event);
    }
    return {};
}

result<void> chat_stream::finish(chunks& out) {
    if (has_ended_) return {};
    if (!stop_reason_)
        return error{.kind = error_kind::incomplete_stream,
                     .message = "the stream ended before its answer"};
    end_answer(out);
    return {};
}

void chat_stream::take(anthropic::content_block_start& event, chunks& out) {
    if (auto before = blocks_.extract(event.index)) end_block(std::move(before.mapped()), out);
    block& begun = blocks_[event.index];
    if (auto* text = std::get_if<anthropic::text_block>(&event.content_block)) {
        begun.kind = kind::text;
        say(std::move(text->text), out);
    } else if (auto* call = std::get_if<anthropic::tool_use_block>(&event.content_block)) {
        begun.input = std::move(call->input.members);
        if (!head_.answer_tool.empty() && call->name == head_.answer_tool) {
            begun.kind = kind::form;
            has_form_ = true;
        } else {
            begin_call(begun, std::move(call->id), std::move(call->name), out);
        }
    } else if (auto* open = std::get_if<anthropic::thinking_block>(&event.content_block)) {
        begun.kind = kind::thinking;
        begun.thought = std::move(*open);
        if (!begun.thought.thinking.empty())
            put_reasoning(add_delta(out).extra, begun.thought.thinking);
    } else if (auto* sealed =
                   std::get_if<anthropic::redacted_thinking_block>(&event.content_block)) {
        put_thoughts(add_delta(out).extra, {std::move(*sealed)});
    }
}

void chat_stream::take(anthropic::content_block_delta& event, chunks& out) {
    if (auto* said = std::get_if<anthropic::text_delta>(&event.delta)) {
        block_at(event.index, kind::text, out);
        say(std::move(said->text), out);
    } else if (auto* input = std::get_if<anthropic::input_json_delta>(&event.delta)) {
        say_input(block_at(event.index, kind::call, out), std::move(input->partial_json), out);
    } else if (auto* more = std::get_if<anthropic::thinking_delta>(&event.delta)) {
        block_at(event.index, kind::thinking, out).thought.thinking += more->thinking;
        if (!more->thinking.empty()) put_reasoning(add_delta(out).extra, std::move(more->thinking));
    } else if (auto* sealed = std::get_if<anthropic::signature_delta>(&event.delta)) {
        block_at(event.index, kind::thinking, out).thought.signature = std::move(sealed->signature);
    }
}

// A delta whose block never began begins it, and so does one that its block cannot take.
chat_stream::block& chat_stream::block_at(std::int64_t index, chat_stream::kind wanted,
                                          chunks& out) {
    const auto [found, is_new] = blocks_.try_emplace(index);
    block& at = found->second;
    const bool takes_input = at.kind == kind::form || at.kind == kind::other;
    if (!is_new && (at.kind == wanted || (wanted == kind::call && takes_input))) return at;
    if (!is_new) end_block(std::exchange(at, block()), out);
    at.kind = wanted;
    if (wanted == kind::call) begin_call(at, {}, {}, out);
    return at;
}

void chat_stream::begin_call(block& of, std::string id, std::string name, chunks& out) {
    of.kind = kind::call;
    of.call = calls_++;
    openai::message_delta& delta = add_delta(out);
    openai::tool_call_delta& call = delta.tool_calls.emplace().emplace_back();
    call.index = of.call;
    call.id = id.empty() ? made_id(head_.id, static_cast<std::size_t>(of.call)) : std::move(id);
    call.type = "function";
    call.function = {.name = std::move(name), .arguments = ""};
}

void chat_stream::say(std::string text, chunks& out) {
    if (text.empty()) return;
    // Beside an answer that has a form no text is wanted; without one it is all that was said.
    if (!head_.answer_tool.empty()) {
        held_ += text;
        return;
    }
    has_text_ = true;
    add_delta(out).content = std::move(text);
}

void chat_stream::say_input(block& of, std::string text, chunks& out) {
    if (text.empty() || of.kind == kind::other) return;
    of.has_spoken = true;
    openai::message_delta& delta = add_delta(out);
    if (of.kind == kind::form) {
        delta.content = std::move(text);
        return;
    }
    openai::tool_call_delta& call = delta.tool_calls.emplace().emplace_back();
    call.index = of.call;
    call.function.arguments = std::move(text);
}

void chat_stream::end_block(block ended, chunks& out) {
    if (ended.kind == kind::thinking)
        put_thoughts(add_delta(out).extra, {std::move(ended.thought)});
    const bool has_input = ended.kind == kind::call || ended.kind == kind::form;
    if (has_input && !ended.has_spoken) say_input(ended, text_of_input(ended.input), out);
}

void chat_stream::end_answer(chunks& out) {
    for (auto& [index, left] : std::exchange(blocks_, {})) end_block(std::move(left), out);
    has_ended_ = true;
    if (!has_form_ && !held_.empty()) {
        has_text_ = true;
        add_delta(out).content = std::move(held_);
    }
    openai::message_delta& last = add_delta(out);
    if (!has_text_ && !has_form_ && calls_ == 0) last.content = "";
    openai::chat_chunk_choice& choice = out.back().choices.front();
    choice.finish_reason = finish_reason_of(stop_reason_, calls_ > 0);
    if (stop_sequence_) put_stop_sequence(choice.extra, *std::move(stop_sequence_));
    if (tells_usage_) add_chunk(out).usage = chat_usage(usage_.counts());
}

openai::message_delta& chat_stream::add_delta(chunks& out) {
    openai::chat_chunk_choice& choice = add_chunk(out).choices.emplace_back();
    choice.index = 0;
    openai::message_delta& delta = choice.delta.emplace();
    if (!std::exchange(has_begun_, true)) delta.role = openai::role::assistant;
    return delta;
}

openai::chat_chunk& chat_stream::add_chunk(chunks& out) {
    openai::chat_chunk& made = out.emplace_back();
    made.id = head_.id;
    made.created = head_.created;
    made.model = head_.model;
    return made;
}

}  // namespace tessera::server::cortex
