#pragma once
// OAuth of the gateway: how a person gives it a token for a provider, and what it has.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/call/timestamps.hpp"
#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// What a flow begins with.
struct oauth_authorize_query {
    /// Where the browser ends after success: on the gateway's host, on its machine, or on a host
    /// that it is configured with.
    std::optional<std::string> redirect_url{};
};

template <std::same_as<oauth_authorize_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthAuthorizeQuery", json::field("redirect_url", &T::redirect_url));
}

/// What a provider tells the gateway through the browser.
struct oauth_callback_query {
    std::optional<std::string> code{};               ///< to be exchanged for a token
    std::optional<std::string> state{};              ///< of the flow
    std::optional<std::string> error{};              ///< why there is no code
    std::optional<std::string> error_description{};  ///< the same for people
};

template <std::same_as<oauth_callback_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthCallbackQuery", json::field("code", &T::code),
                           json::field("state", &T::state), json::field("error", &T::error),
                           json::field("error_description", &T::error_description));
}

/// The gateway has a token: the end of a flow, and the answer of client.oauth.poll().
struct oauth_success {
    bool success = true;   ///< always true
    std::string provider;  ///< whose token it is
    /// Absent for a permanent token.
    std::optional<std::chrono::system_clock::time_point> expires_at{};
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<oauth_success> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthCallbackSuccess", json::field("success", &T::success),
                           json::field("provider", &T::provider),
                           json::field("expires_at", &T::expires_at), json::rest(&T::extra));
}

/// What the gateway has for a provider. One of three: nothing, a token that expires, or one that
/// does not.
struct oauth_status {
    std::string provider;  ///< its name
    bool configured;       ///< the gateway could ask for a token
    bool authenticated;    ///< it has a valid one
    /// Of a token that expires.
    std::optional<std::chrono::system_clock::time_point> expires_at{};
    std::optional<std::vector<std::string>> scopes{};  ///< that were granted
    std::optional<std::string> token_type{};           ///< "permanent" of one that does not expire
    json::value extra{};                               ///< members that have no name here

    /// Whether there is a token that never expires.
    bool is_permanent() const { return token_type == "permanent"; }
};

template <std::same_as<oauth_status> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "OAuthStatus", json::field("provider", &T::provider),
        json::field("configured", &T::configured), json::field("authenticated", &T::authenticated),
        json::field("expires_at", &T::expires_at), json::field("scopes", &T::scopes),
        json::field("token_type", &T::token_type), json::rest(&T::extra));
}

/// The gateway has a new token in place of the one before.
struct oauth_refreshed {
    bool success = true;                               ///< always true
    std::string provider;                              ///< whose token it is
    std::chrono::system_clock::time_point expires_at;  ///< the new one
    json::value extra{};                               ///< members that have no name here
};

template <std::same_as<oauth_refreshed> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthRefreshSuccess", json::field("success", &T::success),
                           json::field("provider", &T::provider),
                           json::field("expires_at", &T::expires_at), json::rest(&T::extra));
}

/// The gateway has no token for the provider any more. The provider was not told.
struct oauth_deleted {
    bool success = true;   ///< always true
    std::string provider;  ///< whose token it was
    std::string message;   ///< for people
    json::value extra{};   ///< members that have no name here
};

template <std::same_as<oauth_deleted> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OAuthDeleteSuccess", json::field("success", &T::success),
                           json::field("provider", &T::provider),
                           json::field("message", &T::message), json::rest(&T::extra));
}

/// A flow that a person ends on any device (RFC 8628). The gateway polls by itself.
struct device_authorization {
    std::string device_code;                ///< of this flow, for poll()
    std::string user_code;                  ///< what the person would type
    std::string verification_uri;           ///< where it is typed
    std::string verification_uri_complete;  ///< the same with the code filled in
    std::int64_t expires_in;                ///< seconds
    std::int64_t interval;                  ///< seconds between two polls
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<device_authorization> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DeviceAuthorization", json::field("device_code", &T::device_code),
                           json::field("user_code", &T::user_code),
                           json::field("verification_uri", &T::verification_uri),
                           json::field("verification_uri_complete", &T::verification_uri_complete),
                           json::field("expires_in", &T::expires_in, json::min(1)),
                           json::field("interval", &T::interval, json::min(1)),
                           json::rest(&T::extra));
}

/// Which flow is asked about.
struct device_poll {
    std::optional<std::string> device_code{};  ///< absent: the latest
    json::value extra{};                       ///< members that have no name here
};

template <std::same_as<device_poll> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DevicePoll", json::field("device_code", &T::device_code),
                           json::rest(&T::extra));
}

/// How refresh(), device() and poll() fail: tessera::body_as<cortex::oauth_error>(error). Of a poll
/// `error` is a word of RFC 8628, "authorization_pending" and "slow_down" while the person decides.
struct oauth_error {
    std::string error;                               ///< why
    std::optional<std::string> error_description{};  ///< the same for people, of a poll
    json::value extra{};                             ///< members that have no name here
};

template <std::same_as<oauth_error> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DevicePollError", json::field("error", &T::error),
                           json::field("error_description", &T::error_description),
                           json::rest(&T::extra));
}

}  // namespace tessera::cortex
