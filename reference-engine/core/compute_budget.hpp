#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <utility>

#include "core/thread_pool.hpp"

namespace tessera::engine {

/// The processors that a process computes on, for all that computes in it: one pool of threads,
/// which is used in turns, and idle work, which keeps off while there are turns. Two engines with
/// threads of their own would have more threads than processors, and each would wait for what the
/// other holds up. Thread-safe.
class compute_budget {
  public:
    /// That many threads, the one that has the turn included; 0: all usable processors.
    explicit compute_budget(int threads = 0) : pool_(threads) {}
    compute_budget(const compute_budget&) = delete;
    compute_budget& operator=(const compute_budget&) = delete;

    /// In line: the least goes first.
    using place = std::pair<std::int64_t, std::uint64_t>;

    /// The threads are the holder's until it is destroyed.
    class turn {
      public:
        ~turn() { budget_.leave(); }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;

        /// Lets those go first that wait with a higher priority, and nobody else. Not within a loop
        /// of the pool.
        void give_way();

      private:
        friend compute_budget;
        turn(compute_budget& budget, int priority)
            : budget_(budget), place_(budget.arrive(priority)) {
            budget_.enter(place_);
        }

        compute_budget& budget_;
        place place_;
    };

    /// Waits for its turn: the highest priority first, then in the order of arrival.
    turn take(int priority) { return {*this, priority}; }
    /// For whoever has the turn.
    thread_pool& pool() { return pool_; }
    int threads() const { return pool_.size(); }

    /// Of idle work, between two pieces of it that take a millisecond or so: returns when there are
    /// no turns, or when `stop` is requested.
    void wait_while_busy(const std::stop_token& stop = {}) const;
    /// Whether somebody has the turn or waits for it.
    bool busy() const { return interested_.load(std::memory_order_acquire) > 0; }
    /// For a turn, now.
    int waiting() const {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(waiting_.size());
    }

  private:
    place arrive(int priority);
    void enter(const place&);
    void wait_in_line(std::unique_lock<std::mutex>&, const place&);
    void leave();

    thread_pool pool_;
    std::atomic<int> interested_{0};
    std::atomic<std::uint64_t> turns_{0};  // so far
    mutable std::mutex mutex_;
    std::condition_variable next_;
    std::set<place> waiting_;
    std::uint64_t arrivals_ = 0;
    bool taken_ = false;
};

/// Makes the calling thread, and the threads that it starts afterwards, run only where no other
/// wants to: what a trainer is started on. It cannot be undone. False where the system has nothing
/// of the kind.
bool become_idle();
/// The same in part: where all processors are busy, the thread and those that it starts have about a
/// tenth of what others have, instead of next to nothing, so that their work gets done on machines
/// that are never quiet.
bool become_background();

}  // namespace tessera::engine
