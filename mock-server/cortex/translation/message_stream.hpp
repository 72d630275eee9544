#pragma once
// Chunks of a streamed chat as events of a streamed message.
#include <optional>
#include <vector>

#include "cortex/translation/answers.hpp"
#include "cortex/translation/usage.hpp"
#include "tessera/anthropic/events.hpp"
#include "tessera/core/result.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// For one stream and one thread at a time. Blocks come one after the other, whatever order the
/// upstream speaks in: what belongs to a later block waits until the one before it is complete.
class message_stream {
  public:
    explicit message_stream(answer_head head);

    /// Appends what the chunk says to `out`. Of the first choice; there is no other.
    void feed(openai::chat_chunk chunk, std::vector<anthropic::stream_event>& out);

    /// The upstream's stream has ended: appends what is left to say, `message_stop` at the end.
    /// `is_complete`: it said so (`[DONE]`). Without that, nothing and an error of kind
    /// incomplete_stream where no finish reason came.
    result<void> finish(bool is_complete, std::vector<anthropic::stream_event>& out);

    /// As far as the upstream has said it.
    const token_counts& used() const { return usage_.counts(); }

  private:
    answer_head head_;
    usage_so_far usage_;
};

}  // namespace tessera::server::cortex
