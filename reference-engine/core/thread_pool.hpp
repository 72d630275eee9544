#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera::engine {

/// Workers that share loops. Indices are handed out one at a time, and a loop waits only for
/// indices that were taken: a worker that the operating system keeps from running delays nobody.
/// Waiting threads spin for some microseconds, then park. One thread at a time may use a pool;
/// loops do not nest.
class thread_pool {
  public:
    /// That many threads with the caller, or as many as the system grants; 0: one for every
    /// processor that this process may use.
    explicit thread_pool(int threads);
    ~thread_pool();
    thread_pool(const thread_pool&) = delete;
    thread_pool& operator=(const thread_pool&) = delete;

    int size() const { return static_cast<int>(threads_.size()) + 1; }

    /// Calls f(index), or f(index, worker) with worker in [0, size()), for every index in [0,
    /// count), and returns when all calls have returned. Calls must not wait for each other. When
    /// some throw, the rest is still called, and the first exception is rethrown.
    template <class F>
    void parallel_for(int count, F&& f) {
        const auto call = [](void* context, int index, int worker) {
            auto& callee = *static_cast<std::remove_reference_t<F>*>(context);
            if constexpr (std::is_invocable_v<F&, int, int>) {
                callee(index, worker);
            } else {
                callee(index);
            }
        };
        execute(count, call, const_cast<void*>(static_cast<const void*>(std::addressof(f))));
    }

    /// Calls f(part) for every part in [0, size()): parallel_for with one index a thread.
    template <class F>
    void run(F&& f) {
        parallel_for(size(), [&f](int part) { f(part); });
    }

  private:
    using function = void (*)(void* context, int index, int worker);

    void execute(int count, function, void* context);
    void work(int worker);
    bool take_one(int worker);

    // Indices not yet taken. Whoever takes one may read the loop's description, which stays until
    // that index is done.
    alignas(64) std::atomic<std::uint32_t> left_{0};
    function function_ = nullptr;
    void* context_ = nullptr;
    int count_ = 0;
    // Changes with every loop; parked workers wait here.
    alignas(64) std::atomic<std::uint32_t> epoch_{0};
    // Indices not yet done; the caller waits here.
    alignas(64) std::atomic<std::uint32_t> pending_{0};
    std::atomic<bool> stopping_{false};
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
    std::vector<std::thread> threads_;
};

}  // namespace tessera::engine
