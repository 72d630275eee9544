#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "tessera/call/error_body.hpp"
#include "tessera/http/message.hpp"
#include "tessera/json/detail/members.hpp"
#include "tessera/json/encode.hpp"
#include "tessera/json/parse.hpp"

namespace tessera::call {

namespace detail {

using json::detail::array_in;
using json::detail::find_member;
using json::detail::string_in;

TESSERA_COLD_DECL
std::string_view text_member(const json::value& object, std::string_view name) {
    const std::string* const text = string_in(find_member(object, name));
    return text ? std::string_view(*text) : std::string_view();
}

TESSERA_COLD_DECL
int status_member(const json::value& object, std::string_view name) {
    const json::value* const found = find_member(object, name);
    const auto* const number =
        found ? found->get_ptr<const json::value::number_integer_t*>() : nullptr;
    return number && *number >= 400 && *number <= 599 ? static_cast<int>(*number) : 0;
}

// The first of what a validation found wrong; null if there is none.
TESSERA_COLD_DECL
const json::value* first_issue(const json::value& body) {
    const json::value::array_t* const issues = array_in(find_member(body, "detail"));
    return issues && !issues->empty() ? issues->data() : nullptr;
}

// "body.temperature" of a validation issue.
TESSERA_COLD_DECL
std::string place_of_issue(const json::value& issue) {
    std::string text;
    const json::value::array_t* const place = array_in(find_member(issue, "loc"));
    for (std::size_t i = 0; place && i < place->size(); ++i) {
        if (i > 0) text += '.';
        const json::value& part = (*place)[i];
        const std::string* const name = string_in(&part);
        text += name ? *name : json::encode(part);
    }
    return text;
}

// "body.temperature: must be at most 2"; empty for what is no validation issue.
TESSERA_COLD_DECL
std::string text_of_issue(const json::value& issue) {
    const std::string_view message = text_member(issue, "msg");
    if (message.empty()) return {};
    const std::string place = place_of_issue(issue);
    return place + (place.empty() ? "" : ": ") + std::string(message);
}

TESSERA_COLD_DECL
std::string text_of_error(const json::value& body) {
    if (const json::value* const inner = find_member(body, "error"))
        if (const auto text = text_member(*inner, "message"); !text.empty())
            return std::string(text);
    for (const char* name : {"message", "detail", "error"})
        if (const auto text = text_member(body, name); !text.empty()) return std::string(text);
    const json::value* const issue = first_issue(body);
    return issue ? text_of_issue(*issue) : std::string();
}

// What the body says of the error beside its message, into `reason`.
TESSERA_COLD_DECL
void note_words(const json::value& body, error& reason) {
    const json::value* const inner = find_member(body, "error");
    const json::value& cause = inner && inner->is_object() ? *inner : body;
    reason.type = text_member(cause, "type");
    reason.param = text_member(cause, "param");
    reason.code = text_member(cause, "code");
    if (const json::value* const code = find_member(cause, "code"))
        if (code->is_number_integer()) reason.code = json::encode(*code);
    const json::value* const issue = first_issue(body);
    if (!issue || !issue->is_object()) return;
    reason.type = text_member(*issue, "type");
    reason.param = place_of_issue(*issue);
}

TESSERA_COLD_DECL
int status_of_type(std::string_view type) {
    static constexpr std::array<std::pair<std::string_view, int>, 14> known = {{
        {"overloaded", 529},
        {"rate_limit", 429},
        {"too_many_requests", 429},
        {"queue_exceeded", 429},
        {"server_error", 500},
        {"internal", 500},
        {"api_error", 500},
        {"provider_error", 502},
        {"timeout", 504},
        {"authentication", 401},
        {"permission", 403},
        {"not_found", 404},
        {"too_large", 413},
        {"invalid_request", 400},
    }};
    for (const auto& [part, status] : known)
        if (type.find(part) != std::string_view::npos) return status;
    return 0;
}

}  // namespace detail

TESSERA_DEF
error error_of_answer(int status, std::string_view body, std::string_view content_type) {
    error reason;
    reason.kind = kind_of_status(status);
    reason.status = status;
    reason.body = std::string(body);
    if (const auto parsed = json::parse(body)) {
        reason.message = detail::text_of_error(*parsed);
        detail::note_words(*parsed, reason);
    } else if (content_type.starts_with("text/plain")) {
        reason.message =
            json::detail::excerpt(body.substr(0, body.find_last_not_of(" \t\r\n") + 1));
    }
    if (reason.message.empty()) reason.message = http::reason_phrase(status);
    reason.message += " (HTTP " + std::to_string(status) + ")";
    return reason;
}

TESSERA_DEF
tessera::detail::boxed_error error_of_event(const http::sse_event& event, http::stream_error told) {
    if (told == http::stream_error::none) return {};
    // Text of a chunk may say "error" too, so that the search only saves parsing the other chunks.
    const bool named = told == http::stream_error::event && event.type == "error";
    if (!named &&
        (told == http::stream_error::event || event.data.find("\"error\"") == std::string::npos))
        return {};
    const auto parsed = json::parse(event.data);
    const json::value* inner = parsed ? detail::find_member(*parsed, "error") : nullptr;
    if (inner && inner->is_null()) inner = nullptr;
    if (!named && inner == nullptr) return {};

    error reason;
    reason.body = event.data;
    if (parsed) {
        const json::value& cause = inner != nullptr ? *inner : *parsed;
        for (const int status :
             {detail::status_member(*parsed, "status_code"),
              detail::status_member(*parsed, "status"), detail::status_member(cause, "status_code"),
              detail::status_member(cause, "status"), detail::status_member(cause, "code"),
              detail::status_of_type(detail::text_member(cause, "type")),
              detail::status_of_type(detail::text_member(cause, "code"))})
            if (reason.status == 0) reason.status = status;
        reason.message = detail::text_of_error(*parsed);
        detail::note_words(*parsed, reason);
    }
    reason.kind = reason.status != 0 ? kind_of_status(reason.status) : error_kind::api;
    reason.message = "the stream broke off with an error: " +
                     (reason.message.empty() ? std::string("unknown") : reason.message);
    return tessera::detail::boxed_error(std::move(reason));
}

}  // namespace tessera::call
