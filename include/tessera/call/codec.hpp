#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

#include "tessera/call/response.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json.hpp"

namespace tessera::call {

inline void refuse_extra_body(spec& request) {
    request.defect = error{error_kind::invalid_argument,
                           "extra_body adds members to a JSON body, and this request has none"};
}

// Sets the body of `request`, as the operation takes it. `extra` (an object, or null) adds members
// to JSON. Operations that take forms include call/form.hpp.
template <http::media Takes, class Body>
void set_body(spec& request, const Body& body, const json::value& extra) {
    const bool adds = extra.is_object() && !extra.empty();
    if constexpr (Takes == http::media::json) {
        std::string text;
        if (adds) {
            json::value merged = json::to_value(body);
            merged.update(extra);
            json::encode(text, merged);
        } else {
            json::encode(text, body);
        }
        request.body = std::make_shared<const std::string>(std::move(text));
        request.content_type = "application/json";
        return;
    } else if constexpr (Takes == http::media::form) {
        encode_form_body(request, body);
    } else {
        request.body = std::make_shared<const std::string>(body);
        request.content_type =
            Takes == http::media::text ? "text/plain; charset=utf-8" : "application/octet-stream";
    }
    if (adds) refuse_extra_body(request);
}

// What the answer is beside the result, in an error about it.
inline error about_answer(error reason, call_info&& info) {
    reason.status = info.status;
    reason.request_id = info.request_id;
    reason.attempts = info.attempts;
    reason.body = std::move(info.raw);
    return reason;
}

// The typed answer. std::string takes the body as it is, void drops it, any other type reads JSON,
// unless an overload decode_body(json::type<T>, const call_info&) -> result<T> is found beside it.
template <class T>
result<response<T>> decode_answer(call_info&& info) {
    if constexpr (std::is_void_v<T>) {
        return response<T>{std::move(info)};
    } else if constexpr (std::same_as<T, std::string>) {
        return response<T>{info.raw, std::move(info)};
    } else {
        if (info.status >= 300) {
            error reason{error_kind::api,
                         "the answer redirects to " +
                             std::string(info.headers.find("location").value_or("nowhere")) +
                             ", and redirects are not followed"};
            return about_answer(std::move(reason), std::move(info));
        }
        result<T> decoded = [&] {
            if constexpr (requires { decode_body(json::type<T>(), std::as_const(info)); })
                return decode_body(json::type<T>(), std::as_const(info));
            else
                return json::decode_text<T>(info.raw);
        }();
        if (decoded) return response<T>{*std::move(decoded), std::move(info)};
        error reason = std::move(decoded.error());
        if (reason.kind == error_kind::decode)
            reason.message = "the answer could not be read: " + reason.message;
        return about_answer(std::move(reason), std::move(info));
    }
}

}  // namespace tessera::call
