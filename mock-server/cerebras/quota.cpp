#include "cerebras/quota.hpp"

#include <cstdio>
#include <string>

namespace tessera::server::cerebras {
namespace {

using std::chrono::system_clock;

problem exceeded(const char* what, const char* code, system_clock::duration wait) {
    return {.status = 429,
            .message = std::string("the limit of ") + what + " is reached",
            .param = "quota",
            .code = code,
            .retry_after = std::chrono::ceil<std::chrono::seconds>(wait)};
}

std::string seconds_text(system_clock::duration wait) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", std::chrono::duration<double>(wait).count());
    return text;
}

}  // namespace

quota::quota(const cerebras_options& limits, const clock& time)
    : time_(time),
      requests_{.length = std::chrono::hours(24), .limit = limits.requests_per_day},
      tokens_{.length = std::chrono::minutes(1), .limit = limits.tokens_per_minute} {}

system_clock::time_point quota::roll() {
    const system_clock::time_point now = time_.wall();
    for (window* each : {&requests_, &tokens_}) {
        if (now < each->end) continue;
        each->used = 0;
        each->end = now - now.time_since_epoch() % each->length + each->length;
    }
    return now;
}

std::optional<problem> quota::admit() {
    const std::lock_guard lock(mutex_);
    const system_clock::time_point now = roll();
    if (requests_.remaining() == 0)
        return exceeded("requests a day", "request_quota_exceeded", requests_.end - now);
    if (tokens_.remaining() == 0)
        return exceeded("tokens a minute", "token_quota_exceeded", tokens_.end - now);
    ++requests_.used;
    return std::nullopt;
}

void quota::spend(std::int64_t tokens) {
    const std::lock_guard lock(mutex_);
    roll();
    tokens_.used += tokens;
}

void quota::write(http::fields& headers) {
    const std::lock_guard lock(mutex_);
    const system_clock::time_point now = roll();
    const auto add = [&](const window& each, const std::string& name) {
        headers.add("x-ratelimit-limit-" + name, std::to_string(each.limit));
        headers.add("x-ratelimit-remaining-" + name, std::to_string(each.remaining()));
        headers.add("x-ratelimit-reset-" + name, seconds_text(each.end - now));
    };
    add(requests_, "requests-day");
    add(tokens_, "tokens-minute");
}

}  // namespace tessera::server::cerebras
