#include "cortex/translation/message_stream.hpp"

#include <utility>
#include <variant>

#include "cortex/translation/call_ids.hpp"
#include "cortex/translation/texts.hpp"

namespace tessera::server::cortex {
namespace {

using kind = enum queued_block::kind;

bool has_text(const std::optional<std::string>& text) { return text && !text->empty(); }

}  // namespace

message_stream::message_stream(answer_head head) : head_(std::move(head)) {}

void message_stream::feed(openai::chat_chunk chunk, std::vector<anthropic::stream_event>& out) {
    if (has_ended_) return;
    usage_.take(chunk);
    for (openai::chat_chunk_choice& choice : chunk.choices) {
        if (choice.index != 0) continue;
        if (!has_begun_) {
            if (!chunk.id.empty()) head_.id = std::move(chunk.id);
            if (!chunk.model.empty()) head_.model = std::move(chunk.model);
            begin(out);
        }
        if (choice.delta) take(*choice.delta);
        if (choice.finish_reason) finish_reason_ = std::move(choice.finish_reason);
        if (auto sequence = stop_sequence_in(choice.extra)) stop_sequence_ = std::move(sequence);
    }
    blocks_.tell(false, out);
}

result<void> message_stream::finish(bool is_complete, std::vector<anthropic::stream_event>& out) {
    if (std::exchange(has_ended_, true)) return {};
    if (!is_complete && !finish_reason_)
        return error{.kind = error_kind::incomplete_stream,
                     .message = "the stream ended before its answer"};
    if (!has_begun_) begin(out);
    blocks_.tell(true, out);
    anthropic::message_delta last;
    last.delta.stop_reason =
        stop_reason_of(finish_reason_, !calls_.empty(), refuses_, stop_sequence_.has_value());
    if (*last.delta.stop_reason == anthropic::stop_reason::stop_sequence)
        last.delta.stop_sequence = *std::move(stop_sequence_);
    const anthropic::usage used = message_usage(usage_.counts());
    last.usage = {.input_tokens = used.input_tokens,
                  .output_tokens = used.output_tokens,
                  .cache_creation_input_tokens = used.cache_creation_input_tokens,
                  .cache_read_input_tokens = used.cache_read_input_tokens};
    out.push_back(std::move(last));
    out.push_back(anthropic::message_stop());
    return {};
}

void message_stream::begin(std::vector<anthropic::stream_event>& out) {
    has_begun_ = true;
    anthropic::message_start start;
    start.message.id = head_.id;
    start.message.model = head_.model;
    start.message.usage = message_usage(usage_.counts());
    out.push_back(std::move(start));
}

void message_stream::take(openai::message_delta& delta) {
    say(kind::thinking, std::string(reasoning_in(delta.extra)));
    if (auto thoughts = thoughts_in(delta.extra))
        for (thought& each : *thoughts) take(each);
    if (delta.content) say(kind::text, *delta.content);
    if (delta.refusal) {
        refuses_ = refuses_ || !is_blank(*delta.refusal);
        say(kind::text, *delta.refusal);
    }
    if (delta.tool_calls)
        for (openai::tool_call_delta& piece : *delta.tool_calls) take(piece);
}

// What is said goes on with the block that is being said, if it is one of that kind.
void message_stream::say(enum queued_block::kind kind, const std::string& text) {
    if (text.empty()) return;
    queued_block* block = blocks_.last();
    if (!block || block->kind != kind || block->is_whole) block = &blocks_[blocks_.add(kind)];
    block->waiting += text;
}

// A whole thought ends the one whose text came in pieces before.
void message_stream::take(thought& given) {
    queued_block* block = blocks_.last();
    if (auto* sealed = std::get_if<anthropic::redacted_thinking_block>(&given)) {
        block = &blocks_[blocks_.add(kind::redacted)];
        block->signature = std::move(sealed->data);
    } else {
        auto& whole = std::get<anthropic::thinking_block>(given);
        if (!block || block->kind != kind::thinking || block->is_whole) {
            block = &blocks_[blocks_.add(kind::thinking)];
            block->waiting = std::move(whole.thinking);
        }
        block->signature = std::move(whole.signature);
    }
    block->is_whole = true;
}

void message_stream::take(openai::tool_call_delta& piece) {
    call& of = call_of(piece);
    queued_block& block = blocks_[of.block];
    if (of.given_id.empty() && has_text(piece.id)) of.given_id = *piece.id;
    // Some repeat the name in every piece, others give it in pieces.
    if (piece.function.name && !block.has_begun && block.name != *piece.function.name)
        block.name += *piece.function.name;
    if (piece.function.arguments) block.waiting += of.input.feed(*piece.function.arguments);
    block.is_whole = of.input.is_whole();
}

message_stream::call& message_stream::call_of(const openai::tool_call_delta& piece) {
    call* const known = known_call(piece);
    if (!known) return begin_call(piece);
    const bool has_id = has_text(piece.id);
    const bool has_name = has_text(piece.function.name);
    const bool has_input = piece.function.arguments && !is_blank(*piece.function.arguments);
    const bool other_id = has_id && !known->given_id.empty() && *piece.id != known->given_id;
    // Nothing can follow a whole input but another call's.
    const bool begins_anew = has_name && has_input && known->input.is_whole();
    const bool second_header = has_name && !has_id && !piece.type.empty() &&
                               !known->input.has_begun() && !blocks_[known->block].name.empty() &&
                               blocks_[known->block].name != *piece.function.name;
    return other_id || begins_anew || second_header ? begin_call(piece) : *known;
}

message_stream::call* message_stream::known_call(const openai::tool_call_delta& piece) {
    if (piece.index) {
        const auto found = places_.find(*piece.index);
        return found == places_.end() ? nullptr : &calls_[found->second];
    }
    if (has_text(piece.id)) {
        for (auto each = calls_.rbegin(); each != calls_.rend(); ++each)
            if (each->given_id == *piece.id) return &*each;
        return nullptr;
    }
    return calls_.empty() ? nullptr : &calls_.back();
}

message_stream::call& message_stream::begin_call(const openai::tool_call_delta& piece) {
    if (piece.index) places_[*piece.index] = calls_.size();
    const std::size_t place = calls_.size();
    call& made = calls_.emplace_back();
    made.block = blocks_.add(kind::call);
    std::string id = has_text(piece.id) ? portable_id(*piece.id) : std::string();
    if (id.empty() || !ids_.insert(id).second) id = made_id(head_.id, place);
    blocks_[made.block].id = std::move(id);
    return made;
}

}  // namespace tessera::server::cortex
