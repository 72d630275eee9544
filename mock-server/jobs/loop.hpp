#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "tessera/core/clock.hpp"

namespace tessera::server {

/// One thread for what waits without blocking: calls to others, and what is due at a time of the
/// given clock, which is looked at every millisecond where it is not the system's. The thread
/// starts with the first use. Thread-safe.
class loop {
  public:
    using executor_type = asio::io_context::executor_type;
    using time_point = std::chrono::steady_clock::time_point;

    explicit loop(const clock& time)
        : time_(time), work_(context_.get_executor()), timer_(context_) {}
    ~loop() { stop(); }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    const clock& time() const { return time_; }
    /// Functions run on the thread.
    executor_type executor();
    /// Calls `work`, which must not throw, on the thread when the clock has come so far.
    void at(time_point due, std::function<void()> work);
    /// Drops what is due later, and returns when nothing is under way any more: its owners have to
    /// have ended it. What is posted afterwards never runs. Not from the thread itself.
    void stop();

  private:
    bool start();
    void arm();
    void look();

    const clock& time_;
    asio::io_context context_{1};
    asio::executor_work_guard<executor_type> work_;
    asio::steady_timer timer_;
    std::multimap<time_point, std::function<void()>> due_;  // on the thread
    bool ending_ = false;                                   // on the thread
    std::mutex mutex_;
    bool stopped_ = false;
    std::thread thread_;
};

}  // namespace tessera::server
