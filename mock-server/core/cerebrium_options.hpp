#pragma once
// What a server is told of Cerebrium: keys, and which functions there are.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tessera/json/describe.hpp"
#include "tessera/json/issue.hpp"

namespace tessera::server {

/// How an app is scaled, in the words of the vendor's cerebrium.toml.
struct scaling_settings {
    int min_replicas = 0;
    int max_replicas = 1;
    int replica_concurrency = 1;           // calls at once
    std::int64_t cooldown_ms = 1'800'000;  // without a call, until a replica ends
    std::int64_t cold_start_ms = 0;        // until a new replica takes calls
    int queue_limit = 256;                 // calls that wait for a replica
};

constexpr auto describe(json::type<scaling_settings>) {
    using s = scaling_settings;
    return json::object<s>(
        "Scaling", json::closed,
        json::field("min_replicas", &s::min_replicas, json::range(0, 1000), json::defaults(0)),
        json::field("max_replicas", &s::max_replicas, json::range(1, 1000), json::defaults(1)),
        json::field("replica_concurrency", &s::replica_concurrency, json::range(1, 100'000),
                    json::defaults(1)),
        json::field("cooldown_ms", &s::cooldown_ms, json::min(0), json::defaults(1'800'000)),
        json::field("cold_start_ms", &s::cold_start_ms, json::range(0, 3'600'000),
                    json::defaults(0)),
        json::field("queue_limit", &s::queue_limit, json::range(0, 100'000), json::defaults(256)));
}

/// A function: exactly one of `prompt`, `reply`, `command` and `openai` is given.
struct function_settings {
    std::optional<std::string> prompt{};  // the model answers it; {name} stands for a parameter
    std::optional<json::value> reply{};   // is the result
    std::optional<std::vector<std::string>> command{};  // a program and its arguments
    std::optional<std::string> openai{};  // OpenAI's requests are answered, as a model of this name
    /// By name; null where it must be given, else what it is when it is not given. Absent: those
    /// that `prompt` names; any for the others.
    std::optional<std::map<std::string, json::value>> parameters{};
    std::optional<std::string> system{};  // of prompt
    std::optional<std::int64_t> max_tokens{};
    std::optional<double> temperature{};
    std::optional<std::int64_t> timeout_ms{};  // of command
    std::optional<std::int64_t> most_output_bytes{};
};

constexpr auto describe(json::type<function_settings>) {
    using s = function_settings;
    return json::object<s>(
        "Function", json::closed, json::field("prompt", &s::prompt),
        json::field("reply", &s::reply), json::field("command", &s::command, json::items(1, 1000)),
        json::field("openai", &s::openai, json::length(1, 1024)),
        json::field("parameters", &s::parameters), json::field("system", &s::system),
        json::field("max_tokens", &s::max_tokens, json::min(1)),
        json::field("temperature", &s::temperature, json::range(0, 2)),
        json::field("timeout_ms", &s::timeout_ms, json::range(1, 3'600'000)),
        json::field("most_output_bytes", &s::most_output_bytes, json::range(1, 1 << 30)));
}

struct app_settings {
    std::optional<scaling_settings> scaling{};
    std::optional<std::map<std::string, function_settings>> functions{};
};

constexpr auto describe(json::type<app_settings>) {
    using s = app_settings;
    return json::object<s>("App", json::closed, json::field("scaling", &s::scaling),
                           json::field("functions", &s::functions));
}

/// By project, then by app.
using project_settings = std::map<std::string, std::map<std::string, app_settings>>;

struct cerebrium_options {
    std::string jwt_secret = "tessera-development-secret-known-to-everyone";
    bool page_chunks = false;     // chunks of chats as the vendor's page shows them, and no others
    bool allow_commands = false;  // functions may be programs
    std::vector<std::string> webhook_hosts{};  // beside this machine; "*" is any
    project_settings projects{};
};

struct cerebrium_settings {
    std::optional<std::string> jwt_secret{};
    std::optional<bool> page_chunks{};
    std::optional<bool> allow_commands{};
    std::optional<std::vector<std::string>> webhook_hosts{};
    std::optional<project_settings> projects{};
};

constexpr auto describe(json::type<cerebrium_settings>) {
    using s = cerebrium_settings;
    return json::object<s>("Cerebrium", json::closed,
                           // RFC 7518 section 3.2: as long as the hash, or longer.
                           json::field("jwt_secret", &s::jwt_secret, json::length(32, 4096)),
                           json::field("page_chunks", &s::page_chunks),
                           json::field("allow_commands", &s::allow_commands),
                           json::field("webhook_hosts", &s::webhook_hosts, json::items(0, 1000)),
                           json::field("projects", &s::projects));
}

/// Adds what is wrong with settings beyond what their description says; `to` has those before.
void check(const cerebrium_settings& given, const cerebrium_options& to,
           std::vector<json::issue>& issues);
void apply(const cerebrium_settings& given, cerebrium_options& to);

}  // namespace tessera::server
