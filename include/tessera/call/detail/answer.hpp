#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tessera/call/options.hpp"
#include "tessera/call/response.hpp"
#include "tessera/call/retry.hpp"
#include "tessera/core/error.hpp"
#include "tessera/http/fields.hpp"
#include "tessera/net/watch.hpp"

// The driver's decisions that need no connection.
namespace tessera::call::detail {

inline constexpr std::size_t longest_error_body = std::size_t{1} << 20;

// A call's deadlines with every default filled in; zero or less: none.
struct deadlines {
    std::chrono::milliseconds connect{}, first_byte{}, idle{}, total{};
    bool total_covers_streams = false;
};

// `answers_at_once`: the server need not think before the answer's first byte.
inline deadlines merge(const timeouts& client, const timeouts& call, bool answers_at_once) {
    using std::chrono::milliseconds;
    const auto chosen = [](timeouts::duration of_call, timeouts::duration of_client,
                           milliseconds otherwise) {
        return of_call ? *of_call : of_client.value_or(otherwise);
    };
    constexpr milliseconds minute{60000};
    return {chosen(call.connect, client.connect, milliseconds(5000)),
            chosen(call.first_byte, client.first_byte, answers_at_once ? minute : milliseconds(0)),
            chosen(call.idle, client.idle, minute), chosen(call.total, client.total, 10 * minute),
            call.total_covers_streams.value_or(client.total_covers_streams.value_or(false))};
}

inline void redact(std::string& text, const std::string& secret_text) {
    constexpr std::string_view mark = "[redacted]";
    if (secret_text.size() < 4) return;
    for (std::size_t at = text.find(secret_text); at != std::string::npos;
         at = text.find(secret_text, at + mark.size()))
        text.replace(at, secret_text.size(), mark);
}

// RFC 9110 section 15.4: the statuses whose location is followed.
constexpr bool is_redirect(int status) {
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

inline error protocol_failure(std::string message) {
    error reason;
    reason.kind = error_kind::protocol;
    reason.message = std::move(message);
    return reason;
}

inline error error_of_stop(net::stop_cause cause, const deadlines& limits) {
    const auto within = [](std::string_view what, std::chrono::milliseconds limit) {
        return std::string(what) + " within " + std::to_string(limit.count()) + " ms";
    };
    error reason;
    reason.kind = error_kind::timeout;
    switch (cause) {
        case net::stop_cause::connect:
            reason.message = within("no connection", limits.connect);
            break;
        case net::stop_cause::first_byte:
            reason.message = within("no byte of an answer", limits.first_byte);
            break;
        case net::stop_cause::idle:
            reason.message = within("not one more byte", limits.idle);
            break;
        case net::stop_cause::total:
            reason.message = within("the call did not end", limits.total);
            break;
        default:
            reason.kind = error_kind::cancelled;
            reason.message = "the call was cancelled";
            break;
    }
    return reason;
}

}  // namespace tessera::call::detail
