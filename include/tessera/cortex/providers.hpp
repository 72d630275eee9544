#pragma once
// GET /api/providers/{name}/models and /api/providers/{name}/auth.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// A model of a provider.
struct provider_model {
    std::string id;  ///< its name in requests, with the provider's prefix where it has one
    std::string display_name;  ///< for people
    bool enabled;              ///< always true: others are not listed
    json::value extra{};       ///< members that have no name here
};

template <std::same_as<provider_model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ProviderModel", json::field("id", &T::id),
                           json::field("display_name", &T::display_name),
                           json::field("enabled", &T::enabled), json::rest(&T::extra));
}

/// The answer of client.providers.models().
struct provider_models {
    std::string provider;                ///< its name
    std::vector<provider_model> models;  ///< those that are enabled
    std::string default_model;           ///< as configured, else the first; empty without any
    json::value extra{};                 ///< members that have no name here
};

template <std::same_as<provider_models> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ProviderModels", json::field("provider", &T::provider),
                           json::field("models", &T::models),
                           json::field("default_model", &T::default_model), json::rest(&T::extra));
}

/// How the gateway shows itself to a provider.
enum class auth_method {
    api_key,   ///< by a key
    oauth,     ///< by a token that a person granted
    automatic  ///< `auto`: by whichever there is
};

template <std::same_as<auth_method> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("AuthMethod", json::enumerator("api_key", T::api_key),
                                json::enumerator("oauth", T::oauth),
                                json::enumerator("auto", T::automatic));
}

/// A key of a provider, without what makes it one.
struct masked_key {
    std::string masked;   ///< its first and last four characters; of a short one, none
    std::int64_t index;   ///< among the provider's keys, from 0
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<masked_key> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "MaskedKey",
        json::field("masked", &T::masked,
                    json::pattern(R"(^(.{4}\*{4}\.\.\.\*{4}.{4}|\*{4}\.\.\.\*{4})$)")),
        json::field("index", &T::index, json::min(0)), json::rest(&T::extra));
}

/// Whether there is OAuth for a provider.
struct oauth_state {
    bool configured;      ///< the gateway could ask for a token
    bool authenticated;   ///< it has a valid one
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<oauth_state> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthState", json::field("configured", &T::configured),
                           json::field("authenticated", &T::authenticated), json::rest(&T::extra));
}

/// The answer of client.providers.auth().
struct provider_auth {
    std::string provider;                               ///< its name
    json::open_enum<cortex::auth_method> auth_method;   ///< as configured
    std::optional<std::vector<masked_key>> api_keys{};  ///< absent for the method `oauth`
    oauth_state oauth;                                  ///< whether there is OAuth
    json::value extra{};                                ///< members that have no name here
};

template <std::same_as<provider_auth> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ProviderAuth", json::field("provider", &T::provider),
                           json::field("auth_method", &T::auth_method),
                           json::field("api_keys", &T::api_keys), json::field("oauth", &T::oauth),
                           json::rest(&T::extra));
}

}  // namespace tessera::cortex
