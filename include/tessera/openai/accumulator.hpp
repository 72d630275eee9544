#pragma once
// From the deltas of a stream to the message they spell.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/openai/logprobs.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// Appends `more` to `whole`; absent stays absent until something comes.
TESSERA_COLD_DECL void append(std::optional<std::string>& whole,
                              const std::optional<std::string>& more);

/// Appends the elements of `more`; absent stays absent until something comes.
template <class T>
void append(std::optional<std::vector<T>>& whole, const std::optional<std::vector<T>>& more) {
    if (!more) return;
    if (!whole) whole.emplace();
    whole->insert(whole->end(), more->begin(), more->end());
}

/// Appends tokens; absent stays absent until something comes.
TESSERA_COLD_DECL void append(std::optional<chat_logprobs>& whole,
                              const std::optional<chat_logprobs>& more);

/// Tool calls in the order of their indices. An index is the sender's and may be any number, so
/// calls are kept in a map; a delta without one continues the call that was last spoken of.
class tool_call_accumulator {
  public:
    /// The next piece of a call.
    TESSERA_COLD_DECL void add(const tool_call_delta& delta);

    /// Absent when the message calls no tool.
    TESSERA_COLD_DECL std::optional<std::vector<tool_call>> calls() const;

  private:
    std::map<std::int64_t, tool_call> calls_;
    std::int64_t last_ = 0;
};

}  // namespace tessera::openai

#ifdef TESSERA_DEFINITIONS
#include "tessera/openai/detail/accumulator_impl.hpp"
#endif
