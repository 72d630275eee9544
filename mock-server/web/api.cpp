#include "web/api.hpp"

namespace tessera::server {
namespace {

struct error_body {
    std::string message;
    std::string type;
    json::nullable<std::string> param;
    json::nullable<std::string> code;
};

constexpr auto describe(json::type<error_body>) {
    return json::object<error_body>("Error", json::field("message", &error_body::message),
                                    json::field("type", &error_body::type),
                                    json::field("param", &error_body::param),
                                    json::field("code", &error_body::code));
}

std::string_view type_of(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 429:
            return "too_many_requests_error";
        default:
            return status < 500 ? "invalid_request_error" : "server_error";
    }
}

json::nullable<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

}  // namespace

answer api::explain(const problem& reason) const {
    const error_body body{
        .message = reason.message,
        .type = reason.type.empty() ? std::string(type_of(reason.status)) : reason.type,
        .param = unless_empty(reason.param),
        .code = unless_empty(reason.code)};
    answer made = json_answer(reason.status, json::encode(body));
    if (reason.retry_after)
        made.headers.add("retry-after", std::to_string(reason.retry_after->count()));
    if (!reason.allow.empty()) made.headers.add("allow", reason.allow);
    return made;
}

answer api::invalid(std::span<const json::issue> issues) const {
    const json::issue& first = issues.front();
    return explain({.status = 400,
                    .message = first.message,
                    .param = json::to_string(first.path),
                    .code = first.type});
}

}  // namespace tessera::server
