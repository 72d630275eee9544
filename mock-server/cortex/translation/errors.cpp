#include "cortex/translation/errors.hpp"

#include <chrono>

namespace tessera::server::cortex {
namespace {

// A refused key is the gateway's, which its clients learn nothing of.
constexpr bool is_about_key(int status) { return status == 401 || status == 403; }

int status_of(int upstream) {
    if (upstream == 404 || upstream == 429) return upstream;
    if (upstream >= 400 && upstream < 500 && !is_about_key(upstream) && upstream != 407 &&
        upstream != 408)
        return 400;
    return 502;
}

// Without what the client adds to it.
std::string message_of(const error& reason) {
    std::string message = reason.message;
    const std::string status = " (HTTP " + std::to_string(reason.status) + ")";
    if (message.ends_with(status)) message.resize(message.size() - status.size());
    return message;
}

std::string failure_of(const error& reason, std::string_view provider) {
    const std::string name = "the provider " + std::string(provider);
    if (is_about_key(reason.status))
        return name + " refused the gateway's own key (HTTP " + std::to_string(reason.status) + ")";
    return name + " failed: " + reason.message;
}

}  // namespace

std::string_view error_type_of(int status, dialect in) {
    const bool chats = in == dialect::chat;
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return chats ? "invalid_request_error" : "model_not_found";
        case 413:
            return chats ? "invalid_request_error" : "request_too_large";
        case 429:
            return "rate_limit_error";
        case 502:
        case 504:
            return "provider_error";
        default:
            return status < 500 ? "invalid_request_error" : "server_error";
    }
}

problem problem_of(const error& reason, std::string_view provider) {
    problem made;
    made.status = status_of(reason.status);
    if (made.status == 502) {
        made.message = failure_of(reason, provider);
    } else {
        made.message = message_of(reason);
        made.param = reason.param;
    }
    if (!is_about_key(reason.status)) made.code = reason.code.empty() ? reason.type : reason.code;
    if (made.status == 404 && reason.code.empty()) made.code = "model_not_found";
    if (reason.retry_after)
        made.retry_after = std::chrono::ceil<std::chrono::seconds>(*reason.retry_after);
    return made;
}

chat_error chat_error_of(const problem& reason) {
    chat_error made{.error = content_of(reason)};
    if (reason.type.empty()) made.error.type = error_type_of(reason.status, dialect::chat);
    return made;
}

anthropic::error_body message_error_of(const problem& reason) {
    const std::string_view type =
        reason.type.empty() ? error_type_of(reason.status, dialect::messages) : reason.type;
    return {.error = {.type = type, .message = reason.message}};
}

}  // namespace tessera::server::cortex
