#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tessera/core/error.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/http/sse.hpp"

namespace tessera::call {

// The error that an answer with a failing status stands for: its message out of the JSON body in any of
// the common forms (error.message, error, message, detail, detail[].msg), else the status' own name.
template <class Lazy = void>
error error_of_answer(int status, std::string_view body);

// The error that an event of a stream stands for, if it is one: `{"error": {...}, "status_code": n}`,
// `{"error": {"code": n}}`, `{"type": "error", "error": {...}}`, or an event of type "error".
template <class Lazy = void>
std::optional<error> error_of_event(const http::sse_event& event);

}  // namespace tessera::call

#include "tessera/call/detail/error_body_impl.hpp"
