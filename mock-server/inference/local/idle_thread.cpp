#include "inference/local/idle_thread.hpp"

#include <exception>
#include <utility>

#include "core/compute_budget.hpp"

namespace tessera::server {

idle_thread::idle_thread() : thread_([this] { serve(); }) {}

idle_thread::~idle_thread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void idle_thread::call(const std::function<void()>& work) {
    std::unique_lock lock(mutex_);
    work_ = &work;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !work_; });
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void idle_thread::serve() {
    engine::become_idle();
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
