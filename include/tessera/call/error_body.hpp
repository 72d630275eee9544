#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/error.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/json/decode.hpp"

namespace tessera {

/// The body of an API's error as the type that the API documents for it; nothing where it is not
/// one.
///
///     catch (const tessera::unprocessable_error& e) {
///         if (const auto body = tessera::body_as<cerebras::http_validation_error>(e.error())) ...
template <class T>
std::optional<T> body_as(const error& reason) {
    result<T> read = json::decode_text<T>(reason.body);
    return read ? std::optional<T>(*std::move(read)) : std::nullopt;
}

}  // namespace tessera

namespace tessera::call {

/// The error that an answer with a failing status stands for. Message, type, code and param come
/// out of the JSON body in any of the common forms (an object `error`, the same at the top,
/// `detail`, detail[].msg); a body of plain text, as its `content_type` says, is the message itself;
/// else the message is the status' own name.
TESSERA_COLD_DECL error error_of_answer(int status, std::string_view body,
                                        std::string_view content_type = {});

/// The error that an event of a stream stands for, if it is one, where errors are told in this way:
/// `{"error": {...}, "status_code": n}`, `{"error": "...", "status": n}`, `{"error": {"code": n}}`,
/// `{"type": "error", "error": {...}}`.
TESSERA_COLD_DECL tessera::detail::boxed_error error_of_event(const http::sse_event& event,
                                                              http::stream_error told);

}  // namespace tessera::call

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/error_body_impl.hpp"
#endif
