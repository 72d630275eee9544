#pragma once
// How the gateway says that something went wrong, but for its Anthropic family, whose bodies are
// anthropic::error_body: tessera::body_as<cortex::error_body>(error).
#include <string>

#include "tessera/cortex/describe.hpp"

namespace tessera::cortex {

/// What went wrong.
enum class error_type {
    invalid_request_error,  ///< the request is malformed, or lacks something
    authentication_error,   ///< no key, or a wrong one
    permission_error,       ///< the key may not do that
    rate_limit_error,       ///< too many requests
    model_not_found,        ///< no such model, or none that the key may use
    provider_error,         ///< the provider behind the gateway failed
    server_error            ///< the same, of transcriptions
};

template <std::same_as<error_type> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ErrorType",
                                json::enumerator("invalid_request_error", T::invalid_request_error),
                                json::enumerator("authentication_error", T::authentication_error),
                                json::enumerator("permission_error", T::permission_error),
                                json::enumerator("rate_limit_error", T::rate_limit_error),
                                json::enumerator("model_not_found", T::model_not_found),
                                json::enumerator("provider_error", T::provider_error),
                                json::enumerator("server_error", T::server_error));
}

/// What went wrong, and why.
struct error_detail {
    std::string message;                  ///< why, for people
    json::open_enum<error_type> type;     ///< what
    json::nullable<std::string> code{};   ///< a stable word, such as "invalid_api_key"
    json::nullable<std::string> param{};  ///< the part of the request that is at fault
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<error_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "OpenAIErrorDetail", json::field("message", &T::message), json::field("type", &T::type),
        json::field("code", &T::code, json::defaults(nullptr)),
        json::field("param", &T::param, json::defaults(nullptr)), json::rest(&T::extra));
}

/// The body of an answer that failed, and the last chunk of a chat's stream that did.
struct error_body {
    error_detail error;   ///< what went wrong
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<error_body> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("OpenAIError", json::field("error", &T::error), json::rest(&T::extra));
}

}  // namespace tessera::cortex
