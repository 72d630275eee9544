#include "core/cerebrium_options.hpp"

#include <algorithm>
#include <utility>

#include "core/text_template.hpp"

namespace tessera::server {
namespace {

class function_check {
  public:
    function_check(const function_settings& given, json::path_type place,
                   std::vector<json::issue>& issues)
        : given_(given), place_(std::move(place)), issues_(issues) {}

    void run(bool commands_allowed) {
        const int kinds = given_.prompt.has_value() + given_.reply.has_value() +
                          given_.command.has_value() + given_.openai.has_value();
        if (kinds != 1) wrong({}, "must have exactly one of prompt, reply, command and openai");
        if (given_.command && !commands_allowed)
            wrong("command", "is run only where cerebrium.allow_commands is true");
        only_for("system", given_.system.has_value(), "prompt", given_.prompt.has_value());
        only_for("max_tokens", given_.max_tokens.has_value(), "prompt", given_.prompt.has_value());
        only_for("temperature", given_.temperature.has_value(), "prompt",
                 given_.prompt.has_value());
        only_for("timeout_ms", given_.timeout_ms.has_value(), "command",
                 given_.command.has_value());
        only_for("most_output_bytes", given_.most_output_bytes.has_value(), "command",
                 given_.command.has_value());
        if (given_.openai && given_.parameters)
            wrong("parameters", "are OpenAI's where openai is given");
        if (given_.command && given_.command->front().empty())
            wrong("command", "must begin with the name of a program");
        if (given_.prompt) check_prompt();
    }

  private:
    void check_prompt() {
        const auto read = text_template::read(*given_.prompt);
        if (!read) return wrong("prompt", read.error().message);
        const std::vector<std::string> names = read->names();
        if (!given_.parameters) return;
        for (const auto& [name, fallback] : *given_.parameters)
            if (std::find(names.begin(), names.end(), name) == names.end())
                wrong("parameters", "the prompt has no place for " + name);
    }

    void only_for(const char* name, bool is_given, const char* kind, bool has_kind) {
        if (is_given && !has_kind) wrong(name, std::string("belongs to a ") + kind);
    }

    void wrong(const std::string& member, std::string message) {
        json::path_type place = place_;
        if (!member.empty()) place.emplace_back(member);
        issues_.push_back({std::move(place), "value_error", std::move(message)});
    }

    const function_settings& given_;
    const json::path_type place_;
    std::vector<json::issue>& issues_;
};

}  // namespace

void check(const cerebrium_settings& given, const cerebrium_options& to,
           std::vector<json::issue>& issues) {
    if (!given.projects) return;
    const bool commands = given.allow_commands.value_or(to.allow_commands);
    for (const auto& [project, apps] : *given.projects)
        for (const auto& [name, app] : apps) {
            const json::path_type place{"cerebrium", "projects", project, name};
            const auto below = [&](std::initializer_list<const char*> more) {
                json::path_type made = place;
                for (const char* each : more) made.emplace_back(std::string(each));
                return made;
            };
            if (app.scaling && app.scaling->min_replicas > app.scaling->max_replicas)
                issues.push_back({below({"scaling", "min_replicas"}), "value_error",
                                  "must not be more than max_replicas"});
            if (!app.functions) continue;
            for (const auto& [function, settings] : *app.functions)
                function_check(settings, below({"functions", function.c_str()}), issues)
                    .run(commands);
        }
}

void apply(const cerebrium_settings& given, cerebrium_options& to) {
    if (given.jwt_secret) to.jwt_secret = *given.jwt_secret;
    if (given.page_chunks) to.page_chunks = *given.page_chunks;
    if (given.allow_commands) to.allow_commands = *given.allow_commands;
    if (given.webhook_hosts) to.webhook_hosts = *given.webhook_hosts;
    if (given.projects) to.projects = *given.projects;
}

}  // namespace tessera::server
