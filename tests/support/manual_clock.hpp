#pragma once

#include <atomic>
#include <chrono>

#include "tessera/core/clock.hpp"
#include "tessera/core/random.hpp"

namespace tessera::test {

// Stands still until a test moves it. From any thread.
class manual_clock : public clock {
  public:
    std::chrono::steady_clock::time_point now() const override { return began_ + passed(); }
    std::chrono::system_clock::time_point wall() const override {
        return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)) +
               passed();
    }
    void advance(std::chrono::milliseconds by) { passed_ += by.count(); }

  private:
    std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_.load()); }
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> passed_{0};
};

// For calls that may take as long as the machine likes: no patience of theirs runs out.
inline const manual_clock no_time_passes;

// Runs a thousand times as fast as time: half a second of back-off is half a millisecond.
class fast_clock : public clock {
  public:
    std::chrono::steady_clock::time_point now() const override {
        return began_ + 1000 * (std::chrono::steady_clock::now() - began_);
    }

  private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// No chance at all.
class fixed_random : public random_source {
  public:
    explicit fixed_random(double value) : value_(value) {}
    double uniform() override { return value_; }

  private:
    double value_;
};

}  // namespace tessera::test
