#include "cortex/translation/block_queue.hpp"

#include <utility>

#include "cortex/translation/texts.hpp"

namespace tessera::server::cortex {
namespace {

using kind = enum queued_block::kind;

bool has_something(const queued_block& block) {
    switch (block.kind) {
        case kind::text:
            return !is_blank(block.waiting);
        case kind::thinking:
            return !block.waiting.empty() || !block.signature.empty();
        case kind::redacted:
        case kind::call:
            break;
    }
    return true;
}

anthropic::content_block beginning_of(queued_block& block) {
    switch (block.kind) {
        case kind::text:
            return anthropic::text_block{.text = ""};
        case kind::thinking:
            return anthropic::thinking_block{};
        case kind::redacted:
            return anthropic::redacted_thinking_block{.data = std::move(block.signature)};
        case kind::call:
            break;
    }
    anthropic::tool_use_block call{.id = std::move(block.id), .name = std::move(block.name)};
    call.input.members = json::value::object();
    return call;
}

anthropic::content_delta growth_of(queued_block& block) {
    std::string more = std::exchange(block.waiting, {});
    if (block.kind == kind::text) return anthropic::text_delta{.text = std::move(more)};
    if (block.kind == kind::call)
        return anthropic::input_json_delta{.partial_json = std::move(more)};
    return anthropic::thinking_delta{.thinking = std::move(more)};
}

}  // namespace

block_queue::number block_queue::add(enum queued_block::kind kind) {
    blocks_.emplace_back().kind = kind;
    return blocks_.size() - 1;
}

void block_queue::tell(bool is_end, std::vector<anthropic::stream_event>& out) {
    while (first_ < blocks_.size() && tell_first(first_ + 1 == blocks_.size(), is_end, out))
        ++first_;
}

// Whether it has ended.
bool block_queue::tell_first(bool is_last, bool is_end, std::vector<anthropic::stream_event>& out) {
    queued_block& block = blocks_[first_];
    const bool is_call = block.kind == kind::call;
    const bool has_ended = block.is_whole || is_end || (!is_last && !is_call);
    // The name of a call may come in pieces, until its input comes.
    const bool can_begin =
        is_call ? !block.waiting.empty() || has_ended || !is_last : has_something(block);
    if (!block.has_begun && can_begin) {
        block.has_begun = true;
        out.push_back(
            anthropic::content_block_start{.index = index_, .content_block = beginning_of(block)});
    }
    if (block.has_begun && !block.waiting.empty())
        out.push_back(anthropic::content_block_delta{.index = index_, .delta = growth_of(block)});
    if (!has_ended) return false;
    if (!block.has_begun) return true;
    if (block.kind == kind::thinking && !block.signature.empty())
        out.push_back(anthropic::content_block_delta{
            .index = index_,
            .delta = anthropic::signature_delta{.signature = std::move(block.signature)}});
    out.push_back(anthropic::content_block_stop{.index = index_++});
    return true;
}

}  // namespace tessera::server::cortex
