#include "inference/local/preparation.hpp"

#include <utility>

namespace tessera::server {

preparation::preparation(int threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

preparation::~preparation() {
    std::deque<job> dropped;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped.swap(waiting_);
    }
    changed_.notify_all();
    for (std::thread& each : threads_) each.join();
}

bool preparation::add(flag cancelled, std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= most_waiting_)
            std::erase_if(waiting_, [](const job& each) { return each.cancelled->load(); });
        if (waiting_.size() >= most_waiting_) return false;
        waiting_.push_back({std::move(cancelled), std::move(work)});
    }
    changed_.notify_one();
    return true;
}

std::size_t preparation::size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size() + under_way_;
}

void preparation::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        job next = std::move(waiting_.front());
        waiting_.pop_front();
        ++under_way_;
        lock.unlock();
        if (!next.cancelled->load()) next.work();
        next = {};
        lock.lock();
        --under_way_;
    }
}

}  // namespace tessera::server
