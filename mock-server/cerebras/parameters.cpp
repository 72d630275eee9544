#include "cerebras/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace tessera::server::cerebras {
namespace {

void wrong(issue_list& issues, json::path_type path, const char* type, std::string message) {
    issues.push_back({std::move(path), type, std::move(message)});
}

int token_limit(std::int64_t given, const loaded_model& model) {
    return static_cast<int>(std::min<std::int64_t>(given, model.context_length()));
}

// One of two spellings of a number of tokens; -1 stands for the longest sequence.
struct token_count {
    const char* name;
    std::optional<std::int64_t> value;
    const char* other_name = nullptr;
    std::optional<std::int64_t> other{};
};

std::optional<std::int64_t> tokens_of(const token_count& given, issue_list& issues) {
    const auto check = [&](const char* name, const std::optional<std::int64_t>& value) {
        if (value && *value < -1)
            wrong(issues, {std::string(name)}, "greater_than_equal",
                  "must be at least 0, or -1 for as many as the context holds");
    };
    check(given.name, given.value);
    check(given.other_name ? given.other_name : "", given.other);
    if (given.value && given.other && *given.value != *given.other)
        wrong(issues, {std::string(given.other_name)}, "value_error",
              std::string("is another spelling of ") + given.name +
                  ", so both must have the same value; give one of them");
    return given.value ? given.value : given.other;
}

void read_logit_bias(const openai::logit_bias& bias, const loaded_model& model, generation& made,
                     issue_list& issues) {
    for (const auto& [key, value] : bias) {
        int id = -1;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
        if (error != std::errc() || end != key.data() + key.size() || id < 0 ||
            id >= model.vocabulary_size())
            wrong(issues, {"logit_bias", key}, "value_error",
                  "is not a token id from 0 to " + std::to_string(model.vocabulary_size() - 1));
        else if (!(value >= -100 && value <= 100))
            wrong(issues, {"logit_bias", key}, "value_error", "must be from -100 to 100");
        else
            made.logit_bias.emplace_back(id, static_cast<float>(value));
    }
}

void read_stop(const openai::stop_sequences& stop, generation& made, issue_list& issues) {
    constexpr const char* empty = "a stop sequence must not be empty";
    if (const auto* one = std::get_if<std::string>(&stop)) {
        if (one->empty()) wrong(issues, {"stop"}, "string_too_short", empty);
        made.stop = {*one};
        return;
    }
    made.stop = std::get<std::vector<std::string>>(stop);
    for (std::size_t i = 0; i < made.stop.size(); ++i)
        if (made.stop[i].empty()) wrong(issues, {"stop", i}, "string_too_short", empty);
}

// What both requests spell alike.
template <class Request>
generation common_sampling(const Request& request, const token_count& longest,
                           const token_count& shortest, const loaded_model& model,
                           issue_list& issues) {
    generation made;
    made.temperature = static_cast<float>(request.temperature.value_or(1));
    made.top_p = static_cast<float>(request.top_p.value_or(1));
    made.frequency_penalty = static_cast<float>(request.frequency_penalty.value_or(0));
    made.presence_penalty = static_cast<float>(request.presence_penalty.value_or(0));
    made.cache_key = request.prompt_cache_key.value_or("");
    if (request.logit_bias) read_logit_bias(*request.logit_bias, model, made, issues);
    if (request.stop) read_stop(*request.stop, made, issues);
    const std::int64_t most = tokens_of(longest, issues).value_or(-1);
    const std::int64_t least = tokens_of(shortest, issues).value_or(0);
    if (most >= 0 && least > most)
        wrong(issues, {std::string(shortest.name)}, "value_error",
              std::string("must not be more than ") + longest.name);
    made.max_tokens = most < 0 ? -1 : token_limit(most, model);
    made.min_tokens = least < 0 ? model.context_length() : token_limit(least, model);
    return made;
}

}  // namespace

problem unsupported(const std::string& name, const std::string& why) {
    return {.status = 400,
            .message = name + " is not supported by this model: " + why,
            .param = name,
            .code = "unsupported_parameter"};
}

generation sampling_of(const wire::chat_request& request, const loaded_model& model,
                       issue_list& issues) {
    generation made = common_sampling(
        request,
        {"max_completion_tokens", request.max_completion_tokens, "max_tokens", request.max_tokens},
        {"min_completion_tokens", request.min_completion_tokens, "min_tokens", request.min_tokens},
        model, issues);
    made.want_tokens = true;
    if (request.logprobs.value_or(false))
        made.top_logprobs = request.top_logprobs.value_or(0);
    else if (request.top_logprobs)
        wrong(issues, {"top_logprobs"}, "value_error", "requires logprobs to be true");
    if (request.service_tier == wire::service_tier::priority) made.priority = 1;
    if (request.service_tier == wire::service_tier::flex) made.priority = -1;
    if (request.prediction)
        made.predicted = model.answer_tokens(openai::text_of(request.prediction->content));
    return made;
}

generation sampling_of(const wire::completion_request& request, const loaded_model& model,
                       issue_list& issues) {
    generation made = common_sampling(request, {"max_tokens", request.max_tokens},
                                      {"min_tokens", request.min_tokens}, model, issues);
    made.want_tokens = true;
    made.top_logprobs = request.logprobs.value_or(-1);
    made.want_prompt_tokens = request.echo.value_or(false) && request.logprobs;
    return made;
}

std::size_t choices_of(const std::optional<std::int64_t>& n, issue_list& issues) {
    if (!n || (*n >= 1 && *n <= most_choices)) return static_cast<std::size_t>(n.value_or(1));
    wrong(issues, {"n"}, *n < 1 ? "greater_than_equal" : "less_than_equal",
          "must be from 1 to " + std::to_string(most_choices));
    return 1;
}

std::uint64_t base_seed(const std::optional<std::int64_t>& seed, id_source& ids) {
    return seed ? static_cast<std::uint64_t>(*seed) : ids.bits();
}

}  // namespace tessera::server::cerebras
