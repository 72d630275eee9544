#pragma once

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "tessera/core/clock.hpp"
#include "tessera/net/task.hpp"

namespace tessera::net {

enum class stop_cause { none, connect, first_byte, idle, total, cancelled };

// Ends what one call waits for: when a deadline passes, or when it is told to. Operations that wait
// stand under a `waiting` guard that knows how to interrupt them; after one has ended, stopped() says
// whether it was interrupted. Deadlines are told by the given clock: with one that is not the system's
// the time is looked at every millisecond. Members are called on the executor, which runs one handler
// at a time.
template <class Lazy>
class basic_watch : public std::enable_shared_from_this<basic_watch<Lazy>> {
  public:
    using milliseconds = std::chrono::milliseconds;

    basic_watch(const executor& io, const clock& time) : time_(time), timer_(io) {}

    // Allows `limit` for the phase that begins, in place of the phase before; zero or less: no limit.
    void begin(stop_cause phase, milliseconds limit) {
        phase_ = phase;
        limit_ = limit;
        progress();
    }
    // The phase's time begins anew.
    void progress() { phase_due_ = due_in(limit_); }
    void end_phase() { begin(stop_cause::none, milliseconds(0)); }
    void set_total(std::chrono::steady_clock::time_point due) { total_due_ = due; }

    // The first cause stays until reset().
    void stop(stop_cause cause) {
        if (cause_ == stop_cause::none) cause_ = cause;
        if (interrupt_) interrupt_();
    }
    bool stopped() const { return cause_ != stop_cause::none; }
    stop_cause cause() const { return cause_; }
    // Forgets a phase's passed deadline, before another attempt.
    void reset() {
        if (cause_ != stop_cause::total && cause_ != stop_cause::cancelled)
            cause_ = stop_cause::none;
        end_phase();
    }
    // Nothing is waited for now: no phase runs out meanwhile, and nothing keeps the executor's context
    // busy. A timer that had run out already may still have its say.
    void rest() {
        end_phase();
        timer_.cancel();
        armed_until_ = never();
    }

    class waiting {
      public:
        waiting(basic_watch& on, std::function<void()> interrupt) : on_(on) {
            on_.interrupt_ = std::move(interrupt);
            on_.arm();
        }
        waiting(const waiting&) = delete;
        waiting& operator=(const waiting&) = delete;
        ~waiting() { on_.interrupt_ = nullptr; }

      private:
        basic_watch& on_;
    };

    // Returns when the time has passed or the watch was stopped.
    task<void> pause(milliseconds length) {
        const auto due = time_.now() + length;
        asio::steady_timer timer(timer_.get_executor());
        while (!stopped() && time_.now() < due) {
            timer.expires_after(real_time_until(due));
            waiting guard(*this, [&timer] { timer.cancel(); });
            std::error_code ignored;
            co_await timer.async_wait(into<Lazy>(ignored));
        }
    }

  private:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr time_point never() { return time_point::max(); }

    time_point due_in(milliseconds limit) const {
        return limit.count() > 0 ? time_.now() + limit : never();
    }
    std::chrono::steady_clock::duration real_time_until(time_point due) const {
        const auto left = std::max(due - time_.now(), std::chrono::steady_clock::duration(0));
        if (&time_ == &clock::system()) return left;
        return std::min<std::chrono::steady_clock::duration>(left, milliseconds(1));
    }
    // The timer may run out early, since progress() does not touch it: then it is set again.
    void arm() {
        const time_point due = std::min(phase_due_, total_due_);
        if (due >= armed_until_) return;
        armed_until_ = due;
        timer_.expires_after(real_time_until(due));
        timer_.async_wait([self = this->weak_from_this()](std::error_code code) {
            if (code) return;
            if (const auto alive = self.lock()) alive->look();
        });
    }
    void look() {
        armed_until_ = never();
        const time_point now = time_.now();
        if (now >= phase_due_) {
            phase_due_ = never();
            stop(phase_);
        } else if (now >= total_due_) {
            stop(stop_cause::total);
        } else if (interrupt_) {
            arm();
        }
    }

    const clock& time_;
    asio::steady_timer timer_;
    stop_cause cause_ = stop_cause::none;
    stop_cause phase_ = stop_cause::none;
    milliseconds limit_{};
    time_point phase_due_ = never();
    time_point total_due_ = never();
    time_point armed_until_ = never();
    std::function<void()> interrupt_;
};

using watch = basic_watch<void>;

}  // namespace tessera::net
