#include "inference/local/background_thread.hpp"

#include <exception>
#include <utility>

#include "core/compute_budget.hpp"

namespace tessera::server {

background_thread::background_thread() : thread_([this] { serve(); }) {}

background_thread::~background_thread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void background_thread::call(const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !work_; });
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void background_thread::serve() {
    engine::become_background();
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return work_ || stopping_; });
        if (stopping_) return;
        const auto& work = *work_;
        lock.unlock();
        std::exception_ptr thrown;
        try {
            work();
        } catch (...) {
            thrown = std::current_exception();
        }
        lock.lock();
        thrown_ = thrown;
        work_ = nullptr;
        changed_.notify_all();
    }
}

}  // namespace tessera::server
