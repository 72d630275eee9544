#pragma once
// Events of a streamed message as chunks of a streamed chat.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cortex/translation/answers.hpp"
#include "cortex/translation/usage.hpp"
#include "tessera/anthropic/events.hpp"
#include "tessera/core/result.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// For one stream and one thread at a time. Holds no more of the answer than the thought that is
/// being thought.
class chat_stream {
  public:
    /// `tells_usage`: as the request's `stream_options.include_usage`.
    chat_stream(answer_head head, bool tells_usage);

    /// Appends what the event says to `out`. An error is what the upstream says went wrong: the
    /// stream is over.
    result<void> feed(anthropic::stream_event event, std::vector<openai::chat_chunk>& out);

    /// The upstream's stream has ended: appends what is left to say before `[DONE]`, or nothing and
    /// an error of kind incomplete_stream where it broke off before its answer ended.
    result<void> finish(std::vector<openai::chat_chunk>& out);

    /// As far as the upstream has said it.
    const token_counts& used() const { return usage_.counts(); }

  private:
    answer_head head_;
    bool tells_usage_;
    usage_so_far usage_;
};

}  // namespace tessera::server::cortex
