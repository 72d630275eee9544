#pragma once

#include <algorithm>
#include <optional>
#include <variant>

#include "tessera/anthropic/accumulator.hpp"
#include "tessera/json/partial.hpp"

namespace tessera::anthropic {

namespace detail {

TESSERA_DEF
void extra_members::take(const json::value& more) {
    if (!more.is_object()) return;
    for (const auto& [name, member] : more.items()) members_[name] = member;
}

// Looks no name up in the object, where that takes time linear in its size.
TESSERA_DEF
void extra_members::add_to(json::value& extra) const {
    if (members_.empty()) return;
    json::value all = json::value::object();
    auto& members = *all.get_ptr<json::value::object_t*>();
    if (extra.is_object())
        for (auto& [name, member] : extra.items())
            if (!members_.contains(name)) members.emplace_back(name, std::move(member));
    for (const auto& [name, member] : members_) members.emplace_back(name, member);
    extra = std::move(all);
}

inline void grow(std::optional<std::int64_t>& count, const std::optional<std::int64_t>& so_far) {
    if (so_far) count = std::max(count.value_or(0), *so_far);
}

}  // namespace detail

TESSERA_DEF
void message_accumulator::add(const stream_event& event) {
    if (const auto* start = std::get_if<message_start>(&event)) {
        *this = {};
        message_ = start->message;
    } else if (const auto* begun = std::get_if<content_block_start>(&event)) {
        take(*begun);
    } else if (const auto* grown = std::get_if<content_block_delta>(&event)) {
        take(*grown);
    } else if (const auto* changed = std::get_if<message_delta>(&event)) {
        take(*changed);
    } else if (std::holds_alternative<message_stop>(event)) {
        is_complete_ = true;
    }
}

TESSERA_DEF
void message_accumulator::take(const content_block_start& event) {
    const content_block& block = event.content_block;
    const auto note = [&](target grows) {
        places_[{event.index, grows}] = message_.content.size();
    };
    if (std::holds_alternative<text_block>(block))
        note(target::text);
    else if (std::holds_alternative<thinking_block>(block))
        note(target::thinking);
    else if (!std::holds_alternative<redacted_thinking_block>(block))
        note(target::input);  // calls of the service's own tools are of kinds that have no name
    message_.content.push_back(block);
}

TESSERA_DEF
void message_accumulator::take(const content_block_delta& event) {
    const auto text = [&]() -> text_block& {
        return std::get<text_block>(
            message_.content[place_of(event.index, target::text, text_block{})]);
    };
    const auto thinking = [&]() -> thinking_block& {
        return std::get<thinking_block>(
            message_.content[place_of(event.index, target::thinking, thinking_block{})]);
    };
    if (const auto* said = std::get_if<text_delta>(&event.delta)) {
        text().text += said->text;
    } else if (const auto* json = std::get_if<input_json_delta>(&event.delta)) {
        inputs_[place_of(event.index, target::input, tool_use_block{})] += json->partial_json;
    } else if (const auto* thought = std::get_if<thinking_delta>(&event.delta)) {
        thinking().thinking += thought->thinking;
    } else if (const auto* sealed = std::get_if<signature_delta>(&event.delta)) {
        thinking().signature = sealed->signature;
    } else if (const auto* cited = std::get_if<citations_delta>(&event.delta)) {
        text_block& block = text();
        if (!block.citations) block.citations.emplace();
        block.citations->push_back(cited->citation);
    }
}

TESSERA_DEF
std::size_t message_accumulator::place_of(std::int64_t index, target wanted, content_block fresh) {
    const auto [found, is_new] =
        places_.try_emplace(std::pair(index, wanted), message_.content.size());
    if (is_new) message_.content.push_back(std::move(fresh));
    return found->second;
}

TESSERA_DEF
void message_accumulator::take(const message_delta& event) {
    const message_change& change = event.delta;
    if (change.stop_reason) message_.stop_reason = change.stop_reason;
    if (change.stop_sequence) message_.stop_sequence = change.stop_sequence;
    more_of_message_.take(change.extra);
    more_of_message_.take(event.extra);

    usage& whole = message_.usage;
    const message_delta_usage& so_far = event.usage;
    whole.input_tokens = std::max(whole.input_tokens, so_far.input_tokens.value_or(0));
    whole.output_tokens = std::max(whole.output_tokens, so_far.output_tokens);
    detail::grow(whole.cache_creation_input_tokens, so_far.cache_creation_input_tokens);
    detail::grow(whole.cache_read_input_tokens, so_far.cache_read_input_tokens);
    if (so_far.server_tool_use) whole.server_tool_use = so_far.server_tool_use;
    more_of_usage_.take(so_far.extra);
}

TESSERA_DEF
anthropic::message message_accumulator::message() const {
    anthropic::message whole = message_;
    more_of_message_.add_to(whole.extra);
    more_of_usage_.add_to(whole.usage.extra);
    for (const auto& [place, text] : inputs_) {
        json::partial_reader reader;
        (void)reader.feed(text);
        if (!reader.so_far().is_object()) continue;
        content_block& block = whole.content[place];
        if (auto* call = std::get_if<tool_use_block>(&block))
            call->input.members = reader.so_far();
        else
            std::get<other>(block).extra["input"] = reader.so_far();
    }
    return whole;
}

}  // namespace tessera::anthropic
