#include "core/options.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "core/configuration.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

struct limit_settings {
    std::optional<std::int64_t> connections{};
    std::optional<std::int64_t> body_bytes{};
    std::optional<std::int64_t> head_timeout_ms{};
    std::optional<std::int64_t> body_timeout_ms{};
    std::optional<std::int64_t> idle_timeout_ms{};
    std::optional<std::int64_t> write_timeout_ms{};
    std::optional<std::int64_t> drain_timeout_ms{};
};

constexpr auto describe(json::type<limit_settings>) {
    using s = limit_settings;
    return json::object<s>("Limits", json::closed,
                           json::field("connections", &s::connections, json::min(1)),
                           json::field("body_bytes", &s::body_bytes, json::min(1)),
                           json::field("head_timeout_ms", &s::head_timeout_ms, json::min(1)),
                           json::field("body_timeout_ms", &s::body_timeout_ms, json::min(1)),
                           json::field("idle_timeout_ms", &s::idle_timeout_ms, json::min(1)),
                           json::field("write_timeout_ms", &s::write_timeout_ms, json::min(1)),
                           json::field("drain_timeout_ms", &s::drain_timeout_ms, json::min(0)));
}

struct cerebras_settings {
    std::optional<std::string> api_key{};
    std::optional<std::int64_t> requests_per_day{};
    std::optional<std::int64_t> tokens_per_minute{};
};

constexpr auto describe(json::type<cerebras_settings>) {
    using s = cerebras_settings;
    return json::object<s>("Cerebras", json::closed,
                           json::field("api_key", &s::api_key, json::length(1, 1024)),
                           json::field("requests_per_day", &s::requests_per_day, json::min(0)),
                           json::field("tokens_per_minute", &s::tokens_per_minute, json::min(0)));
}

struct upstream_settings {
    std::optional<std::string> url{};
    std::optional<std::string> api_key{};
    std::optional<std::string> model{};
    std::optional<int> context_length{};
    std::optional<std::int64_t> timeout_ms{};
};

constexpr auto describe(json::type<upstream_settings>) {
    using s = upstream_settings;
    return json::object<s>("Upstream", json::closed,
                           json::field("url", &s::url, json::length(1, 4096)),
                           json::field("api_key", &s::api_key, json::length(1, 4096)),
                           json::field("model", &s::model, json::length(1, 1024)),
                           json::field("context_length", &s::context_length, json::min(2)),
                           json::field("timeout_ms", &s::timeout_ms, json::min(1)));
}

struct speech_settings {
    std::optional<std::string> program{};
    std::optional<std::int64_t> timeout_ms{};
};

constexpr auto describe(json::type<speech_settings>) {
    using s = speech_settings;
    return json::object<s>("Speech", json::closed,
                           json::field("program", &s::program, json::length(1, 4096)),
                           json::field("timeout_ms", &s::timeout_ms, json::min(1)));
}

struct server_settings {
    std::optional<limit_settings> limits{};
    std::optional<upstream_settings> upstream{};
    std::optional<speech_settings> speech{};
};

constexpr auto describe(json::type<server_settings>) {
    using s = server_settings;
    return json::object<s>("Server", json::closed, json::field("limits", &s::limits),
                           json::field("upstream", &s::upstream),
                           json::field("speech", &s::speech));
}

struct settings {
    std::optional<server_settings> server{};
    std::optional<cerebras_settings> cerebras{};
    std::optional<cerebrium_settings> cerebrium{};
    std::optional<cortex_settings> cortex{};
    std::optional<emissary_settings> emissary{};
    std::optional<identity_options> identity{};
};

constexpr auto describe(json::type<settings>) {
    return json::object<settings>(
        "Settings", json::closed, json::field("server", &settings::server),
        json::field("cerebras", &settings::cerebras),
        json::field("cerebrium", &settings::cerebrium), json::field("cortex", &settings::cortex),
        json::field("emissary", &settings::emissary), json::field("identity", &settings::identity));
}

template <class From, class To>
void assign(const std::optional<From>& from, To& to) {
    if (from) to = To(*from);
}

void apply(const settings& given, options& to) {
    const server_settings server = given.server.value_or(server_settings{});
    if (server.limits) {
        const limit_settings& limits = *server.limits;
        assign(limits.connections, to.limits.connections);
        assign(limits.body_bytes, to.limits.body_bytes);
        assign(limits.head_timeout_ms, to.limits.head_timeout);
        assign(limits.body_timeout_ms, to.limits.body_timeout);
        assign(limits.idle_timeout_ms, to.limits.idle_timeout);
        assign(limits.write_timeout_ms, to.limits.write_timeout);
        assign(limits.drain_timeout_ms, to.limits.drain_timeout);
    }
    if (server.upstream) {
        const upstream_settings& upstream = *server.upstream;
        assign(upstream.url, to.upstream.url);
        assign(upstream.api_key, to.upstream.api_key);
        assign(upstream.model, to.upstream.model);
        if (upstream.context_length) to.upstream.context_length = upstream.context_length;
        assign(upstream.timeout_ms, to.upstream.timeout);
    }
    if (server.speech) {
        assign(server.speech->program, to.speech.program);
        assign(server.speech->timeout_ms, to.speech.timeout);
    }
    if (given.cerebras) {
        assign(given.cerebras->api_key, to.cerebras.api_key);
        assign(given.cerebras->requests_per_day, to.cerebras.requests_per_day);
        assign(given.cerebras->tokens_per_minute, to.cerebras.tokens_per_minute);
    }
    if (given.cerebrium) apply(*given.cerebrium, to.cerebrium);
    if (given.emissary) apply(*given.emissary, to.emissary);
    assign(given.identity, to.identity);
}

bool is_section(const std::string& name) {
    constexpr auto& parts = json::description<settings>.parts;
    return std::any_of(parts.begin(), parts.end(),
                       [&](const json::part_info& part) { return part.name == name; });
}

configuration with_sections(configuration read) {
    const json::value& top = read.value();
    const bool has_section = std::any_of(top.items().begin(), top.items().end(),
                                         [](const auto& each) { return is_section(each.key()); });
    return has_section || !is_cortex_file(top) ? std::move(read) : read.as_section("cortex");
}

result<options> applied(options base, result<configuration> found) {
    if (!found) return found.error();
    const configuration read = with_sections(*std::move(found));
    std::vector<json::issue> issues;
    const std::optional<settings> given =
        json::decode<settings>(read.value(), json::mode::strict, issues);
    if (given && given->cerebrium) check(*given->cerebrium, base.cerebrium, issues);
    if (given) apply(*given, base);
    if (given && given->cortex) {
        apply(*given->cortex, read.value().at("cortex"), base.cortex);
        check(base.cortex, issues);
    }
    if (!issues.empty() || !given) {
        std::string all;
        for (const json::issue& each : issues)
            all += (all.empty() ? "" : "; ") + read.place(each.path) + ": " +
                   json::to_string(each.path) + ": " + each.message;
        return error{.kind = error_kind::invalid_argument, .message = std::move(all)};
    }
    base.settings_files = read.files();
    return base;
}

std::vector<std::filesystem::path> places_of_the_bundled_model(
    const std::filesystem::path& packaged) {
    const char* named = std::getenv("TESSERA_BUNDLED_MODEL");
    if (named && *named) return {named};
    std::vector<std::filesystem::path> places;
    if (!packaged.empty()) places.push_back(packaged);
    std::error_code error;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error)
        places.push_back((program.parent_path() / TESSERA_BUNDLED_FROM_PROGRAM).lexically_normal());
    return places;
}

}  // namespace

result<options> with_settings(options base, const std::filesystem::path& file) {
    return applied(std::move(base), configuration::read(file));
}

result<options> with_settings(options base, std::string_view text, const std::string& name) {
    return applied(std::move(base), configuration::read(text, name));
}

result<std::filesystem::path> bundled_model(const std::filesystem::path& packaged) {
    std::string tried;
    for (const std::filesystem::path& folder : places_of_the_bundled_model(packaged)) {
        std::error_code ignored;
        if (std::filesystem::exists(folder / "config.json", ignored)) return folder;
        tried += (tried.empty() ? "" : ", nor in ") + folder.string();
    }
    return error{.kind = error_kind::invalid_argument,
                 .message = "the bundled model is not in " + tried +
                            ": set TESSERA_BUNDLED_MODEL to its folder, or name another model"};
}

std::string url_of(const std::string& host, std::uint16_t port) {
    const bool bare_v6 = host.find(':') != std::string::npos;
    return "http://" + (bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace tessera::server
