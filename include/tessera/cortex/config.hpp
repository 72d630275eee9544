#pragma once
// GET and PUT of /api/config/caching and /api/config/token-refresh.
#include <cstdint>
#include <optional>

#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// What the gateway keeps.
struct caching_config {
    bool auto_inject_anthropic_cache_control;  ///< Anthropic is asked to keep the begin of prompts
    bool response_cache_enabled;               ///< answers are given again to the same request
    std::int64_t response_cache_ttl_secs;      ///< for so long
    json::value extra{};                       ///< members that have no name here
};

template <std::same_as<caching_config> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CachingConfig",
        json::field("auto_inject_anthropic_cache_control", &T::auto_inject_anthropic_cache_control),
        json::field("response_cache_enabled", &T::response_cache_enabled),
        json::field("response_cache_ttl_secs", &T::response_cache_ttl_secs, json::min(1)),
        json::rest(&T::extra));
}

/// What is to change of a caching_config; what is absent stays.
struct caching_config_update {
    std::optional<bool> auto_inject_anthropic_cache_control{};  ///< as in caching_config
    std::optional<bool> response_cache_enabled{};               ///< as in caching_config
    std::optional<std::int64_t> response_cache_ttl_secs{};      ///< more than 0
    json::value extra{};                                        ///< members that have no name here
};

template <std::same_as<caching_config_update> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CachingConfigUpdate",
        json::field("auto_inject_anthropic_cache_control", &T::auto_inject_anthropic_cache_control,
                    json::or_null),
        json::field("response_cache_enabled", &T::response_cache_enabled, json::or_null),
        json::field("response_cache_ttl_secs", &T::response_cache_ttl_secs, json::or_null,
                    json::min(1)),
        json::rest(&T::extra));
}

/// When the gateway refreshes the tokens that it has for providers.
struct token_refresh_config {
    bool enabled;                         ///< before they expire, on its own
    std::int64_t refresh_threshold_secs;  ///< this long before
    std::int64_t check_interval_secs;     ///< it looks every so often
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<token_refresh_config> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TokenRefreshConfig", json::field("enabled", &T::enabled),
        json::field("refresh_threshold_secs", &T::refresh_threshold_secs, json::min(0)),
        json::field("check_interval_secs", &T::check_interval_secs, json::min(1)),
        json::rest(&T::extra));
}

/// What is to change of a token_refresh_config; what is absent stays.
struct token_refresh_config_update {
    std::optional<bool> enabled{};                         ///< as in token_refresh_config
    std::optional<std::int64_t> refresh_threshold_secs{};  ///< 0 or more
    std::optional<std::int64_t> check_interval_secs{};     ///< more than 0
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<token_refresh_config_update> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TokenRefreshConfigUpdate", json::field("enabled", &T::enabled, json::or_null),
        json::field("refresh_threshold_secs", &T::refresh_threshold_secs, json::or_null,
                    json::min(0)),
        json::field("check_interval_secs", &T::check_interval_secs, json::or_null, json::min(1)),
        json::rest(&T::extra));
}

}  // namespace tessera::cortex
