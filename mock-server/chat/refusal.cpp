#include "chat/refusal.hpp"

#include <utility>

#include "web/api.hpp"

namespace tessera::server {
namespace {

json::path_type place_of(const refusal& reason, const part_names& names) {
    if (reason.part == task_part::form) return names.form;
    if (reason.part != task_part::tools) return {names.of(reason.part)};
    json::path_type place{names.tools, reason.tool};
    place.insert(place.end(), names.tool_parameters.begin(), names.tool_parameters.end());
    return place;
}

json::issue issue_of(const refusal& reason, const part_names& names) {
    return {place_of(reason, names), "value_error",
            "cannot be kept to: #" + reason.pointer + ": " + reason.message};
}

}  // namespace

std::string part_names::of(task_part part) const {
    switch (part) {
        case task_part::none:
            break;
        case task_part::prompt:
            return prompt;
        case task_part::tools:
            return tools;
        case task_part::form:
            return std::get<std::string>(form.front());
        case task_part::grammar:
            return grammar;
        case task_part::thinks:
            return thinks;
        case task_part::shown:
            return shown;
        case task_part::prediction:
            return prediction;
        case task_part::raw_tokens:
            return raw_tokens;
        case task_part::echo:
            return echo;
        case task_part::ranked:
            return ranked;
        case task_part::min_tokens:
            return min_tokens;
        case task_part::dimensions:
            return dimensions;
        case task_part::labels:
            return labels;
    }
    return {};
}

problem unsupported(const std::string& name, const std::string& why) {
    return {.status = 400,
            .message = name + " is not supported by this model: " + why,
            .param = name,
            .code = "unsupported_parameter"};
}

problem problem_of(const refusal& reason, const part_names& names) {
    const std::string name = names.of(reason.part);
    switch (reason.why) {
        case refusal::kind::unsupported:
            return unsupported(name, reason.message);
        case refusal::kind::rules: {
            const json::issue wrong = issue_of(reason, names);
            return {.status = 400,
                    .message = json::to_string(wrong.path) + " " + wrong.message,
                    .param = name,
                    .code = wrong.type};
        }
        case refusal::kind::too_long:
            return {.status = 400,
                    .message = reason.message,
                    .param = name,
                    .code = "context_length_exceeded"};
        case refusal::kind::invalid:
            return {.status = 400,
                    .message = reason.message,
                    .param = name,
                    .code = "invalid_" + (name.empty() ? "value" : name)};
        case refusal::kind::queue_full:
            return {.status = 429,
                    .message = "too many requests wait already; try again in a second",
                    .param = "queue",
                    .code = "queue_exceeded",
                    .retry_after = std::chrono::seconds(1)};
        case refusal::kind::stopping:
            return {.status = 503,
                    .message = "the server is stopping",
                    .retry_after = std::chrono::seconds(1)};
        case refusal::kind::failed:
            return {.status = 500, .message = "the model failed: " + reason.message};
        case refusal::kind::upstream:
            return {.status = reason.status,
                    .message = reason.message,
                    .param = reason.param,
                    .code = reason.code,
                    .retry_after = reason.retry_after};
    }
    return {};
}

void respond(exchange& asked, const refusal& reason, const part_names& names) {
    if (reason.why != refusal::kind::rules) return asked.respond(problem_of(reason, names));
    const json::issue wrong = issue_of(reason, names);
    asked.respond(asked.request().api->invalid(asked.request(), "body", {&wrong, 1}));
}

}  // namespace tessera::server
