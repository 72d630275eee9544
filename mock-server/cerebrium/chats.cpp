#include "cerebrium/chats.hpp"

#include <asio/dispatch.hpp>
#include <stdexcept>
#include <utility>

#include "chat/logprobs.hpp"
#include "chat/openai_chat.hpp"
#include "chat/openai_request.hpp"
#include "chat/reply.hpp"
#include "chat/usage.hpp"
#include "chat/waited_run.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebrium {
namespace {

std::int64_t whole_seconds(const clock& time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.wall().time_since_epoch()).count();
}

// What one answer is made of.
struct answer_facts {
    service& owner;
    chunk_form form;
    std::optional<webhook> hook;
    bool logprobs;
    bool with_usage;  // in a stream
    noted_call noted;
    replicas::place place{};

    void deliver(std::string content_type, std::string body) const {
        if (hook)
            owner.hooks->deliver({*hook, form.run_id, std::move(content_type), std::move(body)});
    }
};

class whole_chat : public whole_reply {
  public:
    whole_chat(exchange_ptr asked, part_names names, std::size_t choices,
               std::unique_ptr<answer_facts> facts)
        : whole_reply(std::move(asked), std::move(names), choices), facts_(std::move(facts)) {}

  private:
    answer write(std::vector<said_choice> choices, const totals& used) override {
        openai::chat_response made{.id = facts_->form.run_id,
                                   .choices = {},
                                   .created = whole_seconds(*facts_->owner.common.options.clock),
                                   .model = facts_->form.model,
                                   .system_fingerprint = facts_->form.fingerprint,
                                   .usage = usage_of(used)};
        for (said_choice& each : choices) {
            openai::chat_choice& to = made.choices.emplace_back();
            to.index = static_cast<std::int64_t>(made.choices.size()) - 1;
            to.finish_reason = finish_of(each.end.reason);
            if (facts_->logprobs) append(to.logprobs, each.content_tokens);
            to.message = message_of<openai::chat_response_message>(each, facts_->owner.common.ids);
        }
        std::string body = json::encode(made);
        facts_->noted.succeed();
        facts_->deliver("application/json", body);
        return json_answer(200, std::move(body));
    }

    std::unique_ptr<answer_facts> facts_;
};

class streamed_chat : public streamed_reply {
  public:
    streamed_chat(exchange_ptr asked, part_names names, std::size_t choices,
                  std::unique_ptr<answer_facts> facts)
        : streamed_reply(std::move(asked), std::move(names), choices),
          facts_(std::move(facts)),
          chunk_(facts_->form.begin(*facts_->owner.common.options.clock)) {}

  private:
    void begin_choice(std::size_t choice) override {
        if (facts_->form.page) return;
        fresh(choice).delta.emplace().role = openai::role::assistant;
        write_chunk();
    }

    void add(std::size_t choice, answer_delta more) override {
        wire::chat_chunk_choice& next = fresh(choice);
        next.text = more.content;
        if (facts_->logprobs) {
            std::optional<openai::chat_logprobs> tokens;
            append(tokens, more.content_tokens);
            if (tokens) next.logprobs = *std::move(tokens);
        }
        if (!facts_->form.page)
            next.delta = delta_of<openai::message_delta>(more, facts_->owner.common.ids);
        write_chunk();
    }

    void end_choice(std::size_t choice, const choice_end& end, const totals* used) override {
        wire::chat_chunk_choice& last = fresh(choice);
        last.finish_reason = finish_of(end.reason);
        if (!facts_->form.page) last.delta.emplace();
        if (used && facts_->with_usage) chunk_.usage = usage_of(*used);
        write_chunk();
    }

    void end_answer() override {
        facts_->noted.succeed();
        facts_->deliver("text/event-stream", std::move(kept_));
        if (facts_->form.page)
            asked().finish();
        else
            end_events(asked());
    }

    void on_failure_inside(const problem& reason) override {
        asked().body() += "data: " + failure_body(reason, facts_->form.run_id) + "\n\n";
        asked().finish();
    }

    wire::chat_chunk_choice& fresh(std::size_t choice) {
        chunk_.created = whole_seconds(*facts_->owner.common.options.clock);
        wire::chat_chunk_choice& only = chunk_.choices.front();
        only = {};
        only.index = static_cast<std::int64_t>(choice);
        only.finish_reason = openai::finish_reason::stop;
        only.text.emplace();
        return only;
    }

    void write_chunk() {
        write_event(asked(), chunk_);
        if (facts_->hook) kept_ += "data: " + json::encode(chunk_) + "\n\n";
    }

    std::unique_ptr<answer_facts> facts_;
    wire::chat_chunk chunk_;  // its only choice changes from event to event
    std::string kept_;        // of what is delivered
};

// A chat that begins when there is a place for it.
struct waiting_chat {
    exchange_ptr asked;
    std::unique_ptr<answer_facts> facts;
    chat_task task;
    bool streams;

    void begin(replicas::place place) {
        if (!asked->open()) return facts.reset();
        service& with = facts->owner;
        facts->place = std::move(place);
        facts->noted.begin();
        const std::size_t choices = task.choices;
        const auto start = [&](auto made) { made->begin(with.engine(), std::move(task)); };
        if (streams)
            start(std::make_shared<streamed_chat>(asked, chat_names(), choices, std::move(facts)));
        else
            start(std::make_shared<whole_chat>(asked, chat_names(), choices, std::move(facts)));
    }
};

}  // namespace

wire::chat_chunk chunk_form::begin(const clock& time) const {
    wire::chat_chunk made{
        .id = run_id, .choices = {}, .created = whole_seconds(time), .model = model};
    if (!page) made.system_fingerprint = fingerprint;
    made.choices.resize(1);
    return made;
}

chat_task read_chat_task(openai::chat_request& request, const model_card& card, bool page,
                         issue_list& issues) {
    chat_task made = read_openai_chat(request, card, issues);
    if (page) made.shown = thoughts_shown::hidden;
    if (page && !made.tools.empty())
        wrong(issues, {"tools"}, "unsupported_parameter",
              "have no place in chunks that are text alone");
    return made;
}

void create_chat_completion(service& with, function_call call) {
    auto admitted = admit_call(with, call);
    if (!admitted) return;
    const std::string& name = admitted->found.function->model;
    if (name.empty()) return run_admitted(with, std::move(call), *std::move(admitted));
    issue_list issues;
    auto given = read_openai<openai::chat_request>(call.parameters, issues);
    if (!given) return call.asked->respond(failure(wrong_parameters(issues)));
    openai::chat_request& request = *given;
    const model_card card = with.engine().card();
    const bool streams =
        request.stream.value_or(false) || wants_stream(call.asked->request(), false);
    const bool page = streams && with.settings.page_chunks;
    chat_task task = read_chat_task(request, card, page, issues);
    if (!issues.empty()) return call.asked->respond(failure(wrong_parameters(issues)));
    read_seed(request.seed, with.common.ids, task.how);
    const bool with_usage =
        request.stream_options && request.stream_options->include_usage.value_or(false);
    std::unique_ptr<answer_facts> facts(
        new answer_facts{with,
                         {admitted->run_id, name, card.fingerprint, page},
                         std::move(admitted->hook),
                         task.how.top_logprobs >= 0,
                         with_usage,
                         noted_call(with, call, *admitted)});
    const auto next = std::make_shared<waiting_chat>(
        waiting_chat{call.asked, std::move(facts), std::move(task), streams});
    const bool entered = admitted->found.replicas->enter([next](replicas::place place) {
        asio::dispatch(next->asked->executor(), [next, place = std::move(place)] {
            guard(next->asked, [&] { next->begin(place); });
        });
    });
    if (!entered) call.asked->respond(failure(too_many_calls(), admitted->run_id));
}

detail::function_body openai_body(service& with, std::string model) {
    const auto bind = [&with, model](const json::value& parameters,
                                     issue_list& issues) -> detail::bound_function {
        auto request = read_openai<openai::chat_request>(parameters, issues);
        if (!request) return nullptr;
        chat_task task = read_chat_task(*request, with.engine().card(), true, issues);
        if (!issues.empty()) return nullptr;
        read_seed(request->seed, with.common.ids, task.how);
        return [&with, model, task](invocation& run) -> std::optional<json::value> {
            const clock& time = *with.common.options.clock;
            wire::chat_chunk chunk = chunk_form{run.run_id(), model, {}, true}.begin(time);
            wire::chat_chunk_choice& only = chunk.choices.front();
            waited_run said(with.engine(), task, with.background.executor());
            while (auto next = said.next(run.stop())) {
                if (next->refused)
                    throw std::runtime_error(problem_of(*next->refused, chat_names()).message);
                only.index = static_cast<std::int64_t>(next->choice);
                only.text = std::move(next->said.content);
                only.finish_reason =
                    next->end ? finish_of(next->end->reason) : openai::finish_reason::stop;
                chunk.created = whole_seconds(time);
                if ((!only.text->empty() || next->end) && !run.yield(chunk)) break;
                if (next->used) break;
            }
            return std::nullopt;
        };
    };
    return {bind, true};
}

}  // namespace tessera::server::cerebrium
