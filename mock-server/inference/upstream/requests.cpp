#include "inference/upstream/requests.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "tessera/json.hpp"

namespace tessera::server::upstream {
namespace {

refusal unsupported(task_part part, const char* why) {
    return {.why = refusal::kind::unsupported, .part = part, .message = why};
}

std::optional<refusal> put_sampling(const sampling& how, std::size_t choices, common_request& to) {
    if (how.min_tokens < 0)
        return unsupported(task_part::min_tokens,
                           "its server does not tell how much the context holds; give a number");
    to.temperature = how.temperature;
    to.top_p = how.top_p;
    to.top_k = how.top_k;
    to.frequency_penalty = how.frequency_penalty;
    to.presence_penalty = how.presence_penalty;
    for (const auto& [id, bias] : how.logit_bias)
        (to.logit_bias ? *to.logit_bias : to.logit_bias.emplace())[std::to_string(id)] = bias;
    if (how.max_tokens >= 0) to.max_tokens = how.max_tokens;
    if (how.min_tokens > 0) to.min_tokens = how.min_tokens;
    if (choices > 1) to.n = static_cast<std::int64_t>(choices);
    if (how.seeded) to.seed = static_cast<std::int64_t>(how.seed);
    if (!how.stop.empty()) to.stop = how.stop;
    if (!how.cache_key.empty()) to.prompt_cache_key = how.cache_key;
    return std::nullopt;
}

const char* effort_text(effort given) {
    constexpr const char* texts[] = {"none", "low", "medium", "high"};
    return texts[static_cast<int>(given)];
}

void put_tools(chat_task& task, chat_request& to) {
    if (task.tools.empty()) return;
    to.tools = std::move(task.tools);
    using mode = openai::tool_choice_mode;
    if (!task.use.only.empty()) {
        openai::chosen_tool chosen;
        chosen.function.name = task.use.only;
        to.tool_choice = std::move(chosen);
    } else if (task.use.calls != tool_use::mode::free) {
        to.tool_choice = task.use.calls == tool_use::mode::required ? mode::required : mode::none;
    }
    if (!task.use.parallel) to.parallel_tool_calls = false;
}

// Many servers know the older of the two names for instructions alone, and the other of the two for
// thoughts.
openai::message known_words(openai::message given) {
    if (auto* said = std::get_if<openai::assistant_message>(&given); said && said->reasoning)
        said->extra["reasoning_content"] = openai::text_of(*said->reasoning);
    auto* newer = std::get_if<openai::developer_message>(&given);
    if (!newer) return given;
    openai::system_message made;
    made.content = std::move(newer->content);
    made.name = std::move(newer->name);
    made.extra = std::move(newer->extra);
    return made;
}

std::string text_of(std::string text, const std::optional<std::vector<int>>& bytes) {
    if (!bytes) return text;
    text.clear();
    for (const int each : *bytes) text += static_cast<char>(each);
    return text;
}

void append(std::vector<token>& to, std::vector<openai::token_logprob>& from) {
    for (openai::token_logprob& each : from) {
        token& made = to.emplace_back(
            token{.text = text_of(std::move(each.token), each.bytes), .logprob = each.logprob});
        for (openai::top_logprob& other : each.top_logprobs)
            made.top.emplace_back(text_of(std::move(other.token), other.bytes), other.logprob);
    }
}

std::vector<token> tokens_of(std::optional<openai::chat_logprobs>& from) {
    std::vector<token> made;
    if (from && from->content) append(made, *from->content);
    return made;
}

std::vector<token> tokens_of(std::optional<text_logprobs>& from) {
    std::vector<token> made;
    if (!from) return made;
    if (from->content) append(made, *from->content);
    if (!from->tokens) return made;
    for (std::size_t i = 0; i < from->tokens->size(); ++i) {
        token& next = made.emplace_back(token{.text = std::move((*from->tokens)[i])});
        if (from->text_offset && i < from->text_offset->size())
            next.offset = (*from->text_offset)[i];
        if (from->token_logprobs && i < from->token_logprobs->size())
            if (const auto& logprob = (*from->token_logprobs)[i]) next.logprob = *logprob;
        if (!from->top_logprobs || i >= from->top_logprobs->size()) continue;
        if (const auto& top = (*from->top_logprobs)[i]) next.top.assign(top->begin(), top->end());
        std::stable_sort(next.top.begin(), next.top.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second; });
    }
    return made;
}

template <class Element>
std::vector<Element> all_of(std::vector<text_prompt>& prompts) {
    std::vector<Element> made;
    for (text_prompt& each : prompts) made.push_back(std::get<Element>(std::move(each)));
    return made;
}

// All prompts are of one form.
template <class Element, class To>
void put_prompts(std::vector<text_prompt>& prompts, To& to) {
    auto all = all_of<Element>(prompts);
    if (all.size() == 1)
        to = std::move(all.front());
    else
        to = std::move(all);
}

}  // namespace

std::variant<chat_request, refusal> request_of(chat_task task) {
    if (task.prediction)
        return unsupported(task_part::prediction, "another server answers, and takes none");
    if (task.shown == thoughts_shown::inside)
        return unsupported(task_part::shown,
                           "another server answers, and tells thoughts apart or not at all");
    chat_request made;
    if (auto refused = put_sampling(task.how, task.choices, made)) return *std::move(refused);
    for (openai::message& each : task.messages)
        made.messages.push_back(known_words(std::move(each)));
    if (task.how.top_logprobs >= 0) made.logprobs = true;
    if (task.how.top_logprobs > 0) made.top_logprobs = task.how.top_logprobs;
    if (task.thinks) made.reasoning_effort = effort_text(*task.thinks);
    made.response_format = std::move(task.form);
    if (task.how.priority != 0) made.service_tier = task.how.priority > 0 ? "priority" : "flex";
    put_tools(task, made);
    return made;
}

std::variant<text_request, refusal> request_of(text_task task) {
    if (!task.grammar.empty())
        return unsupported(task_part::grammar, "another server answers, and takes no grammars");
    if (task.raw_tokens)
        return unsupported(task_part::raw_tokens,
                           "another server answers, and does not tell its tokens' numbers");
    if (task.shown != thoughts_shown::inside)
        return unsupported(task_part::shown, "another server answers, with text as it is");
    if (task.ranked && task.echo)
        return unsupported(task_part::ranked,
                           "another server answers, and does not tell the echo from the rest");
    text_request made;
    if (auto refused = put_sampling(task.how, task.choices, made)) return *std::move(refused);
    if (task.echo) made.echo = true;
    if (task.how.top_logprobs >= 0 || task.ranked)
        made.logprobs = std::max(task.how.top_logprobs, 0);
    if (std::holds_alternative<std::string>(task.prompts.front()))
        put_prompts<std::string>(task.prompts, made.prompt);
    else
        put_prompts<std::vector<int>>(task.prompts, made.prompt);
    return made;
}

openai::embedding_request request_of(embedding_task task) {
    openai::embedding_request made{.model = {},
                                   .input = {},
                                   .dimensions = task.dimensions,
                                   .encoding_format = openai::embedding_encoding::floats};
    if (std::holds_alternative<std::string>(task.inputs.front()))
        made.input = all_of<std::string>(task.inputs);
    else
        made.input = all_of<std::vector<int>>(task.inputs);
    return made;
}

answer_delta delta_of(chat_choice& from, bool hides) {
    answer_delta made{.content_tokens = tokens_of(from.logprobs)};
    if (!hides) made.thought_tokens = tokens_of(from.reasoning_logprobs);
    if (!from.delta) return made;
    made.content = std::move(from.delta->content).value_or("");
    if (!hides)
        made.thoughts = from.delta->reasoning
                            ? *std::move(from.delta->reasoning)
                            : std::move(from.delta->reasoning_content).value_or("");
    if (!from.delta->tool_calls) return made;
    for (call_delta& each : *from.delta->tool_calls) {
        auto& next = made.calls.emplace_back();
        next.index = static_cast<std::size_t>(std::max<std::int64_t>(each.index.value_or(0), 0));
        next.id = std::move(each.id).value_or("");
        if (!each.function) continue;
        next.name = std::move(each.function->name).value_or("");
        next.arguments = std::move(each.function->arguments).value_or("");
    }
    return made;
}

answer_delta delta_of(text_choice& from, bool) {
    return {.content = std::move(from.text).value_or(""),
            .content_tokens = tokens_of(from.logprobs)};
}

std::optional<ending> ending_of(const std::optional<std::string>& finish_reason) {
    if (!finish_reason) return std::nullopt;
    if (*finish_reason == "length") return ending::length;
    if (*finish_reason == "tool_calls") return ending::calls;
    return *finish_reason == "content_filter" ? ending::filtered : ending::stop;
}

void usage_count::add(const openai::usage& reported) {
    ++reports_;
    last_ = {};
    last_.prompt_tokens = reported.prompt_tokens;
    last_.completion_tokens = reported.completion_tokens;
    if (reported.prompt_tokens_details)
        last_.cached_tokens = reported.prompt_tokens_details->cached_tokens;
    if (const auto& details = reported.completion_tokens_details) {
        last_.thought_tokens = details->reasoning_tokens;
        last_.accepted_predicted_tokens = details->accepted_prediction_tokens;
        last_.rejected_predicted_tokens = details->rejected_prediction_tokens;
    }
    prompt_tokens_ = add_counts(prompt_tokens_, reported.prompt_tokens.value_or(0));
    completion_tokens_ = add_counts(completion_tokens_, reported.completion_tokens.value_or(0));
}

totals usage_count::all() const {
    if (choices_ == 1 || reports_ == 1) return last_;
    totals made;
    if (reports_ != choices_) return made;
    made.prompt_tokens = prompt_tokens_ / per_prompt_;
    made.completion_tokens = completion_tokens_;
    return made;
}

refusal refusal_of(const error& reason) {
    refusal made{.why = refusal::kind::upstream, .status = 502, .code = "upstream_error"};
    switch (reason.kind) {
        case error_kind::bad_request:
        case error_kind::unprocessable:
            made.status = 400;
            break;
        case error_kind::not_found:
            made.status = 404;
            break;
        case error_kind::rate_limit:
            made.status = 429;
            break;
        default:
            break;
    }
    made.message = "the upstream server: " + reason.message;
    if (reason.retry_after)
        made.retry_after = std::chrono::ceil<std::chrono::seconds>(*reason.retry_after);
    if (made.status == 502) return made;
    const auto body = json::parse(reason.body);
    if (!body || !body->is_object()) return made;
    const auto inner = body->find("error");
    std::vector<json::issue> ignored;
    const auto content = json::decode<error_content>(
        inner != body->end() && inner->is_object() ? *inner : *body, json::mode::lenient, ignored);
    if (!content) return made;
    made.param = content->param.value_or("");
    if (content->code)
        if (const auto* code = std::get_if<std::string>(&*content->code)) made.code = *code;
    return made;
}

}  // namespace tessera::server::upstream
