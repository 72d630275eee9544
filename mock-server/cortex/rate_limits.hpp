#pragma once
// How many requests a key may make in a minute.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tessera/core/clock.hpp"
#include "web/message.hpp"

namespace tessera::server::cortex {

/// Where a key stands after a request.
struct rate_standing {
    bool passes = true;
    std::int64_t limit = 0;  // a minute; 0: there is none, and the rest means nothing
    std::int64_t remaining = 0;
    std::chrono::milliseconds reset{};  // until all of the limit is free again
    std::chrono::milliseconds wait{};   // until another request passes; 0 where one does now
};

/// A window of a minute that slides over the requests of each key: at any time so many have passed
/// in the minute before. What does not pass does not count. Thread-safe.
class rate_limits {
  public:
    static constexpr std::chrono::seconds window{60};

    explicit rate_limits(const clock& time = clock::system()) : time_(time) {}

    /// Counts a request of the key of this name if it passes. The limit may differ from call to
    /// call, as when the configuration is read anew.
    rate_standing admit(const std::string& key, std::int64_t requests_per_minute);

  private:
    const clock& time_;
    std::mutex mutex_;
    std::map<std::string, std::deque<std::chrono::steady_clock::time_point>> passed_;
};

/// 429, with the time to wait.
problem too_many_requests(const rate_standing& standing);

/// x-ratelimit-{limit,remaining,reset}-requests, the reset in seconds; nothing without a limit.
void write_openai_headers(const rate_standing& standing, http::fields& headers);
/// anthropic-ratelimit-requests-{limit,remaining,reset}, the reset as a date.
void write_anthropic_headers(const rate_standing& standing,
                             std::chrono::system_clock::time_point now, http::fields& headers);

}  // namespace tessera::server::cortex
