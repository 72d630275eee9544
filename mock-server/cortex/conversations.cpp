#include "cortex/handlers.hpp"
#include "cortex/relay.hpp"
#include "cortex/translation/errors.hpp"
#include "web/events.hpp"

namespace tessera::server::cortex {
namespace {

// What fronts of conversations do alike.
template <class Dialect>
struct conversation_front {
    using dialect = Dialect;
    static answer written(const typename Dialect::whole& whole) {
        return json_answer(200, json::encode(whole));
    }
    static const problem& told(const problem& why) { return why; }
};

class chat_front : public conversation_front<chats> {
  public:
    explicit chat_front(const openai::chat_request& request)
        : shows_usage_(request.stream_options &&
                       request.stream_options->include_usage.value_or(false)) {}

    static caller<chats>& caller_of(provider& of) { return of.chat(); }
    static http::fields forwarded(const request&) { return {}; }

    // Usage is always asked of the provider, and told to whom asks.
    void write(exchange& to, const openai::chat_chunk& chunk) const {
        if (shows_usage_ || !chunk.usage || !chunk.choices.empty()) write_event(to, chunk);
    }
    static std::string end() { return "data: [DONE]\n\n"; }
    static std::string error_frame(const problem& why) {
        return "data: " + json::encode(chat_error_of(why)) + "\n\n";
    }

  private:
    const bool shows_usage_;
};

class message_front : public conversation_front<messages> {
  public:
    explicit message_front(const anthropic::message_request&) {}

    static caller<messages>& caller_of(provider& of) { return of.message(); }
    static http::fields forwarded(const request& asked) {
        http::fields made;
        for (const char* name : {"anthropic-version", "anthropic-beta"})
            if (const auto value = asked.head.headers.find(name)) made.set(name, *value);
        return made;
    }

    // The last event waits for the answer's end.
    void write(exchange& to, const anthropic::stream_event& event) {
        if (const auto* last = std::get_if<anthropic::message_stop>(&event))
            end_ = "event: message_stop\ndata: " + json::encode(*last) + "\n\n";
        else
            std::visit([&](const auto& each) { write_event(to, each); }, event);
    }
    std::string end() { return std::move(end_); }
    static std::string error_frame(const problem& why) {
        return "event: error\ndata: " + json::encode(message_error_of(why)) + "\n\n";
    }

  private:
    std::string end_;
};

template <class Front, class Request>
void answer_by(gateway& with, const exchange_ptr& asked, Request request) {
    const context& here = context::of(asked->request());
    auto found = resolve(here.configuration().settings, *here.key(), request.model);
    if (const auto* refused = std::get_if<problem>(&found)) return asked->respond(*refused);
    std::make_shared<relay<Front>>(with, asked, std::move(request),
                                   std::get<resolution>(std::move(found)))
        ->begin();
}

}  // namespace

void create_chat_completion(gateway& with, const exchange_ptr& asked,
                            openai::chat_request request) {
    answer_by<chat_front>(with, asked, std::move(request));
}

void create_message(gateway& with, const exchange_ptr& asked, anthropic::message_request request) {
    answer_by<message_front>(with, asked, std::move(request));
}

}  // namespace tessera::server::cortex
