#pragma once

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "tessera/net/watch.hpp"

namespace tessera::net {

TESSERA_DEF
timer::timer(const executor& io)
    : interruptible(
          [](interruptible& self) noexcept { static_cast<timer&>(self).timer_.cancel(); }),
      timer_(io, asio::steady_timer::time_point::max()) {}

TESSERA_DEF
void doorbell::ring(const std::shared_ptr<doorbell>& door) {
    if (door->bell == nullptr) return;
    asio::post(door->io, handler(std::shared_ptr<void>(door), [](void* self, std::error_code) {
                   doorbell& rung = *static_cast<doorbell*>(self);
                   const std::lock_guard lock(rung.mutex);
                   if (rung.bell) rung.bell->interrupt();
               }));
}

TESSERA_DEF
doorbell::waiting::waiting(doorbell& at, const executor& io, timer& bell) : at_(at) {
    at_.io = io;
    at_.bell = &bell;
}

TESSERA_DEF
watch::waiting::waiting(watch& on, interruptible& what) : on_(on) {
    on_.waits_for_ = &what;
    on_.arm();
}

TESSERA_DEF
watch::operation::operation(watch& on, interruptible& what, fiber::beginning start)
    : waiting_(on, what), what_(what), begin_(start) {}

TESSERA_DEF
watch::operation watch::wait(interruptible& what, fiber::beginning start) {
    return {*this, what, start};
}

TESSERA_DEF
watch::operation watch::wait_for(timer& bell) {
    return {*this, bell, [](interruptible& self, handler done) {
                static_cast<timer&>(self).get().async_wait(std::move(done));
            }};
}

TESSERA_DEF
void watch::rest() {
    end_phase();
    timer_.cancel();
    armed_until_ = never();
}

TESSERA_DEF
task<std::error_code> watch::pause(milliseconds length) {
    const time_point due = time_.now() + length;
    timer until(timer_.get_executor());
    while (!stopped() && time_.now() < due) {
        until.get().expires_after(real_time_until(due));
        co_await wait_for(until);
    }
    co_return std::error_code();
}

TESSERA_DEF
std::chrono::steady_clock::duration watch::real_time_until(time_point due) const {
    const auto left = std::max(due - time_.now(), std::chrono::steady_clock::duration(0));
    if (&time_ == &clock::system()) return left;
    return std::min<std::chrono::steady_clock::duration>(left, milliseconds(1));
}

// The timer may run out early, since progress() does not touch it: then it is set again.
TESSERA_DEF
void watch::arm() {
    const time_point due = std::min(phase_due_, total_due_);
    if (due >= armed_until_) return;
    armed_until_ = due;
    timer_.expires_after(real_time_until(due));
    timer_.async_wait(
        handler(std::weak_ptr<void>(weak_from_this()), [](void* self, std::error_code code) {
            if (!code) static_cast<watch*>(self)->look();
        }));
}

TESSERA_DEF
void watch::look() try {
    armed_until_ = never();
    const time_point now = time_.now();
    if (now >= phase_due_) {
        phase_due_ = never();
        stop(phase_);
    } else if (now >= total_due_) {
        stop(stop_cause::total);
    } else if (waits_for_) {
        arm();
    }
} catch (...) {
    // A clock of the caller's. What asks it next hears of it; nobody may wait for it meanwhile.
    if (waits_for_) waits_for_->interrupt();
}

}  // namespace tessera::net
