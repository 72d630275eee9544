#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

#include "tessera/core/clock.hpp"
#include "tessera/core/linkage.hpp"
#include "tessera/net/task.hpp"

namespace tessera::net {

enum class stop_cause { none, connect, first_byte, idle, total, cancelled };

// Something that is waited for and can be told to end at once. A pointer and no virtual function,
// since those are compiled for every program that sees the class.
class interruptible {
  public:
    using function = void (*)(interruptible&) noexcept;
    explicit interruptible(function how) noexcept : how_(how) {}
    void interrupt() noexcept { how_(*this); }

  private:
    function how_;
};

// A timer to wait for. One that never runs out is a bell: interrupt() rings it.
class timer final : public interruptible {
  public:
    TESSERA_COLD_DECL explicit timer(const executor& io);
    asio::steady_timer& get() { return timer_; }

  private:
    asio::steady_timer timer_;
};

// Where what comes from another thread meets the task that waits for it. The task may go first, and
// its context with it: nothing of theirs is touched then.
struct doorbell {
    std::mutex mutex;       // also of what derives from this
    executor io;            // while the task waits
    timer* bell = nullptr;  // while the task waits

    // Has the task look again. With the mutex held.
    TESSERA_COLD_DECL static void ring(const std::shared_ptr<doorbell>& door);

    // The task is there as long as this lives.
    class waiting {
      public:
        TESSERA_COLD_DECL waiting(doorbell& at, const executor& io, timer& bell);
        waiting(const waiting&) = delete;
        waiting& operator=(const waiting&) = delete;
        ~waiting() { at_.leave(); }

      private:
        doorbell& at_;
    };

  private:
    void leave() noexcept {
        const std::lock_guard lock(mutex);
        io = executor();
        bell = nullptr;
    }
};

// Ends what one call waits for: when a deadline passes, or when it is told to. Everything that is
// waited for stands under it; after a wait, stopped() says whether it was interrupted. Deadlines are
// told by the given clock: with one that is not the system's the time is looked at every
// millisecond. Members are called on the executor, which runs one handler at a time.
class watch : public std::enable_shared_from_this<watch> {
  public:
    using milliseconds = std::chrono::milliseconds;

    watch(const executor& io, const clock& time) : time_(time), timer_(io) {}

    executor get_executor() { return timer_.get_executor(); }

    // Allows `limit` for the phase that begins, in place of the phase before; zero or less: no limit.
    void begin(stop_cause phase, milliseconds limit) {
        phase_ = phase;
        limit_ = limit;
        progress();
    }
    // The phase's time begins anew.
    void progress() { phase_due_ = limit_.count() > 0 ? time_.now() + limit_ : never(); }
    void end_phase() { begin(stop_cause::none, milliseconds(0)); }
    void set_total(std::chrono::steady_clock::time_point due) { total_due_ = due; }

    // The first cause stays until reset().
    void stop(stop_cause cause) {
        if (cause_ == stop_cause::none) cause_ = cause;
        if (waits_for_) waits_for_->interrupt();
    }
    bool stopped() const { return cause_ != stop_cause::none; }
    stop_cause cause() const { return cause_; }
    // Forgets a phase's passed deadline, before another attempt.
    void reset() {
        if (cause_ != stop_cause::total && cause_ != stop_cause::cancelled)
            cause_ = stop_cause::none;
        end_phase();
    }
    // Nothing is waited for now: no phase runs out meanwhile, and nothing keeps the executor's
    // context busy. A timer that had run out already may still have its say.
    TESSERA_COLD_DECL void rest();

    // While it lives, stopping the watch interrupts `what`.
    class waiting {
      public:
        TESSERA_COLD_DECL waiting(watch& on, interruptible& what);
        waiting(const waiting&) = delete;
        waiting& operator=(const waiting&) = delete;
        ~waiting() { on_.waits_for_ = nullptr; }

      private:
        watch& on_;
    };

    // co_await wait(what, start) has `start` begin an operation on `what` with the handler it is
    // given, and answers the operation's code.
    class operation {
      public:
        TESSERA_COLD_DECL operation(watch& on, interruptible& what, fiber::beginning start);

        bool await_ready() const noexcept { return false; }
        template <class Promise>
        void await_suspend(std::coroutine_handle<Promise> at) {
            at.promise().on->wait(at, what_, begin_, code_);
        }
        std::error_code await_resume() const noexcept { return code_; }

      private:
        waiting waiting_;
        interruptible& what_;
        fiber::beginning begin_;
        std::error_code code_;
    };
    TESSERA_COLD_DECL operation wait(interruptible& what, fiber::beginning start);

    // co_await wait_for(bell) returns when the bell rings or the watch is stopped.
    TESSERA_COLD_DECL operation wait_for(timer& bell);
    // Returns when the time has passed or the watch was stopped.
    TESSERA_COLD_DECL task<std::error_code> pause(milliseconds length);

  private:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr time_point never() { return time_point::max(); }

    TESSERA_COLD_DECL std::chrono::steady_clock::duration real_time_until(time_point due) const;
    TESSERA_COLD_DECL void arm();
    TESSERA_COLD_DECL void look();

    const clock& time_;
    asio::steady_timer timer_;
    stop_cause cause_ = stop_cause::none;
    stop_cause phase_ = stop_cause::none;
    milliseconds limit_{};
    time_point phase_due_ = never();
    time_point total_due_ = never();
    time_point armed_until_ = never();
    interruptible* waits_for_ = nullptr;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/watch_impl.hpp"
#endif
