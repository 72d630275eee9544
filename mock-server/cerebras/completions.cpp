#include <utility>

#include "cerebras/handlers.hpp"
#include "cerebras/words.hpp"
#include "chat/logprobs.hpp"
#include "chat/reply.hpp"
#include "chat/texts.hpp"
#include "chat/usage.hpp"
#include "tessera/json.hpp"
#include "web/events.hpp"

namespace tessera::server::cerebras {
namespace {

// Which members a choice has.
struct manner {
    bool raw_tokens = false;
    bool logprobs = false;
    std::size_t made_of_each = 1;   // choices of a prompt
    std::size_t shown_of_each = 1;  // the best of them
};

// Of an answer and of a chunk, which name their members alike.
template <class Choice>
void put(Choice& to, std::string text, std::string thoughts, std::span<const token> tokens,
         const manner& how, text_logprobs_writer& logprobs) {
    if (!how.raw_tokens) to.text = std::move(text);
    // The specification has no member for them in a choice.
    if (!thoughts.empty()) to.extra = {{"reasoning", std::move(thoughts)}};
    if (how.raw_tokens && !tokens.empty()) {
        to.tokens.emplace();
        for (const token& each : tokens) to.tokens->push_back(each.id.value_or(0));
    }
    if (how.logprobs && !tokens.empty()) logprobs.append(to.logprobs, tokens);
}

class whole_completion : public whole_reply {
  public:
    whole_completion(exchange_ptr asked, part_names names, std::size_t choices, reply_facts facts,
                     const manner& how)
        : whole_reply(std::move(asked), std::move(names), choices),
          facts_(std::move(facts)),
          how_(how) {}

  private:
    answer write(std::vector<said_choice> choices, const totals& used) override {
        facts_.owner.limits.spend(tokens_of(used));
        wire::completion_response made{.id = facts_.id,
                                       .choices = {},
                                       .created = facts_.created,
                                       .model = facts_.model,
                                       .system_fingerprint = facts_.fingerprint,
                                       .usage = usage_of(used),
                                       .time_info = time_info_of(used)};
        for (const std::size_t best : ranked(choices, how_.made_of_each, how_.shown_of_each)) {
            said_choice& from = choices[best];
            wire::completion_choice& to = made.choices.emplace_back();
            to.index = static_cast<std::int64_t>(made.choices.size()) - 1;
            to.finish_reason = text_finish_of(from.end.reason);
            text_logprobs_writer logprobs;
            put(to, std::move(from.content).value_or(""), std::move(from.thoughts).value_or(""),
                from.content_tokens, how_, logprobs);
        }
        return json_answer(200, json::encode(made));
    }

    reply_facts facts_;
    manner how_;
};

class streamed_completion : public streamed_reply {
  public:
    streamed_completion(exchange_ptr asked, part_names names, std::size_t choices,
                        reply_facts facts, const manner& how)
        : streamed_reply(std::move(asked), std::move(names), choices),
          facts_(std::move(facts)),
          how_(how),
          logprobs_(choices),
          chunk_{.id = facts_.id,
                 .choices = std::vector<wire::completion_chunk_choice>(1),
                 .created = facts_.created,
                 .model = facts_.model,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    void begin_choice(std::size_t) override {}

    void add(std::size_t choice, answer_delta more) override {
        if ((more.content.empty() || how_.raw_tokens) && more.content_tokens.empty() &&
            more.thoughts.empty())
            return;
        put(fresh(choice), std::move(more.content), std::move(more.thoughts), more.content_tokens,
            how_, logprobs_[choice]);
        write_event(asked(), chunk_);
    }

    void end_choice(std::size_t choice, const choice_end& end, const totals* used) override {
        wire::completion_chunk_choice& last = fresh(choice);
        put(last, {}, {}, {}, how_, logprobs_[choice]);
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

    wire::completion_chunk_choice& fresh(std::size_t choice) {
        wire::completion_chunk_choice& only = chunk_.choices->front();
        only = {};
        only.index = static_cast<std::int64_t>(choice);
        return only;
    }

    reply_facts facts_;
    manner how_;
    std::vector<text_logprobs_writer> logprobs_;
    wire::completion_chunk chunk_;  // its only choice changes from event to event
};

text_task task_of(const wire::completion_request& request, const model_card& card, manner& how,
                  issue_list& issues) {
    text_task made;
    read_sampling(request, card, made.how, issues);
    read_token_counts({"max_tokens", request.max_tokens}, {"min_tokens", request.min_tokens},
                      made.how, issues);
    made.how.top_logprobs = request.logprobs.value_or(-1);
    read_prompts(request.prompt, "prompt", card, made.prompts, issues);
    made.echo = request.echo.value_or(false);
    made.raw_tokens = request.return_raw_tokens.value_or(false);
    made.grammar = request.grammar_root.value_or("");
    if (request.grammar_root && request.grammar_root->empty())
        wrong(issues, {"grammar_root"}, "string_too_short", "must not be empty");
    // Text is text unless it is asked for in parts.
    if (request.reasoning_format && *request.reasoning_format != wire::reasoning_format::none)
        made.shown = shown_of(request.reasoning_format);
    how = {.raw_tokens = made.raw_tokens, .logprobs = request.logprobs.has_value()};
    how.shown_of_each = read_text_choices(request.n, request.best_of,
                                          request.stream.value_or(false), "prompt", made, issues);
    how.made_of_each = made.choices;
    return made;
}

}  // namespace

void create_completion(service& with, const exchange_ptr& asked, wire::completion_request request) {
    const listing* const chosen = with.find(request.model);
    if (!chosen) return asked->respond(unknown_model(request.model));
    if (request.suffix && !request.suffix->empty())
        return asked->respond(unsupported(
            "suffix", "it cannot fill in text before another; leave the parameter out"));
    issue_list issues;
    manner how;
    text_task task = task_of(request, chosen->model->card(), how, issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    read_seed(request.seed, with.common.ids, task.how);
    const std::size_t choices = task.prompts.size() * task.choices;
    begin_reply<whole_completion, streamed_completion>(asked, request, names_of(request), choices,
                                                       reply_facts(with, *chosen), *chosen->model,
                                                       std::move(task), how);
}

}  // namespace tessera::server::cerebras
