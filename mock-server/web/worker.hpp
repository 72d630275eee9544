#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "tessera/core/clock.hpp"
#include "web/session.hpp"

namespace tessera::server {

/// How many connections there are. Thread-safe.
class open_sessions {
  public:
    /// The number with this one.
    std::size_t add();
    void remove();
    /// False if there are some left after that time.
    bool wait_until_none(std::chrono::milliseconds longest);

  private:
    std::mutex mutex_;
    std::condition_variable none_;
    std::size_t count_ = 0;
};

/// One I/O thread and the sessions it serves.
class worker {
  public:
    worker(request_handler& handler, const connection_limits& limits, open_sessions& open,
           const clock& time = clock::system());
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    // From any thread.
    asio::io_context& context() { return context_; }
    std::size_t sessions() const { return count_.load(std::memory_order_relaxed); }
    void adopt(asio::ip::tcp::socket socket);
    void drain();
    void close_all();
    /// Ends the thread; what was posted before has run.
    void join();

    // On the worker's thread, for its sessions.
    request_handler& handler() { return handler_; }
    const connection_limits& limits() const { return limits_; }
    void forget(session* gone);
    /// The Date header's value, made once a second.
    const std::string& date();

  private:
    void tick();

    request_handler& handler_;
    const connection_limits& limits_;
    open_sessions& open_;
    const clock& time_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    asio::steady_timer timer_;
    bool ticking_ = false;
    bool draining_ = false;
    std::unordered_map<session*, std::shared_ptr<session>> sessions_;
    std::atomic<std::size_t> count_{0};
    std::string date_;
    std::time_t date_second_ = 0;
    std::thread thread_;
};

}  // namespace tessera::server
