#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/options.hpp"
#include "tessera/core/clock.hpp"
#include "web/message.hpp"

namespace tessera::server::cerebras {

/// Requests a day and tokens a minute (of UTC), counted for the one key there is. Thread-safe.
class quota {
  public:
    explicit quota(const cerebras_options& limits, const clock& time = clock::system());

    /// Counts a request, or says why it may not be made.
    std::optional<problem> admit();
    void spend(std::int64_t tokens);
    /// x-ratelimit-{limit,remaining,reset}-{requests-day,tokens-minute}; resets in seconds.
    void write(http::fields& headers);

  private:
    struct window {
        std::chrono::seconds length;
        std::int64_t limit;
        std::int64_t used = 0;
        std::chrono::system_clock::time_point end{};

        std::int64_t remaining() const { return limit > used ? limit - used : 0; }
    };
    std::chrono::system_clock::time_point roll();

    const clock& time_;
    std::mutex mutex_;
    window requests_;
    window tokens_;
};

}  // namespace tessera::server::cerebras
