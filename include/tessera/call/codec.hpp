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

// Sets the body of `request`: JSON, unless an overload encode_body(call::spec&, const Body&) is found
// beside the type (multipart forms have one). `extra` (an object, or null) adds members to JSON.
template <class Body>
void set_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (requires { encode_body(request, body); }) {
        encode_body(request, body);
    } else {
        std::string text;
        if (extra.is_object() && !extra.empty()) {
            json::value merged = json::to_value(body);
            merged.update(extra);
            json::encode(text, merged);
        } else {
            json::encode(text, body);
        }
        request.body = std::make_shared<const std::string>(std::move(text));
        request.content_type = "application/json";
    }
}

// The typed answer. std::string takes the body as it is, void drops it, any other type reads JSON,
// unless an overload decode_body(json::type<T>, std::string_view) -> result<T> is found beside it.
template <class T>
result<response<T>> decode_answer(call_info&& info) {
    if constexpr (std::is_void_v<T>) {
        return response<T>{std::move(info)};
    } else if constexpr (std::same_as<T, std::string>) {
        return response<T>{info.raw, std::move(info)};
    } else {
        result<T> decoded = [&] {
            if constexpr (requires { decode_body(json::type<T>(), info.raw); })
                return decode_body(json::type<T>(), info.raw);
            else
                return json::decode_text<T>(info.raw);
        }();
        if (!decoded) {
            error reason = std::move(decoded.error());
            if (reason.kind == error_kind::decode)
                reason.message = "the answer could not be read: " + reason.message;
            reason.status = info.status;
            reason.request_id = info.request_id;
            reason.attempts = info.attempts;
            reason.body = std::move(info.raw);
            return reason;
        }
        return response<T>{*std::move(decoded), std::move(info)};
    }
}

}  // namespace tessera::call
