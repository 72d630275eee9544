#include <utility>

#include "cerebras/handlers.hpp"
#include "cerebras/words.hpp"
#include "chat/logprobs.hpp"
#include "chat/openai_chat.hpp"
#include "chat/reply.hpp"
#include "chat/usage.hpp"
#include "tessera/json.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebras {
namespace {

// Into a choice or a chunk's, which spell them alike.
template <class Choice>
void put_logprobs(Choice& to, std::span<const token> content, std::span<const token> thoughts) {
    append(to.logprobs, content);
    if (!thoughts.empty()) append(to.reasoning_logprobs, thoughts);
}

class whole_chat : public whole_reply {
  public:
    whole_chat(exchange_ptr asked, part_names names, std::size_t choices, reply_facts facts)
        : whole_reply(std::move(asked), std::move(names), choices), facts_(std::move(facts)) {}

  private:
    answer write(std::vector<said_choice> choices, const totals& used) override {
        facts_.owner.limits.spend(tokens_of(used));
        wire::chat_response made{.id = facts_.id,
                                 .choices = {},
                                 .created = facts_.created,
                                 .model = facts_.model,
                                 .service_tier = facts_.service_tier,
                                 .system_fingerprint = facts_.fingerprint,
                                 .usage = usage_of(used),
                                 .time_info = time_info_of(used)};
        for (said_choice& each : choices) {
            wire::chat_choice& to = made.choices.emplace_back();
            to.index = static_cast<std::int64_t>(made.choices.size()) - 1;
            to.finish_reason = finish_of(each.end.reason);
            to.message = message_of<wire::chat_response_message>(each, ids());
            if (facts_.logprobs) put_logprobs(to, each.content_tokens, each.thought_tokens);
        }
        return json_answer(200, json::encode(made));
    }

    id_source& ids() { return facts_.owner.common.ids; }

    reply_facts facts_;
};

class streamed_chat : public streamed_reply {
  public:
    streamed_chat(exchange_ptr asked, part_names names, std::size_t choices, reply_facts facts)
        : streamed_reply(std::move(asked), std::move(names), choices),
          facts_(std::move(facts)),
          said_(choices),
          chunk_{.id = facts_.id,
                 .choices = std::vector<wire::chat_chunk_choice>(1),
                 .created = facts_.created,
                 .model = facts_.model,
                 .service_tier = facts_.service_tier,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    void begin_choice(std::size_t choice) override {
        fresh(choice).delta.emplace().role = openai::role::assistant;
        write_event(asked(), chunk_);
    }

    void add(std::size_t choice, answer_delta more) override {
        if (!more.content.empty() || !more.calls.empty()) said_[choice] = true;
        wire::chat_chunk_choice& next = fresh(choice);
        next.delta = delta_of<wire::message_delta>(more, facts_.owner.common.ids);
        if (facts_.logprobs) put_logprobs(next, more.content_tokens, more.thought_tokens);
        write_event(asked(), chunk_);
    }

    void end_choice(std::size_t choice, const choice_end& end, const totals* used) override {
        wire::chat_chunk_choice& last = fresh(choice);
        last.delta.emplace();
        if (!said_[choice]) last.delta->content.emplace();
        last.finish_reason = finish_of(end.reason);
        if (used) {
            facts_.owner.limits.spend(tokens_of(*used));
            if (facts_.with_usage) chunk_.usage = usage_of(*used);
            chunk_.time_info = time_info_of(*used);
        }
        write_event(asked(), chunk_);
    }

    void end_answer() override { end_events(asked()); }
    void on_failure_inside(const problem& reason) override { fail_stream(asked(), reason); }

    wire::chat_chunk_choice& fresh(std::size_t choice) {
        wire::chat_chunk_choice& only = chunk_.choices->front();
        only = {};
        only.index = static_cast<std::int64_t>(choice);
        return only;
    }

    reply_facts facts_;
    std::vector<bool> said_;  // content, or a call
    wire::chat_chunk chunk_;  // its only choice changes from event to event
};

chat_task task_of(wire::chat_request& request, const model_card& card, issue_list& issues) {
    if (request.disable_reasoning.value_or(false) && request.reasoning_effort &&
        *request.reasoning_effort != wire::reasoning_effort::none)
        wrong(issues, {"disable_reasoning"}, "value_error",
              "contradicts reasoning_effort; give one of them");
    chat_task made = read_chat(request, card, issues);
    made.thinks = effort_of(request);
    made.shown = shown_of(request.reasoning_format);
    made.how.priority = priority_of(request.service_tier);
    if (request.clear_thinking.value_or(false)) forget_thoughts(made.messages);
    return made;
}

}  // namespace

void create_chat_completion(service& with, const exchange_ptr& asked, wire::chat_request request) {
    const listing* const chosen = with.find(request.model);
    if (!chosen) return asked->respond(unknown_model(request.model));
    part_names names = names_of(request);
    issue_list issues;
    chat_task task = task_of(request, chosen->model->card(), issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    read_seed(request.seed, with.common.ids, task.how);
    reply_facts facts(with, *chosen);
    facts.service_tier = served_tier(request.service_tier);
    facts.logprobs = task.how.top_logprobs >= 0;
    const std::size_t choices = task.choices;
    begin_reply<whole_chat, streamed_chat>(asked, request, std::move(names), choices,
                                           std::move(facts), *chosen->model, std::move(task));
}

}  // namespace tessera::server::cerebras
