#pragma once
// The replicas of an app, simulated: cold starts, scale to zero, how many calls at once.
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "core/cerebrium_options.hpp"
#include "jobs/loop.hpp"

namespace tessera::server::cerebrium {

/// Used through shared_ptr; thread-safe.
class replicas : public std::enable_shared_from_this<replicas> {
  public:
    /// A place for one call, which is free again when the last copy is gone. `clock` is the
    /// loop's.
    using place = std::shared_ptr<void>;

    /// Without settings every call has its place at once.
    replicas(std::optional<scaling_settings> how, loop& clock);

    /// Calls `begin` with a place: at once, or when there is one, from any thread; `begin` must be
    /// short. False when too many wait already.
    bool enter(std::function<void(place)> begin);

    struct state {
        std::size_t replicas = 0;  // starting or ready
        std::size_t running = 0;   // calls that have a place
        std::size_t waiting = 0;   // calls that have none
    };
    state current();

  private:
    using time_point = loop::time_point;
    struct replica {
        time_point ready;
        time_point idle_since;
        int running = 0;
    };
    struct start {
        std::function<void(place)> begin;
        std::list<replica>::iterator at;
    };

    std::list<replica>::iterator find(time_point now);
    void scale_down(time_point now);
    void launch(start what);
    void leave(std::list<replica>::iterator at);

    const std::optional<scaling_settings> how_;
    loop& loop_;
    std::mutex mutex_;
    std::list<replica> all_;
    std::deque<std::function<void(place)>> waiting_;
    bool launching_ = false;
};

}  // namespace tessera::server::cerebrium
