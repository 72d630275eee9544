#include <memory>
#include <utility>

#include "chat/openai_chat.hpp"
#include "chat/openai_request.hpp"
#include "chat/reply.hpp"
#include "chat/usage.hpp"
#include "emissary/answering.hpp"
#include "emissary/inference.hpp"
#include "tessera/json.hpp"
#include "web/events.hpp"

namespace tessera::server::emissary {
namespace {

// What one answer is made of.
struct chat_facts {
    service& owner;
    std::string id;
    std::string model;
    std::string fingerprint;
    std::int64_t created;  // Unix seconds
    bool with_usage;       // in a stream
};

class whole_chat : public whole_reply {
  public:
    whole_chat(exchange_ptr asked, chat_facts facts)
        : whole_reply(std::move(asked), chat_names(), 1), facts_(std::move(facts)) {}

  private:
    answer write(std::vector<said_choice> choices, const totals& used) override {
        said_choice& said = choices.front();
        openai::chat_response made{.id = facts_.id,
                                   .choices = {},
                                   .created = facts_.created,
                                   .model = facts_.model,
                                   .system_fingerprint = facts_.fingerprint,
                                   .usage = usage_of(used)};
        openai::chat_choice& to = made.choices.emplace_back();
        to.index = 0;
        to.finish_reason = finish_of(said.end.reason);
        to.message = message_of<openai::chat_response_message>(said, facts_.owner.common.ids);
        return json_answer(200, json::encode(made));
    }

    chat_facts facts_;
};

class streamed_chat : public streamed_reply {
  public:
    streamed_chat(exchange_ptr asked, chat_facts facts)
        : streamed_reply(std::move(asked), chat_names(), 1),
          facts_(std::move(facts)),
          chunk_{.id = facts_.id,
                 .choices = {},
                 .created = facts_.created,
                 .model = facts_.model,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    void begin_choice(std::size_t) override {
        openai::message_delta first;
        first.role = openai::role::assistant;
        first.content.emplace();
        write_delta(std::move(first), {});
    }
    void add(std::size_t, answer_delta more) override {
        write_delta(delta_of<openai::message_delta>(more, facts_.owner.common.ids), {});
    }
    void end_choice(std::size_t, const choice_end& end, const totals* used) override {
        write_delta({}, finish_of(end.reason));
        if (!used || !facts_.with_usage) return;
        chunk_.choices.clear();
        chunk_.usage = usage_of(*used);
        write_event(asked(), chunk_);
    }
    void end_answer() override { end_events(asked()); }
    void on_failure_inside(const problem& reason) override {
        asked().body() += "data: " + explanation(reason).body + "\n\n";
        asked().finish();
    }

    void write_delta(openai::message_delta delta, std::optional<openai::finish_reason> finish) {
        openai::chat_chunk_choice only;
        only.index = 0;
        only.delta = std::move(delta);
        if (finish) only.finish_reason = *finish;
        chunk_.choices.assign(1, std::move(only));
        write_event(asked(), chunk_);
    }

    chat_facts facts_;
    openai::chat_chunk chunk_;
};

openai::message message_of(wire::chat_message& given) {
    switch (given.role) {
        case wire::chat_role::system:
            return tessera::system(std::move(given.content));
        case wire::chat_role::assistant:
            return tessera::assistant(std::move(given.content));
        case wire::chat_role::user:
            break;
    }
    return tessera::user(std::move(given.content));
}

}  // namespace

void create_chat_completion(service& with, const exchange_ptr& asked, wire::chat_request request) {
    issue_list issues;
    chat_task task{.messages = {},
                   .how = sampling_of(request, "max_tokens", request.max_tokens, issues)};
    if (request.messages.empty()) wrong(issues, {"messages"}, "too_short", "must not be empty");
    if (refuse_issues(*asked, issues)) return;
    for (wire::chat_message& each : request.messages) task.messages.push_back(message_of(each));
    read_seed(std::nullopt, with.common.ids, task.how);
    const bool streams = wants_stream(asked->request(), request.stream.value_or(false));
    const bool with_usage =
        request.stream_options && request.stream_options->include_usage.value_or(false);
    find_model(with, asked, request.model, inference::chat,
               [&with, asked, name = request.model, task = std::move(task), streams,
                with_usage](answering found) {
                   chat_facts facts{with,
                                    with.common.ids.make("chatcmpl-"),
                                    name,
                                    found.with->card().fingerprint,
                                    seconds_now(with),
                                    with_usage};
                   const auto begin = [&](const auto& reply) { reply->begin(found.with, task); };
                   if (streams)
                       begin(std::make_shared<streamed_chat>(asked, std::move(facts)));
                   else
                       begin(std::make_shared<whole_chat>(asked, std::move(facts)));
               });
}

}  // namespace tessera::server::emissary
