#pragma once
// Tokens, as both dialects count them.
#include <cstdint>
#include <optional>

#include "tessera/anthropic/events.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// What an answer cost. Absent is what nobody has said.
struct token_counts {
    std::int64_t prompt = 0;                      ///< all of the prompt, from the cache or not
    std::int64_t answer = 0;                      ///< thoughts included
    std::optional<std::int64_t> cache_read{};     ///< of the prompt, read from the cache
    std::optional<std::int64_t> cache_written{};  ///< of the prompt, put into the cache

    bool operator==(const token_counts&) const = default;
};

token_counts counts_of(const openai::usage& used);
token_counts counts_of(const anthropic::usage& used);
openai::usage chat_usage(const token_counts& counts);
anthropic::usage message_usage(const token_counts& counts);

/// What the events of a stream have said so far, of either dialect. Counts only grow, for they are
/// cumulative.
class usage_so_far {
  public:
    void take(const openai::chat_chunk& chunk);
    void take(const anthropic::stream_event& event);

    const token_counts& counts() const { return counts_; }

  private:
    void grow(const token_counts& to);

    token_counts counts_;
    anthropic::usage message_{};
};

}  // namespace tessera::server::cortex
