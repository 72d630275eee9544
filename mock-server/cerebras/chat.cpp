#include <utility>

#include "cerebras/handlers.hpp"
#include "cerebras/parameters.hpp"
#include "cerebras/turn.hpp"
#include "inference/local/reader.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cerebras {
namespace {

void append(std::optional<openai::chat_logprobs>& to, std::span<const token> tokens,
            const loaded_model& model) {
    if (!to) to.emplace();
    auto& content = to->content ? *to->content : to->content.emplace();
    for (const token& each : tokens) {
        const std::string_view text = model.token_bytes(each.id);
        openai::token_logprob entry{.token = std::string(text),
                                    .logprob = each.logprob,
                                    .bytes = bytes_of(text),
                                    .top_logprobs = {}};
        for (const auto& [id, logprob] : each.top) {
            const std::string_view other = model.token_bytes(id);
            entry.top_logprobs.push_back(
                {.token = std::string(other), .logprob = logprob, .bytes = bytes_of(other)});
        }
        content.push_back(std::move(entry));
    }
}

// Absent as long as nothing is said.
void grow(std::optional<std::string>& whole, const std::string& more) {
    if (!more.empty()) (whole ? *whole : whole.emplace()) += more;
}

// What both forms of an answer are made of.
struct plan {
    std::size_t choices = 1;
    bool logprobs = false;
    answer_splitter::options answer{};
    thoughts_shown shown = thoughts_shown::apart;
};

class chat_reply : public reply {
  protected:
    chat_reply(exchange_ptr asked, const loaded_model& model, reply_facts facts, const plan& how)
        : reply(std::move(asked), model),
          facts_(std::move(facts)),
          plan_(how),
          readers_(how.choices, answer_reader(model, how.answer, how.shown)) {}

    wire::finish_reason finish_reason_of(std::size_t place, ending reason) const {
        if (reason == ending::length) return wire::finish_reason::length;
        return readers_[place].calls() > 0 ? wire::finish_reason::tool_calls
                                           : wire::finish_reason::stop;
    }

    // At the end: what it all took, accounted for.
    std::pair<openai::usage, wire::time_info> settle() {
        const totals sum = summed();
        facts_.owner.limits.spend(sum.prompt_tokens + sum.completion_tokens);
        std::int64_t thought_tokens = 0;
        for (const answer_reader& each : readers_) thought_tokens += each.thought_tokens();
        return {usage_of(sum, thought_tokens), time_info_of(sum)};
    }

    // Into a choice or a chunk's, which spell them alike.
    template <class Choice>
    void put_logprobs(Choice& to, const answer_delta& from) const {
        if (!plan_.logprobs) return;
        append(to.logprobs, from.content_tokens, model());
        if (!from.thought_tokens.empty())
            append(to.reasoning_logprobs, from.thought_tokens, model());
    }

    reply_facts facts_;
    plan plan_;
    std::vector<answer_reader> readers_;  // by choice
};

// One answer when all choices have ended.
class whole_chat : public chat_reply {
  public:
    whole_chat(exchange_ptr asked, const loaded_model& model, reply_facts facts, const plan& how)
        : chat_reply(std::move(asked), model, std::move(facts), how) {
        for (std::size_t i = 0; i < how.choices; ++i)
            choices_.push_back({.finish_reason = wire::finish_reason::stop,
                                .index = static_cast<std::int64_t>(i),
                                .message = {.role = openai::role::assistant}});
    }

  private:
    void on_step(step& next) override {
        add(next.generation, readers_[next.generation].next(next));
    }
    void on_end(std::size_t place, const outcome& end) override {
        add(place, readers_[place].finish(end.reason == ending::stop));
        wire::chat_choice& to = choices_[place];
        to.finish_reason = finish_reason_of(place, end.reason);
        if (!to.message.content && !to.message.tool_calls) to.message.content.emplace();
    }
    void on_all_ended() override {
        auto [usage, time] = settle();
        const wire::chat_response made{.id = facts_.id,
                                       .choices = std::move(choices_),
                                       .created = facts_.created,
                                       .model = facts_.model,
                                       .service_tier = facts_.service_tier,
                                       .system_fingerprint = facts_.fingerprint,
                                       .usage = std::move(usage),
                                       .time_info = std::move(time)};
        asked().respond(json_answer(200, json::encode(made)));
    }
    void on_failure_inside(const problem&) override {}

    void add(std::size_t place, answer_delta more) {
        wire::chat_choice& to = choices_[place];
        put_logprobs(to, more);
        grow(to.message.content, more.content);
        grow(to.message.reasoning, more.thoughts);
        for (answer_delta::call& each : more.calls) {
            if (!to.message.tool_calls) to.message.tool_calls.emplace();
            if (!each.name.empty())
                to.message.tool_calls->push_back(
                    {.id = facts_.owner.common.ids.make("call_"),
                     .function = {.name = std::move(each.name), .arguments = {}}});
            to.message.tool_calls->back().function.arguments += each.arguments;
        }
    }

    std::vector<wire::chat_choice> choices_;
};

class streamed_chat : public chat_reply {
  public:
    streamed_chat(exchange_ptr asked, const loaded_model& model, reply_facts facts, const plan& how)
        : chat_reply(std::move(asked), model, std::move(facts), how),
          choices_(how.choices),
          chunk_{.id = facts_.id,
                 .choices = std::vector<wire::chat_chunk_choice>(1),
                 .created = facts_.created,
                 .model = facts_.model,
                 .service_tier = facts_.service_tier,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    struct choice {
        bool begun = false;
        bool said = false;  // content, or a call
    };

    void on_step(step& next) override {
        begin_choice(next.generation);
        write(next.generation, readers_[next.generation].next(next));
    }

    void on_end(std::size_t place, const outcome& end) override {
        begin_choice(place);
        write(place, readers_[place].finish(end.reason == ending::stop));
        wire::chat_chunk_choice& last = fresh_choice(place);
        last.delta.emplace();
        if (!choices_[place].said) last.delta->content.emplace();
        last.finish_reason = finish_reason_of(place, end.reason);
        if (all_ended()) {
            auto [usage, time] = settle();
            if (facts_.with_usage) chunk_.usage = std::move(usage);
            chunk_.time_info = std::move(time);
        }
        write_event(asked().body(), chunk_);
    }

    void on_all_ended() override { end_events(asked()); }
    void on_failure_inside(const problem& reason) override { fail_stream(asked(), reason); }

    void begin_choice(std::size_t place) {
        start_events(asked());
        if (std::exchange(choices_[place].begun, true)) return;
        fresh_choice(place).delta.emplace().role = openai::role::assistant;
        write_event(asked().body(), chunk_);
    }

    void write(std::size_t place, answer_delta more) {
        if (more.empty()) return;
        choices_[place].said |= !more.content.empty() || !more.calls.empty();
        wire::chat_chunk_choice& next = fresh_choice(place);
        wire::message_delta& delta = next.delta.emplace();
        if (!more.content.empty()) delta.content = std::move(more.content);
        if (!more.thoughts.empty()) delta.reasoning = std::move(more.thoughts);
        if (!more.calls.empty()) {
            auto& calls = delta.tool_calls.emplace();
            for (answer_delta::call& each : more.calls) calls.push_back(call_of(std::move(each)));
        }
        put_logprobs(next, more);
        write_event(asked().body(), chunk_);
    }

    openai::tool_call_delta call_of(answer_delta::call from) {
        openai::tool_call_delta made;
        made.index = static_cast<std::int64_t>(from.index);
        made.function.arguments = std::move(from.arguments);
        if (from.name.empty()) return made;
        made.id = facts_.owner.common.ids.make("call_");
        made.function.name = std::move(from.name);
        return made;
    }

    wire::chat_chunk_choice& fresh_choice(std::size_t place) {
        wire::chat_chunk_choice& only = chunk_.choices->front();
        only = {};
        only.index = static_cast<std::int64_t>(place);
        return only;
    }

    std::vector<choice> choices_;
    wire::chat_chunk chunk_;  // its only choice changes from event to event
};

// The prompt of a conversation; a problem if there is no room for an answer.
std::variant<std::vector<int>, problem> prompt_of(const conversation& talk,
                                                  const loaded_model& model) {
    auto prompt = model.chat_prompt(talk);
    if (prompt)
        if (const auto fits = model.check_length(prompt->size()); !fits) prompt = fits.error();
    if (prompt) return *std::move(prompt);
    return problem{.status = 400,
                   .message = prompt.error().message,
                   .param = "messages",
                   .code = prompt.error().kind == error_kind::bad_request
                               ? "context_length_exceeded"
                               : "invalid_messages"};
}

void generate(service& with, const exchange_ptr& asked, const wire::chat_request& request,
              const listing& chosen, const generation& sampling, std::size_t choices,
              const turn& wanted_turn) {
    const auto prompt = prompt_of(wanted_turn.talk, *chosen.model);
    if (const auto* refused = std::get_if<problem>(&prompt)) return asked->respond(*refused);
    const std::uint64_t seed = base_seed(request.seed, with.common.ids);
    std::vector<generation> wanted(choices, sampling);
    for (std::size_t i = 0; i < choices; ++i) {
        wanted[i].prompt = std::get<std::vector<int>>(prompt);
        wanted[i].seed = choice_seed(seed, i);
    }
    reply_facts facts(with, chosen);
    if (request.service_tier)
        facts.service_tier = *request.service_tier == wire::service_tier::automatic
                                 ? "default"
                                 : std::string(request.service_tier->text());
    if (request.stream_options)
        facts.with_usage = request.stream_options->include_usage.value_or(true);
    const plan how{.choices = choices,
                   .logprobs = sampling.top_logprobs >= 0,
                   .answer = wanted_turn.parts(),
                   .shown = wanted_turn.shown};
    const auto begin = [&]<class Reply>(std::type_identity<Reply>) {
        std::make_shared<Reply>(asked, *chosen.model, std::move(facts), how)
            ->begin(std::move(wanted), choices);
    };
    if (request.stream.value_or(false))
        begin(std::type_identity<streamed_chat>());
    else
        begin(std::type_identity<whole_chat>());
}

}  // namespace

void create_chat_completion(service& with, const exchange_ptr& asked, wire::chat_request request) {
    const listing* const chosen = with.find(request.model);
    if (!chosen) return asked->respond(unknown_model(request.model));
    issue_list issues;
    generation sampling = sampling_of(request, *chosen->model, issues);
    const std::size_t choices = choices_of(request.n, issues);
    turn wanted = turn_of(request, *chosen->model, issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    if (const auto refused = refuse_unsupported(request, *chosen->model))
        return asked->respond(*refused);
    sampling.rules = compile_rules(wanted.rules, wanted.tool_places, *chosen->model, issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    generate(with, asked, request, *chosen, sampling, choices, wanted);
}

}  // namespace tessera::server::cerebras
