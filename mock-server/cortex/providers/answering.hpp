#pragma once
// One call of a provider, in the one dialect or the other.
#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cortex/translation/usage.hpp"
#include "tessera/anthropic/events.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/openai/chat.hpp"
#include "tessera/openai/transcriptions.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// OpenAI's.
struct chats {
    using request = openai::chat_request;
    using whole = openai::chat_response;
    using event = openai::chat_chunk;
};

/// Anthropic's.
struct messages {
    using request = anthropic::message_request;
    using whole = anthropic::message;
    using event = anthropic::stream_event;
};

/// A transcription, as it is sent to the client.
struct transcription_body {
    std::string content_type;
    std::string text;
};

/// OpenAI's, of speech.
struct transcriptions {
    using request = openai::transcription_request;
    using whole = transcription_body;
    using event = openai::transcription_event;
};

/// Why a call did not succeed.
struct failure {
    problem reason;
    bool may_pass_elsewhere = false;  // the fault is the provider's, not the request's
};

/// What is asked of a provider. The request names the model as the provider knows it.
template <class Dialect>
struct question {
    typename Dialect::request request;
    bool streams = false;
    http::fields headers{};      // of the client's, for a provider of its own dialect
    bool marks_cache = false;    // Anthropic is to keep tools and system prompt
    bool is_translated = false;  // whoever asks gives the answer its id where it has none
};

/// What has come of a call.
template <class Dialect>
struct progress {
    std::vector<typename Dialect::event> events{};   // of one that streams, in order
    std::optional<typename Dialect::whole> whole{};  // of one that does not: its end
    bool ended = false;                              // a stream, in good order
    std::optional<failure> failed{};                 // instead of all that was to come
};

/// A call under way. Used on the I/O thread of its executor; destroying it ends it at once.
template <class Dialect>
class answering {
  public:
    using executor_type = asio::io_context::executor_type;

    answering() = default;
    virtual ~answering() = default;
    answering(const answering&) = delete;
    answering& operator=(const answering&) = delete;

    /// Puts all that has come since into `more`. Afterwards `ready` is called again, once, when
    /// there is more. A call of which nothing is taken pauses.
    virtual void take(progress<Dialect>& more) = 0;
    /// As far as it is known.
    virtual token_counts used() const = 0;
};

/// Who answers calls. Thread-safe.
template <class Dialect>
class caller {
  public:
    caller() = default;
    virtual ~caller() = default;
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// Returns at once; whatever is wrong comes as a failure. `ready` is called through `executor`,
    /// never before this has returned, and no more when the call is destroyed.
    virtual std::unique_ptr<answering<Dialect>> start(question<Dialect> asked,
                                                      asio::io_context::executor_type executor,
                                                      std::function<void()> ready) = 0;
};

}  // namespace tessera::server::cortex
