#pragma once
// From the deltas of a stream to the message they spell.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/openai/logprobs.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// Appends `more` to `whole`; absent stays absent until something comes.
template <class Lazy = void>
void append(std::optional<std::string>& whole, const std::optional<std::string>& more) {
    if (!more) return;
    if (whole)
        *whole += *more;
    else
        whole = more;
}

/// Appends the elements of `more`; absent stays absent until something comes.
template <class T>
void append(std::optional<std::vector<T>>& whole, const std::optional<std::vector<T>>& more) {
    if (!more) return;
    if (!whole) whole.emplace();
    whole->insert(whole->end(), more->begin(), more->end());
}

/// Appends tokens; absent stays absent until something comes.
template <class Lazy = void>
void append(std::optional<chat_logprobs>& whole, const std::optional<chat_logprobs>& more) {
    if (!more) return;
    if (!whole) whole.emplace();
    append(whole->content, more->content);
    append(whole->refusal, more->refusal);
}

/// Tool calls in the order of their indices. An index is the sender's and may be any number, so
/// calls are kept in a map; a delta without one continues the call that was last spoken of.
class tool_call_accumulator {
  public:
    /// The next piece of a call.
    template <class Lazy = void>
    void add(const tool_call_delta& delta) {
        if (delta.index) last_ = *delta.index;
        tool_call& call = calls_.try_emplace(last_).first->second;
        if (!delta.type.empty()) call.type = delta.type;
        if (delta.id) call.id = *delta.id;
        if (delta.function.name) call.function.name += *delta.function.name;
        if (delta.function.arguments) call.function.arguments += *delta.function.arguments;
    }

    /// Absent when the message calls no tool.
    template <class Lazy = void>
    std::optional<std::vector<tool_call>> calls() const {
        if (calls_.empty()) return std::nullopt;
        std::vector<tool_call> calls;
        for (const auto& [index, call] : calls_) calls.push_back(call);
        return calls;
    }

  private:
    std::map<std::int64_t, tool_call> calls_;
    std::int64_t last_ = 0;
};

}  // namespace tessera::openai
