#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/http/fields.hpp"

namespace tessera {

/// One of an API's limits as its headers tell it; absent where it says nothing.
struct rate_limit_window {
    std::optional<std::int64_t> limit{};                   ///< in a full window
    std::optional<std::int64_t> remaining{};               ///< of it
    std::optional<std::chrono::duration<double>> reset{};  ///< until the window is full again
};

/// Where the time of a call went, as the client saw it.
struct call_timings {
    /// How long something took.
    using duration = std::chrono::nanoseconds;
    duration connect{};     ///< of the last attempt: name lookup to TLS; zero on a kept connection
    duration first_byte{};  ///< of the last attempt: from sending to the answer's first byte
    duration waited{};      ///< pauses between attempts
    duration total{};       ///< begin of the call to its end; of a stream: to its first event
};

/// What a call says beside its result.
struct call_info {
    std::string request_id;          ///< x-request-id or request-id of the answer
    int status = 0;                  ///< of the answer
    int attempts = 0;                ///< requests sent or tried, the last one included
    bool connection_reused = false;  ///< it was kept from an earlier call
    call_timings timings;            ///< where the time went
    http::fields headers;            ///< of the answer
    /// The answer's body as it came; empty for a stream, and for what a sink took.
    std::string raw;

    /// The limit of that name, as the API spells it in x-ratelimit-{limit,remaining,reset}-NAME or
    /// VENDOR-ratelimit-NAME-{limit,remaining,reset}: "requests-day", "tokens". Resets are read as
    /// seconds, as durations ("6m0s") and as dates (RFC 3339), the latter against the answer's own
    /// Date.
    TESSERA_COLD_DECL rate_limit_window rate_limit(std::string_view name) const;
};

/// A result with what came along. `info` belongs to the response even where T has such a member.
template <class T>
struct response : T {
    call_info info;  ///< what the call says beside its result
};

/// What came along where there is no result.
template <>
struct response<void> {
    call_info info;  ///< what the call says beside its result
};

}  // namespace tessera

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/rate_limit_impl.hpp"
#endif
