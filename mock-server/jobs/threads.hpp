#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera::server {

/// Threads for work that may block. One is started when none is free, up to a number of them; work
/// beyond that waits its turn. They take no signals. Thread-safe.
class threads {
  public:
    explicit threads(std::size_t most) : most_(most) {}
    ~threads() { stop(); }
    threads(const threads&) = delete;
    threads& operator=(const threads&) = delete;

    /// `work` must not throw. After stop() it is dropped.
    void run(std::function<void()> work);
    /// Drops what waits its turn, and returns when what runs has ended. Not from one of the threads.
    void stop();

  private:
    void serve();

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable change_;
    std::deque<std::function<void()>> waiting_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> all_;
};

}  // namespace tessera::server
