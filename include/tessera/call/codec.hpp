#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "tessera/call/response.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json.hpp"

namespace tessera::call {

namespace detail {

TESSERA_DECL void refuse_extra_body(spec& request);

// `extra` (an object, or null) adds members to the JSON text.
TESSERA_DECL void set_json_body(spec& request, std::string&& text, const json::value& extra);

// `failure` with what the answer is beside the result.
TESSERA_DECL tessera::detail::boxed_error about_answer(tessera::detail::boxed_error failure,
                                                       call_info& info);
// Why there is nothing to decode in an answer with such a status.
TESSERA_DECL tessera::detail::boxed_error undecodable(call_info& info);

}  // namespace detail

/// Sets the body of `request`, as the operation takes it. `extra` (an object, or null) adds members
/// to JSON. Operations that take forms include call/form.hpp.
template <http::media Takes, class Body>
void set_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (Takes == http::media::json) {
        detail::set_json_body(request, json::encode(body), extra);
    } else {
        if constexpr (Takes == http::media::form) {
            encode_form_body(request, body);
        } else {
            request.body = std::make_shared<const std::string>(body);
            request.content_type = Takes == http::media::text ? "text/plain; charset=utf-8"
                                                              : "application/octet-stream";
        }
        if (extra.is_object() && !extra.empty()) detail::refuse_extra_body(request);
    }
}

/// The typed answer. std::string takes the body as it is, void drops it, any other type reads JSON,
/// unless an overload decode_body(json::type<T>, const call_info&) -> result<T> is found beside it.
template <class T>
result<response<T>> decode_answer(call_info&& info) {
    if constexpr (std::is_void_v<T>) {
        return response<T>{std::move(info)};
    } else if constexpr (std::same_as<T, std::string>) {
        return response<T>{info.raw, std::move(info)};
    } else {
        if (auto failure = detail::undecodable(info)) return failure;
        result<T> decoded = [&] {
            if constexpr (requires { decode_body(json::type<T>(), std::as_const(info)); })
                return decode_body(json::type<T>(), std::as_const(info));
            else
                return json::decode_text<T>(info.raw);
        }();
        if (decoded) return response<T>{*std::move(decoded), std::move(info)};
        return detail::about_answer(std::move(decoded).failure(), info);
    }
}

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/codec_impl.hpp"
#endif
