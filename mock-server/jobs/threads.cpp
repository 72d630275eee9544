#include "jobs/threads.hpp"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace tessera::server {

void threads::run(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(work));
    if (waiting_.size() > idle_ && all_.size() < most_)
        all_.emplace_back([this] { serve(); });
    else
        change_.notify_one();
}

void threads::stop() {
    std::deque<std::function<void()>> dropped;
    std::vector<std::thread> ending;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        dropped.swap(waiting_);
        ending.swap(all_);
    }
    change_.notify_all();
    for (std::thread& each : ending) each.join();
}

void threads::serve() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF})
        sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (waiting_.empty()) {
            ++idle_;
            change_.wait(lock);
            --idle_;
            continue;
        }
        {
            const std::function<void()> work = std::move(waiting_.front());
            waiting_.pop_front();
            lock.unlock();
            work();
        }
        lock.lock();
    }
}

}  // namespace tessera::server
