#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "cerebras/handlers.hpp"
#include "cerebras/parameters.hpp"
#include "cerebras/turn.hpp"
#include "inference/local/reader.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cerebras {
namespace {

// One prompt of a request: what the model continues, and what an echo shows of it.
struct prompt_text {
    std::vector<int> tokens;
    std::string text;
    std::size_t hidden = 0;  // tokens in front that the text does not show
    bool thinking = false;   // it ends inside of thoughts that are told from the text
    compiled_rules rules{};
};

struct plan {
    std::vector<prompt_text> prompts;
    std::size_t choices = 1;     // of each prompt
    std::size_t candidates = 1;  // of which the choices are the best
    bool echo = false;
    bool raw_tokens = false;
    bool logprobs = false;
    thoughts_shown shown = thoughts_shown::inside;

    std::size_t prompt_of(std::size_t generation) const { return generation / candidates; }
};

// Writes tokens into a choice as the request asked for them.
class token_writer {
  public:
    token_writer(const plan& how, const loaded_model& model) : how_(how), model_(model) {}

    bool wants() const { return how_.raw_tokens || how_.logprobs; }

    template <class Choice>
    void append(Choice& to, std::span<const token> tokens) {
        if (how_.raw_tokens) {
            if (!to.tokens) to.tokens.emplace();
            for (const token& each : tokens) to.tokens->push_back(each.id);
        }
        if (!how_.logprobs) return;
        if (!to.logprobs) {
            to.logprobs.emplace();
            to.logprobs->text_offset.emplace();
            to.logprobs->token_logprobs.emplace();
            to.logprobs->tokens.emplace();
            to.logprobs->top_logprobs.emplace();
        }
        for (const token& each : tokens) append_logprob(*to.logprobs, each);
    }

  private:
    void append_logprob(wire::completion_logprobs& to, const token& each) {
        const std::string text(model_.token_bytes(each.id));
        to.text_offset->push_back(offset_);
        // In characters: bytes that begin one.
        offset_ += std::count_if(text.begin(), text.end(),
                                 [](char byte) { return (byte & 0xc0) != 0x80; });
        to.tokens->push_back(text);
        if (std::isnan(each.logprob)) {
            to.token_logprobs->emplace_back(nullptr);
            to.top_logprobs->emplace_back(nullptr);
            return;
        }
        to.token_logprobs->emplace_back(each.logprob);
        std::map<std::string, double> top;
        for (const auto& [id, logprob] : each.top)
            top.emplace(std::string(model_.token_bytes(id)), logprob);
        top.emplace(text, each.logprob);
        to.top_logprobs->emplace_back(std::move(top));
    }

    const plan& how_;
    const loaded_model& model_;
    std::int64_t offset_ = 0;
};

// The prompt's tokens, as an echo shows them.
std::vector<token> echoed_tokens(const prompt_text& prompt, step* scored) {
    std::vector<token> all;
    if (scored) {
        all = std::move(scored->tokens);
    } else {
        for (const int id : prompt.tokens) all.push_back({.id = id});
    }
    all.erase(all.begin(), all.begin() + std::ptrdiff_t(prompt.hidden));
    return all;
}

// The members that an answer and a chunk name alike.
template <class Choice>
void put_text(Choice& to, std::string text, const plan& how) {
    if (!how.raw_tokens) to.text = std::move(text);
}

// The specification has no member for them in a choice.
template <class Choice>
void put_thoughts(Choice& to, std::string thoughts) {
    if (!thoughts.empty()) to.extra = {{"reasoning", std::move(thoughts)}};
}

// The readers of all generations.
std::vector<answer_reader> readers_of(const plan& how, const loaded_model& model) {
    std::vector<answer_reader> made;
    for (std::size_t i = 0; i < how.prompts.size() * how.candidates; ++i) {
        const bool thinking = how.prompts[how.prompt_of(i)].thinking;
        const bool may_think = !thinking && how.shown != thoughts_shown::inside;
        made.emplace_back(model,
                          answer_splitter::options{.thinking = thinking, .may_think = may_think},
                          how.shown);
    }
    return made;
}

std::int64_t thought_tokens_of(const std::vector<answer_reader>& readers) {
    std::int64_t sum = 0;
    for (const answer_reader& each : readers) sum += each.thought_tokens();
    return sum;
}

class whole_completion : public reply {
  public:
    whole_completion(exchange_ptr asked, const loaded_model& model, reply_facts facts, plan how)
        : reply(std::move(asked), model),
          facts_(std::move(facts)),
          plan_(std::move(how)),
          candidates_(plan_.prompts.size() * plan_.candidates),
          readers_(readers_of(plan_, reply::model())) {}

  private:
    struct candidate {
        std::string text;
        std::string thoughts;
        std::vector<token> prompt;
        std::vector<token> tokens;
        ending reason = ending::stop;
        double logprob = 0;  // of all tokens together
        std::size_t count = 0;

        double score() const { return count == 0 ? 0 : logprob / static_cast<double>(count); }
        void add(answer_delta more) {
            text += more.content;
            thoughts += more.thoughts;
            std::move(more.content_tokens.begin(), more.content_tokens.end(),
                      std::back_inserter(tokens));
        }
    };

    void on_step(step& next) override {
        candidate& to = candidates_[next.generation];
        if (next.of_prompt) {
            to.prompt = echoed_tokens(plan_.prompts[plan_.prompt_of(next.generation)], &next);
            return;
        }
        for (const token& each : next.tokens) to.logprob += each.logprob;
        to.count += next.tokens.size();
        to.add(readers_[next.generation].next(next));
    }

    void on_end(std::size_t place, const outcome& end) override {
        candidates_[place].reason = end.reason;
        candidates_[place].add(readers_[place].finish(end.reason == ending::stop));
    }

    void on_all_ended() override {
        const totals sum = summed();
        facts_.owner.limits.spend(sum.prompt_tokens + sum.completion_tokens);
        wire::completion_response made{.id = facts_.id,
                                       .choices = {},
                                       .created = facts_.created,
                                       .model = facts_.model,
                                       .system_fingerprint = facts_.fingerprint,
                                       .usage = usage_of(sum, thought_tokens_of(readers_)),
                                       .time_info = time_info_of(sum)};
        for (std::size_t prompt = 0; prompt < plan_.prompts.size(); ++prompt)
            for (const std::size_t best : ranked(prompt)) {
                wire::completion_choice& choice = made.choices.emplace_back(wire::completion_choice{
                    .index = static_cast<std::int64_t>(made.choices.size())});
                fill(choice, candidates_[best], plan_.prompts[prompt]);
            }
        asked().respond(json_answer(200, json::encode(made)));
    }
    void on_failure_inside(const problem&) override {}

    // The candidates that answer for a prompt: all in their order, or the likeliest ones.
    std::vector<std::size_t> ranked(std::size_t prompt) const {
        std::vector<std::size_t> order(plan_.candidates);
        std::iota(order.begin(), order.end(), prompt * plan_.candidates);
        if (plan_.choices == plan_.candidates) return order;
        std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
            return candidates_[a].score() > candidates_[b].score();
        });
        order.resize(plan_.choices);
        return order;
    }

    void fill(wire::completion_choice& to, candidate& from, const prompt_text& prompt) {
        to.finish_reason = from.reason == ending::length ? wire::completion_finish_reason::length
                                                         : wire::completion_finish_reason::stop;
        put_text(to, plan_.echo ? prompt.text + from.text : std::move(from.text), plan_);
        put_thoughts(to, std::move(from.thoughts));
        token_writer writer(plan_, model());
        if (!writer.wants()) return;
        if (plan_.echo)
            writer.append(to, from.prompt.empty() ? echoed_tokens(prompt, nullptr) : from.prompt);
        writer.append(to, from.tokens);
    }

    reply_facts facts_;
    plan plan_;
    std::vector<candidate> candidates_;
    std::vector<answer_reader> readers_;
};

class streamed_completion : public reply {
  public:
    streamed_completion(exchange_ptr asked, const loaded_model& model, reply_facts facts, plan how)
        : reply(std::move(asked), model),
          facts_(std::move(facts)),
          plan_(std::move(how)),
          choices_(plan_.prompts.size() * plan_.candidates, choice{{plan_, reply::model()}}),
          readers_(readers_of(plan_, reply::model())),
          chunk_{.id = facts_.id,
                 .choices = std::vector<wire::completion_chunk_choice>(1),
                 .created = facts_.created,
                 .model = facts_.model,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    struct choice {
        token_writer writer;
        bool begun = false;
    };

    void on_step(step& next) override {
        begin_choice(next.generation, next.of_prompt ? &next : nullptr);
        if (next.of_prompt) return;
        write(next.generation, readers_[next.generation].next(next));
    }

    void on_end(std::size_t place, const outcome& end) override {
        begin_choice(place, nullptr);
        write(place, readers_[place].finish(end.reason == ending::stop));
        wire::completion_chunk_choice& last = fresh_choice(place);
        put_text(last, {}, plan_);
        last.finish_reason = finish_of(end.reason);
        if (all_ended()) {
            const totals sum = summed();
            facts_.owner.limits.spend(sum.prompt_tokens + sum.completion_tokens);
            if (facts_.with_usage) chunk_.usage = usage_of(sum, thought_tokens_of(readers_));
            chunk_.time_info = time_info_of(sum);
        }
        write_event(asked().body(), chunk_);
    }

    void on_all_ended() override { end_events(asked()); }
    void on_failure_inside(const problem& reason) override { fail_stream(asked(), reason); }

    void begin_choice(std::size_t place, step* scored) {
        start_events(asked());
        if (std::exchange(choices_[place].begun, true) || !plan_.echo) return;
        const prompt_text& prompt = plan_.prompts[plan_.prompt_of(place)];
        const bool wants = choices_[place].writer.wants();
        write(place,
              {.content = prompt.text,
               .content_tokens = wants ? echoed_tokens(prompt, scored) : std::vector<token>()});
    }

    void write(std::size_t place, answer_delta more) {
        if (!choices_[place].writer.wants()) more.content_tokens.clear();
        if ((more.content.empty() || plan_.raw_tokens) && more.content_tokens.empty() &&
            more.thoughts.empty())
            return;
        wire::completion_chunk_choice& next = fresh_choice(place);
        put_text(next, std::move(more.content), plan_);
        put_thoughts(next, std::move(more.thoughts));
        choices_[place].writer.append(next, more.content_tokens);
        write_event(asked().body(), chunk_);
    }

    wire::completion_chunk_choice& fresh_choice(std::size_t place) {
        wire::completion_chunk_choice& only = chunk_.choices->front();
        only = {};
        only.index = static_cast<std::int64_t>(place);
        return only;
    }

    reply_facts facts_;
    plan plan_;
    std::vector<choice> choices_;
    std::vector<answer_reader> readers_;
    wire::completion_chunk chunk_;  // its only choice changes from event to event
};

// Reads the four forms of `prompt`.
class prompt_reader {
  public:
    prompt_reader(const loaded_model& model, issue_list& issues) : model_(model), issues_(issues) {}

    result<std::vector<prompt_text>> read(const wire::prompt& given) {
        if (const auto* text = std::get_if<std::string>(&given)) {
            add_text(*text);
        } else if (const auto* texts = std::get_if<std::vector<std::string>>(&given)) {
            if (texts->empty()) complain({"prompt"}, "too_short", "must not be empty");
            for (const std::string& each : *texts) add_text(each);
        } else if (const auto* ids = std::get_if<std::vector<int>>(&given)) {
            add_ids(*ids, {"prompt"});
        } else {
            const auto& lists = std::get<std::vector<std::vector<int>>>(given);
            for (std::size_t i = 0; i < lists.size(); ++i) add_ids(lists[i], {"prompt", i});
        }
        if (failure_) return std::move(*failure_);
        return std::move(prompts_);
    }

  private:
    void complain(json::path_type path, const char* type, std::string message) {
        issues_.push_back({std::move(path), type, std::move(message)});
    }

    void add_text(const std::string& text) {
        if (failure_) return;
        auto tokens = model_.text_prompt(text);
        if (!tokens) {
            failure_ = tokens.error();
            return;
        }
        const bool hides = model_.is_special(tokens->front()) &&
                           !text.starts_with(model_.token_bytes(tokens->front()));
        add({.tokens = std::move(*tokens), .text = text, .hidden = hides});
    }

    void add_ids(const std::vector<int>& ids, json::path_type path) {
        if (ids.empty()) return complain(std::move(path), "too_short", "must not be empty");
        for (std::size_t i = 0; i < ids.size(); ++i)
            if (ids[i] < 0 || ids[i] >= model_.vocabulary_size()) {
                path.emplace_back(i);
                return complain(
                    std::move(path), "value_error",
                    "is not a token id from 0 to " + std::to_string(model_.vocabulary_size() - 1));
            }
        add({.tokens = ids, .text = model_.decode(ids)});
    }

    void add(prompt_text made) {
        if (const auto fits = model_.check_length(made.tokens.size()); !fits && !failure_)
            failure_ = fits.error();
        prompts_.push_back(std::move(made));
    }

    const loaded_model& model_;
    issue_list& issues_;
    std::vector<prompt_text> prompts_;
    std::optional<error> failure_;
};

// A prompt is of any form, and may end inside of thoughts. The grammar is of what follows them.
void constrain(const wire::completion_request& request, plan& made, const loaded_model& model,
               issue_list& issues) {
    const std::string& mark = model.speaks().marks.think;
    const bool apart = made.shown != thoughts_shown::inside && !mark.empty();
    for (prompt_text& each : made.prompts) {
        const std::size_t last = each.text.find_last_not_of(" \t\r\n");
        each.thinking = apart && std::string_view(each.text).substr(0, last + 1).ends_with(mark);
        if (!issues.empty()) continue;
        each.rules = compile_rules({.thinking = each.thinking,
                                    .may_think = apart && !each.thinking,
                                    .grammar = request.grammar_root.value_or("")},
                                   {}, model, issues);
    }
}

// How many choices and candidates; what is wrong goes to `issues`.
void count_choices(const wire::completion_request& request, plan& made, issue_list& issues) {
    made.choices = choices_of(request.n, issues);
    const auto best_of = static_cast<std::size_t>(request.best_of.value_or(0));
    made.candidates = best_of > 1 ? best_of : made.choices;
    if (made.candidates < made.choices)
        issues.push_back({{"best_of"}, "value_error", "must not be less than n"});
    else if (made.candidates > made.choices && request.stream.value_or(false))
        issues.push_back({{"best_of"},
                          "value_error",
                          "must not be more than n in a stream: the best is known at the end"});
    if (made.prompts.size() * made.candidates > most_choices)
        issues.push_back({{"prompt"},
                          "too_long",
                          "asks for more than " + std::to_string(most_choices) +
                              " completions at once, all prompts together"});
}

void generate(service& with, const exchange_ptr& asked, const wire::completion_request& request,
              const listing& chosen, generation sampling, plan how) {
    const std::uint64_t seed = base_seed(request.seed, with.common.ids);
    // Candidates are ranked by their log probabilities.
    if (how.candidates > how.choices) sampling.top_logprobs = std::max(sampling.top_logprobs, 0);
    std::vector<generation> wanted;
    for (const prompt_text& prompt : how.prompts)
        for (std::size_t i = 0; i < how.candidates; ++i) {
            generation& each = wanted.emplace_back(sampling);
            each.prompt = prompt.tokens;
            each.rules = prompt.rules;
            each.seed = choice_seed(seed, i);
        }
    reply_facts facts(with, chosen);
    if (request.stream_options)
        facts.with_usage = request.stream_options->include_usage.value_or(true);
    const std::size_t candidates = how.candidates;
    if (request.stream.value_or(false))
        std::make_shared<streamed_completion>(asked, *chosen.model, std::move(facts),
                                              std::move(how))
            ->begin(std::move(wanted), candidates);
    else
        std::make_shared<whole_completion>(asked, *chosen.model, std::move(facts), std::move(how))
            ->begin(std::move(wanted), candidates);
}

}  // namespace

void create_completion(service& with, const exchange_ptr& asked, wire::completion_request request) {
    const listing* const chosen = with.find(request.model);
    if (!chosen) return asked->respond(unknown_model(request.model));
    if (request.suffix && !request.suffix->empty())
        return asked->respond(unsupported(
            "suffix", "it cannot fill in text before another; leave the parameter out"));
    issue_list issues;
    const generation sampling = sampling_of(request, *chosen->model, issues);
    auto prompts = prompt_reader(*chosen->model, issues).read(request.prompt);
    plan how{.prompts = prompts ? std::move(*prompts) : std::vector<prompt_text>(),
             .echo = request.echo.value_or(false),
             .raw_tokens = request.return_raw_tokens.value_or(false),
             .logprobs = request.logprobs.has_value()};
    // Text is text unless it is asked for in parts.
    if (request.reasoning_format && *request.reasoning_format != wire::reasoning_format::none)
        how.shown = shown_thoughts(*request.reasoning_format);
    if (request.grammar_root && request.grammar_root->empty())
        issues.push_back({{"grammar_root"}, "string_too_short", "must not be empty"});
    count_choices(request, how, issues);
    constrain(request, how, *chosen->model, issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    if (!prompts)
        return asked->respond(problem{.status = 400,
                                      .message = prompts.error().message,
                                      .param = "prompt",
                                      .code = "context_length_exceeded"});
    generate(with, asked, request, *chosen, sampling, std::move(how));
}

}  // namespace tessera::server::cerebras
