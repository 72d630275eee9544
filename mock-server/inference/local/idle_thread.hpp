#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace tessera::server {

/// A thread that runs, with all that it starts, only where no other thread wants to. For one caller
/// at a time.
class idle_thread {
  public:
    idle_thread();
    ~idle_thread();
    idle_thread(const idle_thread&) = delete;
    idle_thread& operator=(const idle_thread&) = delete;

    /// Returns, or throws what `work` throws, when it has run on the thread.
    void call(const std::function<void()>& work);

  private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;
    std::exception_ptr thrown_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tessera::server
