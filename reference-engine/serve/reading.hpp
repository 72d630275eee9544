#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "serve/engine.hpp"

namespace tessera::engine {

/// Pools the final states of one input's tokens, taken in their order.
class state_pool {
  public:
    state_pool(pooling how, int tokens, int width);

    /// The position whose state is wanted next; those before it never are again.
    int next() const { return next_; }
    void add(std::span<const float> state);
    /// What all have come to. Throws engine_error malformed if a value is not finite.
    std::vector<float> take();

  private:
    pooling how_;
    int next_;
    std::vector<double> sums_;  // of the mean
    std::vector<float> states_;
};

/// A reading request on its way: its inputs become sequences one by one, and at most `most` of them
/// are computed at the same time. Only the engine's thread touches it once it has left submit().
class reading {
  public:
    using time_point = std::chrono::steady_clock::time_point;

    reading(std::uint64_t id, reading_request, std::function<void(reading_result)> done, int most,
            std::shared_ptr<const void> lease);

    std::uint64_t id() const { return id_; }
    const reading_request& request() const { return request_; }
    /// The next input that is no sequence yet.
    std::optional<std::size_t> next_input();
    bool over() const { return !done_; }

    bool has_room() const { return running_ < most_; }
    void begin();
    void leave() { --running_; }

    /// One input is read. Ends the reading with the last of them.
    void add(std::size_t input, std::vector<float> states, int cached_tokens);
    /// Unless it is over already.
    void end(finish_reason, const std::string& error = {}) noexcept;

  private:
    std::uint64_t id_;
    reading_request request_;
    std::function<void(reading_result)> done_;  // none: it is over
    int most_;
    std::shared_ptr<const void> lease_;  // of its adapter
    int running_ = 0;
    std::size_t begun_ = 0;  // inputs
    std::size_t read_ = 0;
    reading_result result_;
    time_point submitted_;
    std::optional<time_point> started_;
};

}  // namespace tessera::engine
