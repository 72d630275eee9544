#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tessera::server {

/// A few threads for what takes a while before a generation can start, so that no I/O thread does
/// it. Thread-safe.
class preparation {
  public:
    using flag = std::shared_ptr<const std::atomic<bool>>;

    preparation(int threads, std::size_t most_waiting);
    /// Drops what waits, and waits for what is under way.
    ~preparation();
    preparation(const preparation&) = delete;
    preparation& operator=(const preparation&) = delete;

    /// Runs `work` soon, unless `cancelled` has become true by then. False if too many others wait;
    /// the cancelled ones do not count.
    bool add(flag cancelled, std::function<void()> work);
    /// Waiting or under way, cancelled ones included.
    std::size_t size() const;

  private:
    struct job {
        flag cancelled;
        std::function<void()> work;
    };
    void serve();

    const std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<job> waiting_;
    std::size_t under_way_ = 0;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace tessera::server
