#pragma once
// What a server is told of the Cortex gateway: the form of cortex.yaml.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tessera/json/describe.hpp"
#include "tessera/json/issue.hpp"

namespace tessera::server {

/// What a key of the gateway may be allowed to call.
enum class endpoint_group { openai, anthropic, providers, oauth, admin, config, usage };

constexpr auto describe(json::type<endpoint_group>) {
    using e = endpoint_group;
    return json::enumeration<e>(
        "EndpointGroup", json::enumerator("openai", e::openai),
        json::enumerator("anthropic", e::anthropic), json::enumerator("providers", e::providers),
        json::enumerator("oauth", e::oauth), json::enumerator("admin", e::admin),
        json::enumerator("config", e::config), json::enumerator("usage", e::usage));
}

/// A key of the gateway. Absent and empty lists allow everything.
struct gateway_key_settings {
    std::string name{};  // in records and listings; unique, as `key` is
    std::string key{};
    bool enabled = true;
    std::optional<std::vector<std::string>> models{};     // patterns: * stands for any text
    std::optional<std::vector<std::string>> providers{};  // patterns
    std::optional<std::vector<endpoint_group>> endpoints{};
    std::int64_t requests_per_minute = 0;  // 0: no limit
};

constexpr auto describe(json::type<gateway_key_settings>) {
    using s = gateway_key_settings;
    return json::object<s>("GatewayKey", json::closed,
                           json::field("name", &s::name, json::length(1, 1024)),
                           json::field("key", &s::key, json::length(1, 1024)),
                           json::field("enabled", &s::enabled, json::defaults(true)),
                           json::field("models", &s::models, json::items(0, 1000)),
                           json::field("providers", &s::providers, json::items(0, 1000)),
                           json::field("endpoints", &s::endpoints, json::items(0, 1000)),
                           json::field("requests_per_minute", &s::requests_per_minute,
                                       json::range(0, 1'000'000), json::defaults(0)));
}

/// What a provider speaks, and whose it is.
enum class provider_type {
    openai,
    anthropic,
    mistral,
    azure,
    together,
    fireworks,
    groq,
    deepseek,
    openrouter,
    google,
    qwen,
    custom
};

constexpr auto describe(json::type<provider_type>) {
    using e = provider_type;
    return json::enumeration<e>(
        "ProviderType", json::enumerator("openai", e::openai),
        json::enumerator("anthropic", e::anthropic), json::enumerator("mistral", e::mistral),
        json::enumerator("azure", e::azure), json::enumerator("together", e::together),
        json::enumerator("fireworks", e::fireworks), json::enumerator("groq", e::groq),
        json::enumerator("deepseek", e::deepseek), json::enumerator("openrouter", e::openrouter),
        json::enumerator("google", e::google), json::enumerator("qwen", e::qwen),
        json::enumerator("custom", e::custom));
}

/// How the gateway shows a provider who it is.
enum class auth_method { api_key, oauth, automatic };

constexpr auto describe(json::type<auth_method>) {
    using e = auth_method;
    return json::enumeration<e>("AuthMethod", json::enumerator("api_key", e::api_key),
                                json::enumerator("oauth", e::oauth),
                                json::enumerator("auto", e::automatic));
}

struct provider_settings {
    provider_type type = provider_type::openai;
    bool enabled = true;
    auth_method auth = auth_method::api_key;
    std::optional<std::string> base_url{};               // absent: the local engine answers
    std::optional<std::vector<std::string>> api_keys{};  // they take turns
    std::optional<std::vector<std::string>> models{};
    std::optional<std::string> default_model{};  // absent: the first
    /// For the head of an answer, the body of an unstreamed one, and between two chunks.
    std::int64_t timeout_secs = 600;
};

constexpr auto describe(json::type<provider_settings>) {
    using s = provider_settings;
    return json::object<s>(
        "Provider", json::closed, json::field("type", &s::type),
        json::field("enabled", &s::enabled, json::defaults(true)),
        json::field("auth", &s::auth, json::defaults(auth_method::api_key)),
        json::field("base_url", &s::base_url, json::length(1, 4096)),
        json::field("api_keys", &s::api_keys, json::items(0, 1000)),
        json::field("models", &s::models, json::items(0, 10'000)),
        json::field("default_model", &s::default_model, json::length(1, 1024)),
        json::field("timeout_secs", &s::timeout_secs, json::range(1, 86'400), json::defaults(600)));
}

struct candidate_settings {
    std::string model{};  // with its provider or without
    bool enabled = true;
};

constexpr auto describe(json::type<candidate_settings>) {
    using s = candidate_settings;
    return json::object<s>("Candidate", json::closed,
                           json::field("model", &s::model, json::length(1, 1024)),
                           json::field("enabled", &s::enabled, json::defaults(true)));
}

struct virtual_model_settings {
    std::vector<candidate_settings> candidates{};  // the first that answers does
};

constexpr auto describe(json::type<virtual_model_settings>) {
    using s = virtual_model_settings;
    return json::object<s>("VirtualModel", json::closed,
                           json::field("candidates", &s::candidates, json::items(0, 1000)));
}

struct caching_settings {
    bool auto_inject_anthropic_cache_control = false;
    bool response_cache_enabled = false;
    std::int64_t response_cache_ttl_secs = 300;
};

constexpr auto describe(json::type<caching_settings>) {
    using s = caching_settings;
    return json::object<s>(
        "Caching", json::closed,
        json::field("auto_inject_anthropic_cache_control", &s::auto_inject_anthropic_cache_control,
                    json::defaults(false)),
        json::field("response_cache_enabled", &s::response_cache_enabled, json::defaults(false)),
        json::field("response_cache_ttl_secs", &s::response_cache_ttl_secs, json::min(1),
                    json::defaults(300)));
}

struct token_refresh_settings {
    bool enabled = true;
    std::int64_t refresh_threshold_secs = 300;
    std::int64_t check_interval_secs = 60;
};

constexpr auto describe(json::type<token_refresh_settings>) {
    using s = token_refresh_settings;
    return json::object<s>("TokenRefresh", json::closed,
                           json::field("enabled", &s::enabled, json::defaults(true)),
                           json::field("refresh_threshold_secs", &s::refresh_threshold_secs,
                                       json::min(0), json::defaults(300)),
                           json::field("check_interval_secs", &s::check_interval_secs, json::min(1),
                                       json::defaults(60)));
}

/// Without any URL it is a client of the bundled identity provider.
struct oauth_provider_settings {
    std::string client_id{};
    std::optional<std::string> client_secret{};
    std::optional<std::string> authorize_url{};
    std::optional<std::string> token_url{};
    std::optional<std::string> device_url{};
    std::optional<std::vector<std::string>> scopes{};

    bool is_bundled() const { return !authorize_url && !token_url && !device_url; }
};

constexpr auto describe(json::type<oauth_provider_settings>) {
    using s = oauth_provider_settings;
    return json::object<s>("OAuthProvider", json::closed,
                           json::field("client_id", &s::client_id, json::length(1, 4096)),
                           json::field("client_secret", &s::client_secret, json::length(0, 4096)),
                           json::field("authorize_url", &s::authorize_url, json::length(1, 4096)),
                           json::field("token_url", &s::token_url, json::length(1, 4096)),
                           json::field("device_url", &s::device_url, json::length(1, 4096)),
                           json::field("scopes", &s::scopes, json::items(0, 1000)));
}

struct oauth_settings {
    std::optional<std::string> encryption_key{};  // 32 bytes in base64; empty, absent: one is made
    std::optional<std::vector<std::string>> redirect_hosts{};  // beside this machine
    bool open_browser = false;
    std::optional<std::map<std::string, oauth_provider_settings>> providers{};
};

constexpr auto describe(json::type<oauth_settings>) {
    using s = oauth_settings;
    return json::object<s>("OAuth", json::closed, json::field("encryption_key", &s::encryption_key),
                           json::field("redirect_hosts", &s::redirect_hosts, json::items(0, 1000)),
                           json::field("open_browser", &s::open_browser, json::defaults(false)),
                           json::field("providers", &s::providers));
}

struct usage_settings {
    bool persist = true;  // a record is durable before its answer ends
};

constexpr auto describe(json::type<usage_settings>) {
    using s = usage_settings;
    return json::object<s>("Usage", json::closed,
                           json::field("persist", &s::persist, json::defaults(true)));
}

/// The gateway as it is configured; by itself the complete default, whose providers the local
/// engine answers for.
struct cortex_options {
    cortex_options();

    std::vector<gateway_key_settings> api_keys;
    std::vector<std::pair<std::string, provider_settings>> providers;  // in the file's order
    std::map<std::string, std::string> provider_patterns;              // prefixes by provider
    std::map<std::string, std::string> aliases;
    std::map<std::string, virtual_model_settings> virtual_models;
    caching_settings caching;
    token_refresh_settings token_refresh;
    oauth_settings oauth;
    usage_settings usage;

    /// Null: there is none of that name.
    const provider_settings* provider(std::string_view name) const;
};

/// What a file says; what it leaves out stays as it was, and what it has takes the place of all
/// that was there under that key.
struct cortex_settings {
    std::optional<std::vector<gateway_key_settings>> api_keys{};
    std::optional<std::map<std::string, provider_settings>> providers{};
    std::optional<std::map<std::string, std::string>> provider_patterns{};
    std::optional<std::map<std::string, std::string>> aliases{};
    std::optional<std::map<std::string, virtual_model_settings>> virtual_models{};
    std::optional<caching_settings> caching{};
    std::optional<token_refresh_settings> token_refresh{};
    std::optional<oauth_settings> oauth{};
    std::optional<usage_settings> usage{};
};

constexpr auto describe(json::type<cortex_settings>) {
    using s = cortex_settings;
    return json::object<s>(
        "Cortex", json::closed, json::field("api_keys", &s::api_keys, json::items(0, 100'000)),
        json::field("providers", &s::providers),
        json::field("provider_patterns", &s::provider_patterns),
        json::field("aliases", &s::aliases), json::field("virtual_models", &s::virtual_models),
        json::field("caching", &s::caching), json::field("token_refresh", &s::token_refresh),
        json::field("oauth", &s::oauth), json::field("usage", &s::usage));
}

/// Whether the settings' top level is the gateway's own, and not one of sections.
bool is_cortex_file(const json::value& settings);
/// `text` is the section as it was read, by which providers keep their order.
void apply(const cortex_settings& given, const json::value& text, cortex_options& to);
/// Adds what is wrong with the whole beyond what the descriptions say.
void check(const cortex_options& made, std::vector<json::issue>& issues);

}  // namespace tessera::server
