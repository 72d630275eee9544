#include "core/compute_budget.hpp"

#include <chrono>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace tessera::engine {
namespace {

// Between two looks of idle work. A turn begins at once, so its end is seen a little later: the next
// one often follows soon.
constexpr auto idle_patience = std::chrono::milliseconds(1);

}  // namespace

compute_budget::place compute_budget::arrive(int priority) {
    const std::lock_guard lock(mutex_);
    return {-std::int64_t{priority}, arrivals_++};
}

void compute_budget::enter(const place& mine) {
    interested_.fetch_add(1, std::memory_order_acq_rel);
    std::unique_lock lock(mutex_);
    if (taken_ || !waiting_.empty()) wait_in_line(lock, mine);
    taken_ = true;
    turns_.fetch_add(1, std::memory_order_relaxed);
}

void compute_budget::wait_in_line(std::unique_lock<std::mutex>& lock, const place& mine) {
    waiting_.insert(mine);
    next_.wait(lock, [&] { return !taken_ && *waiting_.begin() == mine; });
    waiting_.erase(mine);
}

void compute_budget::leave() {
    {
        const std::lock_guard lock(mutex_);
        taken_ = false;
        if (!waiting_.empty()) next_.notify_all();
    }
    interested_.fetch_sub(1, std::memory_order_acq_rel);
}

void compute_budget::turn::give_way() {
    if (budget_.interested_.load(std::memory_order_relaxed) == 1) return;
    std::unique_lock lock(budget_.mutex_);
    if (budget_.waiting_.empty() || budget_.waiting_.begin()->first >= place_.first) return;
    budget_.taken_ = false;
    budget_.next_.notify_all();
    budget_.wait_in_line(lock, place_);
    budget_.taken_ = true;
}

void compute_budget::wait_while_busy(const std::stop_token& stop) const {
    while (busy() && !stop.stop_requested()) {
        // Quiet for a while, not only between two steps.
        std::uint64_t seen;
        do {
            seen = turns_.load(std::memory_order_relaxed);
            std::this_thread::sleep_for(idle_patience);
        } while (seen != turns_.load(std::memory_order_relaxed) && !stop.stop_requested());
    }
}

bool become_idle() {
#if defined(__linux__)
    const sched_param none{};
    return sched_setscheduler(0, SCHED_IDLE, &none) == 0;
#else
    return false;
#endif
}

bool become_background() {
#if defined(__linux__)
    // Of the thread alone, as Linux has it; a tenth of the weight that is usual.
    constexpr int nice = 10;
    return setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nice) == 0;
#else
    return false;
#endif
}

}  // namespace tessera::engine
