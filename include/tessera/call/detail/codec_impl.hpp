#pragma once

#include "tessera/call/codec.hpp"

namespace tessera::call::detail {

TESSERA_DEF
void refuse_extra_body(spec& request) {
    request.defect =
        tessera::detail::failed(error_kind::invalid_argument,
                                "extra_body adds members to a JSON body, and this request has none");
}

TESSERA_DEF
void set_json_body(spec& request, std::string&& text, const json::value& extra) {
    request.content_type = "application/json";
    if (extra.is_object() && !extra.empty()) {
        constexpr std::size_t any = std::size_t(-1);
        json::value merged = *json::parse(text, {.depth = any, .bytes = any, .values = any});
        merged.update(extra);
        text.clear();
        json::encode(text, merged);
    }
    request.body = std::make_shared<const std::string>(std::move(text));
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
        tessera::detail::failed(
            error_kind::api, "the answer redirects to " +
                                 std::string(info.headers.find("location").value_or("nowhere")) +
                                 ", and redirects are not followed"),
        info);
}

}  // namespace tessera::call::detail
