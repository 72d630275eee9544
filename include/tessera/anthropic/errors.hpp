#pragma once
// How the API says that something went wrong.
#include <optional>
#include <string>
#include <string_view>

#include "tessera/anthropic/common.hpp"

namespace tessera::anthropic {

/// What went wrong.
enum class error_type {
    invalid_request_error,  ///< the request is malformed
    authentication_error,   ///< no key, or a wrong one
    permission_error,       ///< the key may not do that
    rate_limit_error,       ///< too many requests or tokens
    model_not_found,        ///< no such model
    provider_error,         ///< the service behind the gateway failed
    server_error,           ///< the gateway failed
    not_found_error,        ///< no such thing
    request_too_large,      ///< the request has too many bytes
    api_error,              ///< the service failed
    overloaded_error        ///< the service has too much to do
};

template <std::same_as<error_type> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("AnthropicErrorType",
                                json::enumerator("invalid_request_error", T::invalid_request_error),
                                json::enumerator("authentication_error", T::authentication_error),
                                json::enumerator("permission_error", T::permission_error),
                                json::enumerator("rate_limit_error", T::rate_limit_error),
                                json::enumerator("model_not_found", T::model_not_found),
                                json::enumerator("provider_error", T::provider_error),
                                json::enumerator("server_error", T::server_error),
                                json::enumerator("not_found_error", T::not_found_error),
                                json::enumerator("request_too_large", T::request_too_large),
                                json::enumerator("api_error", T::api_error),
                                json::enumerator("overloaded_error", T::overloaded_error));
}

/// What went wrong, and why.
struct error_detail {
    json::open_enum<error_type> type;  ///< what
    std::string message;               ///< why, for people
    json::value extra{};               ///< members that have no name here
};

template <std::same_as<error_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicErrorDetail", json::field("type", &T::type),
                           json::field("message", &T::message), json::rest(&T::extra));
}

/// The body of an answer that failed, and the event `error` of a stream that did.
struct error_body {
    json::fixed<"error"> type{};              ///< always "error"
    error_detail error;                       ///< what went wrong
    std::optional<std::string> request_id{};  ///< of the request, for the service's support
    json::value extra{};                      ///< members that have no name here

    /// As an event of a stream: its name.
    std::string_view event_name() const { return type; }
};

template <std::same_as<error_body> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicError", json::field("type", &T::type), json::field("error", &T::error),
        json::field("request_id", &T::request_id, json::or_null), json::rest(&T::extra));
}

}  // namespace tessera::anthropic
