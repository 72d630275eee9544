#include "core/thread_pool.hpp"

#include <chrono>
#include <system_error>

#include "core/processors.hpp"

namespace tessera::engine {
namespace {

using std::chrono::steady_clock;

// Long enough for the gap between two loops of one computation, short enough to leave a shared
// core.
constexpr auto worker_patience = std::chrono::microseconds(100);
constexpr auto caller_patience = std::chrono::microseconds(20);

void relax() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Whether done() came true within the time.
template <class Condition>
bool spin(std::chrono::microseconds patience, Condition done) {
    const auto end = steady_clock::now() + patience;
    do {
        for (int i = 0; i < 32; ++i) {
            if (done()) return true;
            relax();
        }
    } while (steady_clock::now() < end);
    return false;
}

}  // namespace

thread_pool::thread_pool(int threads) {
    if (threads <= 0) threads = usable_processors();
    threads_.reserve(static_cast<std::size_t>(threads - 1));
    try {
        for (int worker = 1; worker < threads; ++worker) {
            threads_.emplace_back([this, worker] { work(worker); });
        }
    } catch (const std::system_error&) {
        // Those that have started do the work.
    }
}

thread_pool::~thread_pool() {
    stopping_.store(true, std::memory_order_relaxed);
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    for (auto& thread : threads_) thread.join();
}

bool thread_pool::take_one(int worker) {
    auto left = left_.load(std::memory_order_acquire);
    do {
        if (left == 0) return false;
    } while (!left_.compare_exchange_weak(left, left - 1, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
    const int index = count_ - static_cast<int>(left);
    try {
        function_(context_, index, worker);
    } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (!failure_) failure_ = std::current_exception();
    }
    if (pending_.fetch_sub(1, std::memory_order_acq_rel) == 1) pending_.notify_one();
    return true;
}

void thread_pool::work(int worker) {
    auto seen = std::uint32_t{0};
    for (;;) {
        const auto changed = [&] { return epoch_.load(std::memory_order_acquire) != seen; };
        if (!spin(worker_patience, changed)) epoch_.wait(seen, std::memory_order_acquire);
        seen = epoch_.load(std::memory_order_acquire);
        if (stopping_.load(std::memory_order_relaxed)) return;
        while (take_one(worker)) {
        }
    }
}

void thread_pool::execute(int count, function call, void* context) {
    if (count <= 0) return;
    function_ = call;
    context_ = context;
    count_ = count;
    pending_.store(static_cast<std::uint32_t>(count), std::memory_order_relaxed);
    left_.store(static_cast<std::uint32_t>(count), std::memory_order_release);
    if (count > 1 && !threads_.empty()) {
        epoch_.fetch_add(1, std::memory_order_release);
        epoch_.notify_all();
    }
    while (take_one(0)) {
    }
    for (;;) {
        std::uint32_t pending = 0;
        const auto done = [&] {
            pending = pending_.load(std::memory_order_acquire);
            return pending == 0;
        };
        if (spin(caller_patience, done)) break;
        pending_.wait(pending, std::memory_order_acquire);
    }
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace tessera::engine
