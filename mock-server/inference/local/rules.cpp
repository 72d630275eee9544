#include "inference/local/rules.hpp"

#include <charconv>
#include <utility>
#include <vector>

#include "constrain/schema_problem.hpp"

namespace tessera::server {
namespace {

std::optional<json::value> schema_of(const std::optional<openai::response_format>& form) {
    if (!form) return std::nullopt;
    if (std::holds_alternative<openai::response_format_json_object>(*form))
        return json::value{{"type", "object"}};
    const auto* kept = std::get_if<openai::response_format_json_schema>(&*form);
    if (!kept) return std::nullopt;
    // Without a schema it is any JSON.
    return kept->json_schema.schema ? object_of(*kept->json_schema.schema) : json::value::object();
}

// Shares of the context, in tokens.
int most_thoughts(const local_state& of, const chat_task& task) {
    const int context = of.runner->context_length();
    switch (task.thinks.value_or(effort::none)) {
        case effort::low:
            return context / 32;
        case effort::medium:
            return context / 8;
        case effort::high:
            return context / 2;
        case effort::none:
            break;
    }
    return -1;
}

refusal refusal_of(const engine::schema_problem& problem, const std::vector<std::size_t>& places) {
    refusal made{.why = refusal::kind::rules, .message = problem.message};
    std::string_view rest = problem.pointer;
    const auto remove = [&](std::string_view front) {
        const bool found = rest.starts_with(front);
        if (found) rest.remove_prefix(front.size());
        return found;
    };
    if (remove("/schema")) {
        made.part = task_part::form;
        made.pointer = rest;
    } else if (remove("/tools/")) {
        std::size_t number = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        remove("/parameters");
        made.part = task_part::tools;
        made.tool = places[number];
        made.pointer = rest;
    } else {
        made.part = task_part::grammar;
    }
    return made;
}

// `places` are those of the form's tools in the task.
std::variant<readied_rules, refusal> compiled(const local_state& of, engine::answer_form form,
                                              const std::vector<std::size_t>& places) {
    const answer_marks& marks = of.language->dialect.marks;
    readied_rules made{.parts = {.thinking = form.thinking,
                                 .may_think = form.may_think,
                                 .may_call = form.max_calls != 0}};
    if (form.tools.empty() && !form.schema && form.grammar.empty() && form.most_thoughts < 0)
        return made;
    form.marks = {.think = marks.think,
                  .end_think = marks.end_think,
                  .call = marks.call,
                  .end_call = marks.end_call,
                  .arguments = marks.arguments};
    try {
        made.grammar = of.language->compiler->compile(form);
        return made;
    } catch (const engine::schema_refused& refused) {
        return refusal_of(refused.problem(), places);
    }
}

}  // namespace

json::value object_of(const openai::json_object& members) {
    json::value made = json::value::object();
    for (const auto& [name, member] : members) made[name] = member;
    return made;
}

std::optional<bool> wants_thoughts(const chat_task& task) {
    if (!task.thinks) return std::nullopt;
    return *task.thinks != effort::none;
}

std::variant<readied_rules, refusal> rules_of(const local_state& of, const chat_task& task) {
    const auto think = wants_thoughts(task);
    const auto beginning = of.language->dialect.beginning_of(think);
    if (!beginning)
        return refusal{.why = refusal::kind::unsupported,
                       .part = task_part::thinks,
                       .message = *think ? "it does not reason; leave the parameter out"
                                         : "it always reasons; leave the parameter out"};
    engine::answer_form form{.thinking = beginning->thinking,
                             .may_think = beginning->may_think,
                             .most_thoughts = most_thoughts(of, task),
                             .schema = schema_of(task.form)};
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < task.tools.size(); ++i) {
        const openai::function_definition& function = task.tools[i].function;
        if (!task.use.only.empty() && task.use.only != function.name) continue;
        const bool exact = function.strict.value_or(false) && function.parameters;
        form.tools.push_back(
            {function.name, exact ? object_of(*function.parameters) : json::value()});
        places.push_back(i);
    }
    if (!task.tools.empty() && task.use.calls != tool_use::mode::forbidden) {
        form.min_calls = task.use.calls == tool_use::mode::required ? 1 : 0;
        form.max_calls = !task.use.only.empty() || !task.use.parallel ? 1 : -1;
    }
    return compiled(of, std::move(form), places);
}

std::variant<readied_rules, refusal> rules_of(const local_state& of, const text_task& task,
                                              std::string_view prompt) {
    const std::string& mark = of.language->dialect.marks.think;
    const bool apart = task.shown != thoughts_shown::inside && !mark.empty();
    const std::size_t last = prompt.find_last_not_of(" \t\r\n");
    const bool thinking = apart && prompt.substr(0, last + 1).ends_with(mark);
    engine::answer_form form{.thinking = thinking, .may_think = apart && !thinking};
    form.grammar = task.grammar;
    return compiled(of, std::move(form), {});
}

}  // namespace tessera::server
