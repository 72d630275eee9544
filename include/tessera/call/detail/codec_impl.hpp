#pragma once

#include "tessera/call/codec.hpp"
#include "tessera/json/detail/members.hpp"

namespace tessera::call::detail {

TESSERA_DEF
void refuse_extra_body(spec& request) {
    request.defect = tessera::detail::failed(
        error_kind::invalid_argument,
        "extra_body adds members to a JSON object, and this request has none");
}

TESSERA_DEF
void set_json_text(spec& request, std::string&& text, const json::value& extra) {
    request.content_type = "application/json";
    if (extra.is_object() && !extra.empty()) {
        constexpr std::size_t any = std::size_t(-1);
        json::value merged = *json::parse(text, {.depth = any, .bytes = any, .values = any});
        if (!merged.is_object()) return refuse_extra_body(request);
        for (const auto& [name, member] : *extra.get_ptr<const json::value::object_t*>())
            json::detail::set_member(merged, name) = member;
        text.clear();
        json::encode(text, merged);
    }
    request.body.reset(new std::string(std::move(text)));
}

TESSERA_DEF
void set_json_body(spec& request, const json::detail::node& type, const void* body,
                   const json::value& extra) {
    std::string text;
    json::detail::write(text, type, body);
    set_json_text(request, std::move(text), extra);
}

TESSERA_DEF
void set_json_stream_body(spec& request, const json::detail::node& type, const void* body,
                          const json::value& extra, std::string_view asking, bool replaces) {
    if (replaces) {
        json::value more = extra;
        json::detail::set_member(more, std::string(asking)) = true;
        return set_json_body(request, type, body, more);
    }
    std::string text;
    json::detail::write(text, type, body);
    text.pop_back();
    text.append(text.size() > 1 ? ",\"" : "\"").append(asking).append("\":true}");
    set_json_text(request, std::move(text), extra);
}

TESSERA_DEF
tessera::detail::boxed_error about_answer(tessera::detail::boxed_error failure, call_info& info) {
    if (failure->kind == error_kind::decode)
        failure->message = "the answer could not be read: " + failure->message;
    failure->status = info.status;
    failure->request_id = info.request_id;
    failure->attempts = info.attempts;
    failure->body = std::move(info.raw);
    return failure;
}

TESSERA_DEF
tessera::detail::boxed_error undecodable(call_info& info) {
    if (info.status < 300) return {};
    return about_answer(
        tessera::detail::failed(error_kind::api, {"the answer redirects to ",
                                                  info.headers.find("location").value_or("nowhere"),
                                                  ", and redirects are not followed"}),
        info);
}

TESSERA_DEF
result<void> read_json(call_info& info, const json::detail::node& type, void* into) {
    if (auto failure = undecodable(info)) return failure;
    result<void> read = json::detail::decode_text(type, info.raw, into, json::limits());
    if (!read) return about_answer(std::move(read).failure(), info);
    return read;
}

}  // namespace tessera::call::detail
