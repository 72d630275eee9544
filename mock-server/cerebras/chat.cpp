#include <utility>

#include "cerebras/handlers.hpp"
#include "cerebras/parameters.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cerebras {
namespace {

openai::chat_logprobs logprobs_of(std::span<const token> tokens, const loaded_model& model) {
    openai::chat_logprobs made;
    auto& content = made.content.emplace();
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
    return made;
}

// One answer when all choices have ended.
class whole_chat : public reply {
  public:
    whole_chat(exchange_ptr asked, const loaded_model& model, reply_facts facts,
               std::size_t choices, bool with_logprobs)
        : reply(std::move(asked), model),
          facts_(std::move(facts)),
          choices_(choices),
          with_logprobs_(with_logprobs) {}

  private:
    struct choice {
        std::string text;
        std::vector<token> tokens;
        token_release release;
        ending reason = ending::stop;
    };

    void on_step(step& next) override {
        choice& to = choices_[next.generation];
        to.text += next.text;
        if (with_logprobs_) append(to.tokens, to.release.next(next, model()));
    }
    void on_end(std::size_t place, const outcome& end) override {
        choice& to = choices_[place];
        to.reason = end.reason;
        append(to.tokens, to.release.rest(end.reason == ending::stop));
    }
    void on_all_ended() override {
        const totals sum = summed();
        facts_.owner.limits.spend(sum.prompt_tokens + sum.completion_tokens);
        wire::chat_response made{.id = facts_.id,
                                 .choices = {},
                                 .created = facts_.created,
                                 .model = facts_.model,
                                 .service_tier = facts_.service_tier,
                                 .system_fingerprint = facts_.fingerprint,
                                 .usage = usage_of(sum),
                                 .time_info = time_info_of(sum)};
        for (std::size_t i = 0; i < choices_.size(); ++i) {
            wire::chat_choice entry{.finish_reason = finish_of(choices_[i].reason),
                                    .index = static_cast<std::int64_t>(i),
                                    .message = {.role = openai::role::assistant}};
            entry.message.content = std::move(choices_[i].text);
            if (with_logprobs_) entry.logprobs = logprobs_of(choices_[i].tokens, model());
            made.choices.push_back(std::move(entry));
        }
        asked().respond(json_answer(200, json::encode(made)));
    }
    void on_failure_inside(const problem&) override {}

    static void append(std::vector<token>& to, std::vector<token> more) {
        std::move(more.begin(), more.end(), std::back_inserter(to));
    }

    reply_facts facts_;
    std::vector<choice> choices_;
    bool with_logprobs_;
};

class streamed_chat : public reply {
  public:
    streamed_chat(exchange_ptr asked, const loaded_model& model, reply_facts facts,
                  std::size_t choices, bool with_logprobs)
        : reply(std::move(asked), model),
          facts_(std::move(facts)),
          choices_(choices),
          with_logprobs_(with_logprobs),
          chunk_{.id = facts_.id,
                 .choices = std::vector<wire::chat_chunk_choice>(1),
                 .created = facts_.created,
                 .model = facts_.model,
                 .service_tier = facts_.service_tier,
                 .system_fingerprint = facts_.fingerprint} {}

  private:
    struct choice {
        token_release release;
        bool begun = false;
    };

    void on_step(step& next) override {
        begin_choice(next.generation);
        std::vector<token> tokens;
        if (with_logprobs_) tokens = choices_[next.generation].release.next(next, model());
        write_text(next.generation, std::move(next.text), tokens);
    }

    void on_end(std::size_t place, const outcome& end) override {
        begin_choice(place);
        const auto left = choices_[place].release.rest(end.reason == ending::stop);
        write_text(place, {}, left);
        wire::chat_chunk_choice& last = fresh_choice(place);
        last.delta.emplace();
        last.finish_reason = finish_of(end.reason);
        if (all_ended()) {
            const totals sum = summed();
            facts_.owner.limits.spend(sum.prompt_tokens + sum.completion_tokens);
            if (facts_.with_usage) chunk_.usage = usage_of(sum);
            chunk_.time_info = time_info_of(sum);
        }
        write_chunk(asked().body(), chunk_);
    }

    void on_all_ended() override { end_stream(asked()); }
    void on_failure_inside(const problem& reason) override { fail_stream(asked(), reason); }

    void begin_choice(std::size_t place) {
        start_stream(asked());
        if (std::exchange(choices_[place].begun, true)) return;
        fresh_choice(place).delta.emplace().role = openai::role::assistant;
        write_chunk(asked().body(), chunk_);
    }

    void write_text(std::size_t place, std::string text, std::span<const token> tokens) {
        if (text.empty() && tokens.empty()) return;
        wire::chat_chunk_choice& next = fresh_choice(place);
        next.delta.emplace().content = std::move(text);
        if (with_logprobs_) next.logprobs = logprobs_of(tokens, model());
        write_chunk(asked().body(), chunk_);
    }

    wire::chat_chunk_choice& fresh_choice(std::size_t place) {
        wire::chat_chunk_choice& only = chunk_.choices->front();
        only = {};
        only.index = static_cast<std::int64_t>(place);
        return only;
    }

    reply_facts facts_;
    std::vector<choice> choices_;
    bool with_logprobs_;
    wire::chat_chunk chunk_;  // its only choice changes from event to event
};

// The conversation as chat templates read it, in plain text; nothing if it holds an image.
std::optional<json::value> template_messages(const wire::chat_request& request) {
    json::value all = json::value::array();
    for (const openai::message& message : request.messages) {
        json::value entry = json::value::object();
        bool has_image = false;
        std::visit(
            [&](const auto& given) {
                using message_type = std::decay_t<decltype(given)>;
                // Templates know the older of the two names for instructions.
                constexpr bool instructs = std::is_same_v<message_type, openai::developer_message>;
                entry["role"] = instructs ? "system" : std::string(given.role.text());
                if (given.name) entry["name"] = *given.name;
                if constexpr (std::is_same_v<message_type, openai::assistant_message>) {
                    entry["content"] = given.content ? openai::text_of(*given.content) : "";
                    if (given.reasoning) entry["reasoning"] = openai::text_of(*given.reasoning);
                    if (given.tool_calls) entry["tool_calls"] = json::to_value(*given.tool_calls);
                } else {
                    entry["content"] = openai::text_of(given.content);
                    if constexpr (std::is_same_v<message_type, openai::tool_message>)
                        entry["tool_call_id"] = given.tool_call_id;
                    else if (const auto* parts =
                                 std::get_if<std::vector<openai::content_part>>(&given.content))
                        for (const openai::content_part& part : *parts)
                            has_image |= !std::holds_alternative<openai::text_content>(part);
                }
            },
            message);
        if (has_image) return std::nullopt;
        all.push_back(std::move(entry));
    }
    return all;
}

void generate(service& with, const exchange_ptr& asked, const wire::chat_request& request,
              const listing& chosen, const generation& sampling, std::size_t choices) {
    const auto messages = template_messages(request);
    if (!messages)
        return asked->respond(problem{.status = 400,
                                      .message = "this model reads text alone, not images",
                                      .param = "messages",
                                      .code = "unsupported_parameter"});
    auto prompt = chosen.model->chat_prompt(*messages);
    if (prompt)
        if (const auto fits = chosen.model->check_length(prompt->size()); !fits)
            prompt = fits.error();
    if (!prompt)
        return asked->respond(problem{.status = 400,
                                      .message = prompt.error().message,
                                      .param = "messages",
                                      .code = prompt.error().kind == error_kind::bad_request
                                                  ? "context_length_exceeded"
                                                  : "invalid_messages"});
    const std::uint64_t seed = base_seed(request.seed, with.common.ids);
    std::vector<generation> wanted(choices, sampling);
    for (std::size_t i = 0; i < choices; ++i) {
        wanted[i].prompt = *prompt;
        wanted[i].seed = choice_seed(seed, i);
    }
    reply_facts facts(with, chosen);
    if (request.service_tier)
        facts.service_tier = *request.service_tier == wire::service_tier::automatic
                                 ? "default"
                                 : std::string(request.service_tier->text());
    if (request.stream_options)
        facts.with_usage = request.stream_options->include_usage.value_or(true);
    const auto begin = [&]<class Reply>(std::type_identity<Reply>) {
        std::make_shared<Reply>(asked, *chosen.model, std::move(facts), choices,
                                sampling.want_tokens)
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
    if (const auto refused = refuse_unsupported(request)) return asked->respond(*refused);
    issue_list issues;
    const generation sampling = sampling_of(request, *chosen->model, issues);
    const std::size_t choices = choices_of(request.n, issues);
    if (!issues.empty()) return asked->respond(validation_failure("body", issues));
    after_delay(asked, [&with, asked, request = std::move(request), chosen, sampling, choices] {
        generate(with, asked, request, *chosen, sampling, choices);
    });
}

}  // namespace tessera::server::cerebras
