#include "inference/local/ready_task.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "core/ids.hpp"
#include "inference/local/prompt.hpp"
#include "inference/local/rules.hpp"

namespace tessera::server {
namespace {

int token_count(const local_state& of, std::int64_t wanted) {
    return static_cast<int>(
        std::min(wanted, static_cast<std::int64_t>(of.runner->context_length())));
}

// Without prompt, rules and seed.
engine::generation_request request_of(const local_state& of, const sampling& how) {
    engine::generation_request made{
        .sampling = {.temperature = static_cast<float>(how.temperature.value_or(1)),
                     .top_p = static_cast<float>(how.top_p.value_or(1)),
                     .top_k = static_cast<int>(
                         std::min(how.top_k.value_or(0), std::int64_t{of.config.vocab_size})),
                     .frequency_penalty = static_cast<float>(how.frequency_penalty.value_or(0)),
                     .presence_penalty = static_cast<float>(how.presence_penalty.value_or(0)),
                     .top_logprobs = how.top_logprobs},
        .max_tokens = how.max_tokens < 0 ? -1 : token_count(of, how.max_tokens),
        .min_tokens =
            how.min_tokens < 0 ? of.runner->context_length() : token_count(of, how.min_tokens),
        .stop = how.stop,
        .priority = how.priority,
        .cache_key = how.cache_key};
    for (const auto& [id, bias] : how.logit_bias)
        made.sampling.logit_bias.emplace_back(id, static_cast<float>(bias));
    return made;
}

std::uint64_t choice_seed(std::uint64_t base, std::size_t index) { return mix(base + mix(index)); }

refusal prompt_refusal(const error& reason) {
    return {.why = reason.kind == error_kind::bad_request ? refusal::kind::too_long
                                                          : refusal::kind::invalid,
            .part = task_part::prompt,
            .message = reason.message};
}

refusal unsupported(task_part part, const char* why) {
    return {.why = refusal::kind::unsupported, .part = part, .message = why};
}

}  // namespace

void begin_task(const local_state& of, const chat_task& task, local_work& to) {
    if (!std::all_of(task.messages.begin(), task.messages.end(), &is_text))
        return to.refuse(
            unsupported(task_part::prompt, "it reads text alone, not images, sounds or files"));
    if (!task.tools.empty() && task.use.calls != tool_use::mode::forbidden &&
        of.language->dialect.marks.call.empty())
        return to.refuse(unsupported(task_part::tools,
                                     "its chat template has no form of calls that is known here"));
    auto rules = rules_of(of, task);
    if (auto* refused = std::get_if<refusal>(&rules)) return to.refuse(std::move(*refused));
    if (*to.cancelled()) return;
    const auto prompt = chat_prompt(of, task);
    if (!prompt) return to.refuse(prompt_refusal(prompt.error()));
    const auto& ready = std::get<readied_rules>(rules);
    engine::generation_request common = request_of(of, task.how);
    common.prompt = *prompt;
    if (task.prediction) common.predicted = answer_tokens(of, *task.prediction);
    std::vector<engine::generation_request> wanted(task.choices, common);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i].sampling.seed = choice_seed(task.how.seed, i);
        if (ready.grammar) wanted[i].limits = ready.grammar->begin();
    }
    const answer_reader reader(
        *of.language->tokenizer, of.language->dialect.marks,
        {.parts = ready.parts, .shown = task.shown, .shows_tokens = task.how.top_logprobs >= 0});
    to.begin(std::move(wanted), task.choices, std::vector(task.choices, reader));
}

void begin_task(const local_state& of, const text_task& task, local_work& to) {
    const bool scored = task.how.top_logprobs >= 0;
    engine::generation_request common = request_of(of, task.how);
    if (task.ranked) common.sampling.top_logprobs = std::max(task.how.top_logprobs, 0);
    common.prompt_logprobs = task.echo && scored;
    std::vector<engine::generation_request> wanted;
    std::vector<answer_reader> readers;
    for (const text_prompt& given : task.prompts) {
        if (*to.cancelled()) return;
        auto prompt = text_prompt_of(of, given);
        if (!prompt) return to.refuse(prompt_refusal(prompt.error()));
        auto rules = rules_of(of, task, prompt->text);
        if (auto* refused = std::get_if<refusal>(&rules)) return to.refuse(std::move(*refused));
        const auto& ready = std::get<readied_rules>(rules);
        for (std::size_t i = 0; i < task.choices; ++i) {
            engine::generation_request& each = wanted.emplace_back(common);
            each.prompt = prompt->tokens;
            each.sampling.seed = choice_seed(task.how.seed, i);
            if (ready.grammar) each.limits = ready.grammar->begin();
            answer_reader::manner how{.parts = ready.parts,
                                      .shown = task.shown,
                                      .shows_tokens = scored || task.raw_tokens,
                                      .hidden = prompt->hidden};
            if (task.echo) how.echo = prompt->text;
            if (task.echo && !scored)
                for (const int id : prompt->tokens)
                    how.echo_tokens.push_back(
                        {.id = id, .logprob = std::numeric_limits<float>::quiet_NaN()});
            readers.emplace_back(*of.language->tokenizer, of.language->dialect.marks,
                                 std::move(how));
        }
    }
    to.begin(std::move(wanted), task.choices, std::move(readers));
}

}  // namespace tessera::server
