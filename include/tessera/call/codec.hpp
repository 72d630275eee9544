#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "tessera/call/response.hpp"
#include "tessera/call/spec.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/json.hpp"

namespace tessera::call {

namespace detail {

TESSERA_COLD_DECL void refuse_extra_body(spec& request);

// `extra` (an object, or null) adds members to the JSON text.
TESSERA_COLD_DECL void set_json_text(spec& request, std::string&& text, const json::value& extra);
TESSERA_COLD_DECL void set_json_body(spec& request, const json::detail::node& type,
                                     const void* body, const json::value& extra);
// The same, with a member that asks for a stream; `replaces`: the body may have this member.
TESSERA_COLD_DECL void set_json_stream_body(spec& request, const json::detail::node& type,
                                            const void* body, const json::value& extra,
                                            std::string_view asking, bool replaces);

// `failure` with what the answer is beside the result.
TESSERA_COLD_DECL tessera::detail::boxed_error about_answer(tessera::detail::boxed_error failure,
                                                            call_info& info);
// Why there is nothing to decode in an answer with such a status.
TESSERA_COLD_DECL tessera::detail::boxed_error undecodable(call_info& info);
// Reads the JSON of an answer into a value as it was constructed.
TESSERA_DECL result<void> read_json(call_info& info, const json::detail::node& type, void* into);

}  // namespace detail

/// Sets the body of `request`, as the operation takes it. `extra` (an object, or null) adds members
/// to JSON. Operations that take forms include call/form.hpp.
template <http::media Takes, class Body>
void set_body(spec& request, const Body& body, const json::value& extra) {
    if constexpr (Takes == http::media::json) {
        constexpr auto how = json::detail::use::writing;
        detail::set_json_body(request, json::detail::node_of<Body, how>(), &body, extra);
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

/// Reads the typed answer into `into`, with `info`. std::string takes the body as it is, void drops
/// it, any other type reads JSON, unless an overload decode_body(json::type<T>, const call_info&) ->
/// result<T> is found beside it.
template <class T>
result<void> read_answer(response<T>& into, call_info&& info) {
    if constexpr (std::same_as<T, std::string>) {
        static_cast<T&>(into) = info.raw;
    } else if constexpr (!std::is_void_v<T>) {
        if constexpr (requires { decode_body(json::type<T>(), std::as_const(info)); }) {
            if (auto failure = detail::undecodable(info)) return failure;
            result<T> decoded = decode_body(json::type<T>(), std::as_const(info));
            if (!decoded) return detail::about_answer(std::move(decoded).failure(), info);
            static_cast<T&>(into) = *std::move(decoded);
        } else {
            constexpr auto how = json::detail::use::reading;
            result<void> read =
                detail::read_json(info, json::detail::node_of<T, how>(), &static_cast<T&>(into));
            if (!read) return read;
        }
    }
    into.info = std::move(info);
    return {};
}

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/codec_impl.hpp"
#endif
