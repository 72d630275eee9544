#include "cortex/rate_limits.hpp"

#include <algorithm>
#include <cstdio>

#include "tessera/http/date.hpp"

namespace tessera::server::cortex {
namespace {

std::string seconds_text(std::chrono::milliseconds span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", std::chrono::duration<double>(span).count());
    return text;
}

}  // namespace

rate_standing rate_limits::admit(const std::string& key, std::int64_t requests_per_minute) {
    if (requests_per_minute <= 0) return {};
    const auto limit = static_cast<std::size_t>(requests_per_minute);
    const std::lock_guard lock(mutex_);
    const auto now = time_.now();
    auto& passed = passed_[key];
    while (!passed.empty() && now - passed.front() >= window) passed.pop_front();
    rate_standing made{.passes = passed.size() < limit, .limit = requests_per_minute};
    if (made.passes) passed.push_back(now);
    const auto until_free = [&](std::chrono::steady_clock::time_point of) {
        return std::chrono::ceil<std::chrono::milliseconds>(of + window - now);
    };
    made.remaining = static_cast<std::int64_t>(limit - std::min(limit, passed.size()));
    made.reset = until_free(passed.back());
    // After a limit was lowered, several have to leave the window.
    if (passed.size() >= limit) made.wait = until_free(passed[passed.size() - limit]);
    return made;
}

problem too_many_requests(const rate_standing& standing) {
    return {.status = 429,
            .message = "the key's " + std::to_string(standing.limit) +
                       " requests a minute are used up: try again in " +
                       seconds_text(standing.wait) + " seconds",
            .type = "rate_limit_error",
            .code = "rate_limit_exceeded",
            .retry_after = std::chrono::ceil<std::chrono::seconds>(standing.wait)};
}

void write_openai_headers(const rate_standing& standing, http::fields& headers) {
    if (standing.limit == 0) return;
    headers.add("x-ratelimit-limit-requests", std::to_string(standing.limit));
    headers.add("x-ratelimit-remaining-requests", std::to_string(standing.remaining));
    headers.add("x-ratelimit-reset-requests", seconds_text(standing.reset));
}

void write_anthropic_headers(const rate_standing& standing,
                             std::chrono::system_clock::time_point now, http::fields& headers) {
    if (standing.limit == 0) return;
    headers.add("anthropic-ratelimit-requests-limit", std::to_string(standing.limit));
    headers.add("anthropic-ratelimit-requests-remaining", std::to_string(standing.remaining));
    headers.add("anthropic-ratelimit-requests-reset", http::timestamp(now + standing.reset));
}

}  // namespace tessera::server::cortex
