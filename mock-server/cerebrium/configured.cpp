#include "cerebrium/configured.hpp"

#include <map>
#include <stdexcept>
#include <utility>

#include "cerebrium/chats.hpp"
#include "cerebrium/deployed.hpp"
#include "chat/refusal.hpp"
#include "chat/waited_run.hpp"
#include "core/text_template.hpp"
#include "jobs/command.hpp"

namespace tessera::server::cerebrium {
namespace {

using parameter_map = std::map<std::string, json::value>;

// The parameters by the settings: what is missing has its default, what has no name is wrong.
json::value complete(const json::value& given, const std::optional<parameter_map>& known,
                     issue_list& issues) {
    if (!known) return given;
    json::value made = json::value::object();
    for (const auto& [name, value] : given.items()) {
        if (known->contains(name))
            made[name] = value;
        else
            detail::add_unknown(name, issues);
    }
    for (const auto& [name, fallback] : *known) {
        if (made.contains(name)) continue;
        if (fallback.is_null())
            issues.push_back({{name}, "missing", "is missing"});
        else
            made[name] = fallback;
    }
    return made;
}

std::string text_of(const json::value& value) {
    return value.is_string() ? value.get<std::string>() : json::encode(value);
}

// A line is a value where it is an object, a list or a quoted text, else it is a text.
json::value value_of_line(std::string_view line) {
    if (line.starts_with('{') || line.starts_with('[') || line.starts_with('"'))
        if (auto read = json::parse(line)) return *std::move(read);
    return std::string(line);
}

struct prompt_function {
    service& owner;
    text_template prompt;
    function_settings how;

    chat_task task_of(const json::value& parameters) const {
        chat_task made;
        if (how.system) made.messages.push_back(tessera::system(*how.system));
        made.messages.push_back(tessera::user(
            prompt.fill([&](const std::string& name) { return text_of(parameters.at(name)); })));
        made.shown = thoughts_shown::hidden;
        made.how.max_tokens = how.max_tokens.value_or(-1);
        made.how.temperature = how.temperature;
        read_seed(std::nullopt, owner.common.ids, made.how);
        return made;
    }

    json::value run(chat_task task, invocation& as) const {
        std::string whole;
        waited_run said(owner.engine(), std::move(task), owner.background.executor());
        while (auto next = said.next(as.stop())) {
            if (next->refused)
                throw std::runtime_error(problem_of(*next->refused, {.prompt = "prompt"}).message);
            const std::string piece = std::move(next->said.content);
            whole += piece;
            if (!piece.empty() && !as.yield(piece)) break;
            if (next->used) break;
        }
        return whole;
    }
};

struct command_function {
    service& owner;
    command program;

    json::value run(const json::value& parameters, invocation& as) const {
        command now = program;
        now.variables.emplace_back("TESSERA_RUN_ID", as.run_id());
        // One line alone is the result itself.
        json::value all = json::value::array();
        const auto take = [&](std::string_view line) {
            json::value value = value_of_line(line);
            as.yield(value);
            all.push_back(std::move(value));
        };
        const command_end end = run_command(now, json::encode(parameters), take, as.stop());
        if (!end.errors.empty())
            owner.runs.update(as.run_id(), [&](run_record& record) { record.log = end.errors; });
        if (!end.succeeded)
            throw std::runtime_error("the program " + program.words.front() +
                                     " failed: " + end.reason);
        if (all.empty()) return nullptr;
        return all.size() == 1 ? all.front() : all;
    }
};

}  // namespace

detail::function_body prompt_body(service& with, const function_settings& given) {
    const prompt_function made{with, text_template::read(*given.prompt).value(), given};
    parameter_map known;
    for (const std::string& name : made.prompt.names()) known[name] = nullptr;
    if (given.parameters)
        for (const auto& [name, fallback] : *given.parameters) known[name] = fallback;
    const bool takes_stream = known.contains("stream");
    const auto bind = [made, known](const json::value& parameters,
                                    issue_list& issues) -> detail::bound_function {
        const json::value whole = complete(parameters, known, issues);
        if (!issues.empty()) return nullptr;
        return [made, task = made.task_of(whole)](invocation& as) {
            return std::optional(made.run(task, as));
        };
    };
    return {bind, takes_stream};
}

detail::function_body reply_body(const function_settings& given) {
    const auto bind = [given](const json::value& parameters, issue_list& issues) {
        complete(parameters, given.parameters, issues);
        return detail::bound_function(
            [reply = *given.reply](invocation&) { return std::optional(reply); });
    };
    return {bind, given.parameters && given.parameters->contains("stream")};
}

detail::function_body command_body(service& with, const function_settings& given) {
    command_function made{with, {.words = *given.command}};
    if (given.timeout_ms) made.program.timeout = std::chrono::milliseconds(*given.timeout_ms);
    if (given.most_output_bytes)
        made.program.most_output = static_cast<std::size_t>(*given.most_output_bytes);
    const auto bind = [made, known = given.parameters](const json::value& parameters,
                                                       issue_list& issues) {
        return detail::bound_function(
            [made, whole = complete(parameters, known, issues)](invocation& as) {
                return std::optional(made.run(whole, as));
            });
    };
    return {bind, !given.parameters || given.parameters->contains("stream")};
}

void deploy_configured(service& to) {
    const auto function_of = [&](const function_settings& given) -> function {
        if (given.prompt) return {prompt_body(to, given)};
        if (given.command) return {command_body(to, given)};
        if (given.openai) return {openai_body(to, *given.openai), *given.openai};
        return {reply_body(given)};
    };
    for (const auto& [project, apps] : to.settings.projects)
        for (const auto& [app, settings] : apps) {
            if (settings.scaling) to.functions.scale(project, app, *settings.scaling);
            if (!settings.functions) continue;
            for (const auto& [name, given] : *settings.functions)
                to.functions.deploy(project, app, name, function_of(given));
        }
}

}  // namespace tessera::server::cerebrium
