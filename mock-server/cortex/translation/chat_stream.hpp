#pragma once
// Events of a streamed message as chunks of a streamed chat.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cortex/translation/answers.hpp"
#include "cortex/translation/reasons.hpp"
#include "cortex/translation/usage.hpp"
#include "tessera/anthropic/events.hpp"
#include "tessera/core/result.hpp"
#include "tessera/openai/chat.hpp"

namespace tessera::server::cortex {

/// For one stream and one thread at a time. Holds no more of the answer than the thought that is
/// being thought, and text where the answer is to have a form.
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
    enum class kind {
        text,
        call,
        form,  // the input of the tool that takes the answer
        thinking,
        other  // says nothing to a chat
    };
    // A block that has not ended.
    struct block {
        chat_stream::kind kind = kind::other;
        std::int64_t call = 0;  // its number among the calls
        bool has_spoken = false;
        json::value input{};  // that it began with
        anthropic::thinking_block thought{};
    };
    using chunks = std::vector<openai::chat_chunk>;

    void take(anthropic::content_block_start& event, chunks& out);
    void take(anthropic::content_block_delta& event, chunks& out);
    void end_block(block ended, chunks& out);
    void end_answer(chunks& out);

    block& block_at(std::int64_t index, chat_stream::kind wanted, chunks& out);
    void begin_call(block& of, std::string id, std::string name, chunks& out);
    void say(std::string text, chunks& out);
    void say_input(block& of, std::string text, chunks& out);
    openai::message_delta& add_delta(chunks& out);
    openai::chat_chunk& add_chunk(chunks& out);

    answer_head head_;  // as the upstream completes it
    bool tells_usage_;
    usage_so_far usage_;
    std::map<std::int64_t, block> blocks_;
    std::int64_t calls_ = 0;
    bool has_begun_ = false, has_ended_ = false, has_text_ = false, has_form_ = false;
    std::string held_;
    stop_reason_type stop_reason_;
    json::nullable<std::string> stop_sequence_;
};

}  // namespace tessera::server::cortex
