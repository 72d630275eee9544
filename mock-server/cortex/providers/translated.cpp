#include "cortex/providers/translated.hpp"

#include <utility>

#include "cortex/providers/failed_call.hpp"
#include "cortex/providers/failures.hpp"
#include "cortex/translation/answers.hpp"
#include "cortex/translation/chat_stream.hpp"
#include "cortex/translation/message_stream.hpp"
#include "cortex/translation/requests.hpp"

namespace tessera::server::cortex {
namespace {

template <class Dialect>
answer_head head_of(const translation_facts& facts, const char* prefix,
                    const question<Dialect>& asked) {
    const auto since = facts.time->wall().time_since_epoch();
    return {.id = asked.is_translated ? std::string() : facts.ids->make(prefix),
            .model = asked.request.model,
            .created = std::chrono::duration_cast<std::chrono::seconds>(since).count()};
}

// A call in the dialect Outer over one in the dialect Inner. `Translator` knows how answers and
// streams are turned.
template <class Outer, class Inner, class Translator>
class translated_call : public answering<Outer> {
  public:
    translated_call(Translator by, std::string provider)
        : by_(std::move(by)), provider_(std::move(provider)) {}

    void over(std::unique_ptr<answering<Inner>> inner) { inner_ = std::move(inner); }

    void take(progress<Outer>& more) override {
        progress<Inner> came;
        inner_->take(came);
        for (typename Inner::event& each : came.events)
            if (!check(by_.feed(std::move(each), more.events), more)) return;
        if (came.whole) more.whole = by_.whole(*std::move(came.whole));
        if (came.ended) more.ended = check(by_.finish(more.events), more);
        if (came.failed) more.failed = std::move(came.failed);
    }

    token_counts used() const override { return inner_->used(); }

  private:
    bool check(const result<void>& done, progress<Outer>& more) {
        if (!done) more.failed = failure_of(done.error(), provider_);
        return done.has_value();
    }

    Translator by_;
    const std::string provider_;
    std::unique_ptr<answering<Inner>> inner_;
};

class to_messages_translator {
  public:
    explicit to_messages_translator(const answer_head& head) : head_(head), stream_(head) {}

    result<void> feed(openai::chat_chunk chunk, std::vector<anthropic::stream_event>& out) {
        stream_.feed(std::move(chunk), out);
        return {};
    }
    result<void> finish(std::vector<anthropic::stream_event>& out) {
        return stream_.finish(true, out);
    }
    anthropic::message whole(openai::chat_response from) {
        return to_message(std::move(from), head_);
    }

  private:
    answer_head head_;
    message_stream stream_;
};

class to_chats_translator {
  public:
    explicit to_chats_translator(const answer_head& head) : head_(head), stream_(head, true) {}

    result<void> feed(anthropic::stream_event event, std::vector<openai::chat_chunk>& out) {
        return stream_.feed(std::move(event), out);
    }
    result<void> finish(std::vector<openai::chat_chunk>& out) { return stream_.finish(out); }
    openai::chat_response whole(anthropic::message from) { return to_chat(std::move(from), head_); }

  private:
    answer_head head_;
    chat_stream stream_;
};

// OpenAI itself refuses thoughts of earlier turns, and its newer models the older name of a limit.
chat_rules rules_of(provider_type type) {
    const bool is_openai = type == provider_type::openai || type == provider_type::azure;
    return {.takes_thoughts = !is_openai, .names_max_completion_tokens = is_openai};
}

}  // namespace

std::unique_ptr<answering<messages>> messages_over_chats::start(
    question<messages> asked, asio::io_context::executor_type executor,
    std::function<void()> ready) {
    const answer_head head = head_of(facts_, "msg_", asked);
    issue_list issues;
    auto request = to_chat(std::move(asked.request), rules_of(facts_.type), issues);
    if (!request)
        return std::make_unique<failed_call<messages>>(failure_of(issues), executor,
                                                       std::move(ready));
    auto made = std::make_unique<translated_call<messages, chats, to_messages_translator>>(
        to_messages_translator(head), facts_.provider);
    made->over(inner_.start(
        {.request = *std::move(request), .streams = asked.streams, .is_translated = true}, executor,
        std::move(ready)));
    return made;
}

std::unique_ptr<answering<chats>> chats_over_messages::start(
    question<chats> asked, asio::io_context::executor_type executor, std::function<void()> ready) {
    answer_head head = head_of(facts_, "chatcmpl-", asked);
    issue_list issues;
    auto translated = to_messages(std::move(asked.request), message_rules{}, issues);
    if (!translated)
        return std::make_unique<failed_call<chats>>(failure_of(issues), executor, std::move(ready));
    head.answer_tool = std::move(translated->answer_tool);
    auto made = std::make_unique<translated_call<chats, messages, to_chats_translator>>(
        to_chats_translator(head), facts_.provider);
    made->over(inner_.start({.request = std::move(translated->request),
                             .streams = asked.streams,
                             .marks_cache = asked.marks_cache,
                             .is_translated = true},
                            executor, std::move(ready)));
    return made;
}

}  // namespace tessera::server::cortex
