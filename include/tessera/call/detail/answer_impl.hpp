#pragma once

#include <string_view>

#include "tessera/call/detail/answer.hpp"

namespace tessera::call::detail {

TESSERA_DEF
deadlines merge(const timeouts& client, const timeouts& call, bool answers_at_once) {
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

TESSERA_DEF
void redact(std::string& text, const std::string& secret_text) {
    constexpr std::string_view mark = "[redacted]";
    if (secret_text.size() < 4) return;
    for (std::size_t at = text.find(secret_text); at != std::string::npos;
         at = text.find(secret_text, at + mark.size()))
        text.replace(at, secret_text.size(), mark);
}

TESSERA_DEF
boxed_error error_of_stop(net::stop_cause cause, const deadlines& limits) {
    const auto within = [](const char* what, std::chrono::milliseconds limit) {
        return tessera::detail::failed(error_kind::timeout,
                                       {what, " within ", std::to_string(limit.count()), " ms"});
    };
    switch (cause) {
        case net::stop_cause::connect:
            return within("no connection", limits.connect);
        case net::stop_cause::first_byte:
            return within("no byte of an answer", limits.first_byte);
        case net::stop_cause::idle:
            return within("not one more byte", limits.idle);
        case net::stop_cause::total:
            return within("the call did not end", limits.total);
        default:
            return tessera::detail::failed(error_kind::cancelled, "the call was cancelled");
    }
}

}  // namespace tessera::call::detail
