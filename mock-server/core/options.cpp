#include "core/options.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

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

struct settings {
    std::optional<limit_settings> limits{};
    std::optional<upstream_settings> upstream{};
    std::optional<cerebras_settings> cerebras{};
};

constexpr auto describe(json::type<settings>) {
    return json::object<settings>(
        "Settings", json::closed, json::field("limits", &settings::limits),
        json::field("upstream", &settings::upstream), json::field("cerebras", &settings::cerebras));
}

template <class From, class To>
void assign(const std::optional<From>& from, To& to) {
    if (from) to = To(*from);
}

void apply(const settings& given, options& to) {
    if (given.limits) {
        const limit_settings& limits = *given.limits;
        assign(limits.connections, to.limits.connections);
        assign(limits.body_bytes, to.limits.body_bytes);
        assign(limits.head_timeout_ms, to.limits.head_timeout);
        assign(limits.body_timeout_ms, to.limits.body_timeout);
        assign(limits.idle_timeout_ms, to.limits.idle_timeout);
        assign(limits.write_timeout_ms, to.limits.write_timeout);
        assign(limits.drain_timeout_ms, to.limits.drain_timeout);
    }
    if (given.upstream) {
        assign(given.upstream->url, to.upstream.url);
        assign(given.upstream->api_key, to.upstream.api_key);
        assign(given.upstream->model, to.upstream.model);
        if (given.upstream->context_length)
            to.upstream.context_length = given.upstream->context_length;
        assign(given.upstream->timeout_ms, to.upstream.timeout);
    }
    if (given.cerebras) {
        assign(given.cerebras->api_key, to.cerebras.api_key);
        assign(given.cerebras->requests_per_day, to.cerebras.requests_per_day);
        assign(given.cerebras->tokens_per_minute, to.cerebras.tokens_per_minute);
    }
}

error invalid(const std::string& what, const std::string& why) {
    return {.kind = error_kind::invalid_argument, .message = what + ": " + why};
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
    std::ifstream in(file, std::ios::binary);
    if (!in) return invalid(file.string(), "cannot be read");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    return with_settings(std::move(base), text, file.string());
}

result<options> with_settings(options base, std::string_view text, const std::string& name) {
    const result<json::value> parsed = json::parse(text);
    if (!parsed) return invalid(name, parsed.error().message);
    std::vector<json::issue> issues;
    const std::optional<settings> given =
        json::decode<settings>(*parsed, json::mode::strict, issues);
    if (!issues.empty() || !given) {
        std::string all;
        for (const json::issue& each : issues)
            all += (all.empty() ? "" : "; ") + json::to_string(each.path) + ": " + each.message;
        return invalid(name, all);
    }
    apply(*given, base);
    return base;
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
