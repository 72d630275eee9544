#pragma once

#include <charconv>
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

inline timeouts merge(timeouts client, const call_options::deadlines& call) {
    client.connect = call.connect.value_or(client.connect);
    client.first_byte = call.first_byte.value_or(client.first_byte);
    client.idle = call.idle.value_or(client.idle);
    client.total = call.total.value_or(client.total);
    client.total_covers_streams = call.total_covers_streams.value_or(client.total_covers_streams);
    return client;
}

inline rate_limit_window rate_limit_of(const http::fields& headers, const std::string& window) {
    const auto number = [&](const char* which) {
        const auto text = headers.find("x-ratelimit-" + std::string(which) + "-" + window);
        return text ? parse_decimal(*text) : std::nullopt;
    };
    const auto whole = [](std::optional<double> read) -> std::optional<std::int64_t> {
        if (!read || *read > 9e15) return std::nullopt;
        return static_cast<std::int64_t>(*read);
    };
    rate_limit_window found;
    found.limit = whole(number("limit"));
    found.remaining = whole(number("remaining"));
    if (const auto reset = number("reset")) found.reset = std::chrono::duration<double>(*reset);
    return found;
}

inline void redact(std::string& text, const std::string& secret_text) {
    constexpr std::string_view mark = "[redacted]";
    if (secret_text.size() < 4) return;
    for (std::size_t at = text.find(secret_text); at != std::string::npos;
         at = text.find(secret_text, at + mark.size()))
        text.replace(at, secret_text.size(), mark);
}

inline error protocol_failure(std::string message) {
    error reason;
    reason.kind = error_kind::protocol;
    reason.message = std::move(message);
    return reason;
}

inline error error_of_stop(net::stop_cause cause, const timeouts& limits) {
    const auto within = [](std::string_view what, std::chrono::milliseconds limit) {
        return std::string(what) + " within " + std::to_string(limit.count()) + " ms";
    };
    error reason;
    reason.kind = error_kind::timeout;
    switch (cause) {
        case net::stop_cause::connect: reason.message = within("no connection", limits.connect); break;
        case net::stop_cause::first_byte:
            reason.message = within("no byte of an answer", limits.first_byte);
            break;
        case net::stop_cause::idle: reason.message = within("not one more byte", limits.idle); break;
        case net::stop_cause::total: reason.message = within("the call did not end", limits.total); break;
        default:
            reason.kind = error_kind::cancelled;
            reason.message = "the call was cancelled";
            break;
    }
    return reason;
}

}  // namespace tessera::call::detail
