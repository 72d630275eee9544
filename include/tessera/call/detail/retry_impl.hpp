#pragma once

#include <algorithm>
#include <cmath>
#include <string_view>

#include "tessera/call/detail/decimal.hpp"
#include "tessera/call/retry.hpp"
#include "tessera/http/date.hpp"
#include "tessera/http/grammar.hpp"

namespace tessera::call {

namespace detail {

TESSERA_COLD_DECL
std::chrono::milliseconds to_milliseconds(double milliseconds) {
    constexpr double longest = 1e12;
    return std::chrono::milliseconds(
        static_cast<std::int64_t>(std::ceil(std::min(milliseconds, longest))));
}

TESSERA_COLD_DECL
bool is_worth_retrying(error_kind kind, int status) {
    if (status != 0) return status == 408 || status == 409 || status == 429 || status >= 500;
    return kind == error_kind::connection || kind == error_kind::timeout ||
           kind == error_kind::incomplete_stream;
}

}  // namespace detail

TESSERA_DEF
std::optional<std::chrono::milliseconds> retry_after(const http::fields& headers,
                                                     std::chrono::system_clock::time_point now) {
    if (const auto text = headers.find("retry-after-ms"))
        if (const auto number = detail::parse_decimal(*text))
            return detail::to_milliseconds(*number);
    const auto text = headers.find("retry-after");
    if (!text) return std::nullopt;
    if (const auto number = detail::parse_decimal(*text))
        return detail::to_milliseconds(*number * 1000);
    if (const auto date = http::parse_http_date(*text))
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(*date - now),
                        std::chrono::milliseconds(0));
    return std::nullopt;
}

TESSERA_DEF
bool was_declined(const failed_attempt& failure) {
    if (failure.headers == nullptr) return false;
    const auto asked = failure.headers->find("x-should-retry");
    return failure.status == 429 ||
           (failure.status == 503 && failure.headers->contains("retry-after")) ||
           (asked && http::equal_nocase(*asked, "true"));
}

TESSERA_DEF
retry_decision decide_retry(const retry_policy& policy, const failed_attempt& failure,
                            double random, std::chrono::system_clock::time_point now) {
    if (failure.number > policy.max_retries || failure.handed_out) return {};
    if (!failure.replayable && failure.sent && !was_declined(failure)) return {};
    bool worth = detail::is_worth_retrying(failure.kind, failure.status);
    if (failure.headers != nullptr)
        if (const auto asked = failure.headers->find("x-should-retry")) {
            if (http::equal_nocase(*asked, "true")) worth = true;
            if (http::equal_nocase(*asked, "false")) worth = false;
        }
    if (!worth) return {};
    if (failure.headers != nullptr)
        if (const auto asked = retry_after(*failure.headers, now)) {
            if (*asked > policy.longest_retry_after) return {};
            return {true, *asked};
        }
    const double doubled = std::ldexp(static_cast<double>(policy.first_delay.count()),
                                      std::min(failure.number - 1, 30));
    const double capped = std::min(doubled, static_cast<double>(policy.longest_delay.count()));
    return {true, detail::to_milliseconds(capped * (1 - policy.jitter * random))};
}

}  // namespace tessera::call
