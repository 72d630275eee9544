#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace tessera::server {

/// A thread that gives way to others, as all that it starts does (engine::become_background()). For
/// one caller at a time.
class background_thread {
  public:
    background_thread();
    ~background_thread();
    background_thread(const background_thread&) = delete;
    background_thread& operator=(const background_thread&) = delete;

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
