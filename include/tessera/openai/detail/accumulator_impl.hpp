#pragma once

#include "tessera/openai/accumulator.hpp"

namespace tessera::openai {

TESSERA_DEF
void append(std::optional<std::string>& whole, const std::optional<std::string>& more) {
    if (!more) return;
    if (whole)
        *whole += *more;
    else
        whole = more;
}

TESSERA_DEF
void append(std::optional<chat_logprobs>& whole, const std::optional<chat_logprobs>& more) {
    if (!more) return;
    if (!whole) whole.emplace();
    append(whole->content, more->content);
    append(whole->refusal, more->refusal);
}

TESSERA_DEF
void tool_call_accumulator::add(const tool_call_delta& delta) {
    if (delta.index) last_ = *delta.index;
    tool_call& call = calls_.try_emplace(last_).first->second;
    if (!delta.type.empty()) call.type = delta.type;
    if (delta.id) call.id = *delta.id;
    if (delta.function.name) call.function.name += *delta.function.name;
    if (delta.function.arguments) call.function.arguments += *delta.function.arguments;
}

TESSERA_DEF
std::optional<std::vector<tool_call>> tool_call_accumulator::calls() const {
    if (calls_.empty()) return std::nullopt;
    std::vector<tool_call> calls;
    for (const auto& [index, call] : calls_) calls.push_back(call);
    return calls;
}

}  // namespace tessera::openai
