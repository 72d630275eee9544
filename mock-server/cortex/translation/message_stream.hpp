#pragma once
// Chunks of a streamed chat as events of a streamed message.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cortex/translation/answers.hpp"
#include "cortex/translation/block_queue.hpp"
#include "cortex/translation/inputs.hpp"
#include "cortex/translation/reasons.hpp"
#include "cortex/translation/thoughts.hpp"
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
    struct call {
        block_queue::number block = 0;
        std::string given_id{};  // by the upstream
        input_scanner input{};
    };

    void begin(std::vector<anthropic::stream_event>& out);
    void take(openai::message_delta& delta);
    void take(thought& given);
    void take(openai::tool_call_delta& piece);
    void say(enum queued_block::kind kind, const std::string& text);
    call& call_of(const openai::tool_call_delta& piece);
    call* known_call(const openai::tool_call_delta& piece);
    call& begin_call(const openai::tool_call_delta& piece);

    answer_head head_;  // as the upstream completes it
    usage_so_far usage_;
    block_queue blocks_;
    std::vector<call> calls_;
    std::map<std::int64_t, std::size_t> places_;  // which call an index of the upstream's means
    std::set<std::string> ids_;
    bool has_begun_ = false, has_ended_ = false, refuses_ = false;
    finish_reason_type finish_reason_;
    std::optional<std::string> stop_sequence_;
};

}  // namespace tessera::server::cortex
