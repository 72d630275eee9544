#include "web/api.hpp"

#include "tessera/http/url.hpp"
#include "web/error_content.hpp"
#include "web/media.hpp"

namespace tessera::server {
namespace {

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

error_content content_of(const problem& reason) {
    return {.message = reason.message,
            .type = reason.type.empty() ? std::string(type_of(reason.status)) : reason.type,
            .param = unless_empty(reason.param),
            .code = unless_empty(reason.code)};
}

answer api::explain(const request*, const problem& reason) const {
    return with_headers_of(reason, json_answer(reason.status, json::encode(content_of(reason))));
}

answer api::invalid(const request& asked, std::string_view,
                    std::span<const json::issue> issues) const {
    const json::issue& first = issues.front();
    return explain(&asked, {.status = 400,
                            .message = first.message,
                            .param = json::to_string(first.path),
                            .code = first.type});
}

answer with_headers_of(const problem& reason, answer made) {
    if (reason.retry_after)
        made.headers.add("retry-after", std::to_string(reason.retry_after->count()));
    if (!reason.allow.empty()) made.headers.add("allow", reason.allow);
    return made;
}

namespace detail {

std::optional<json::value> parse_body(const request& asked, std::vector<json::issue>& issues) {
    if (asked.body.empty()) {
        if (!asked.route->body.optional)
            issues.push_back({{}, "missing", "the request has no body"});
        return std::nullopt;
    }
    auto parsed = json::parse(asked.body);
    if (parsed) return *std::move(parsed);
    issues.push_back({{}, "json_invalid", parsed.error().message});
    return std::nullopt;
}

// Without what told the route from others of its path.
std::vector<std::pair<std::string, std::string>> query_of(const request& asked) {
    http::query_pairs all = http::parse_query(asked.query);
    for (const auto& fixed : http::parse_query(asked.route->query)) std::erase(all, fixed);
    return all;
}

std::vector<std::pair<std::string, std::string>> headers_of(const request& asked) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const http::field each : asked.head.headers) all.emplace_back(each.name, each.value);
    return all;
}

}  // namespace detail

bool wants_stream(const request& asked, bool by_member) {
    const http::stream_rules& rules = asked.route->stream;
    if (!rules.member.empty() && by_member) return true;
    return rules.by_accept && accepts(asked, "text/event-stream");
}

void succeed(exchange& asked) { asked.respond(answer{.status = asked.request().route->status}); }

void succeed(exchange& asked, std::string_view content_type, std::string body) {
    answer made{.status = asked.request().route->status, .headers = {}, .body = std::move(body)};
    made.headers.add("content-type", content_type);
    asked.respond(std::move(made));
}

}  // namespace tessera::server
