#include "cerebrium/replicas.hpp"

#include <utility>

namespace tessera::server::cerebrium {

using std::chrono::milliseconds;

replicas::replicas(std::optional<scaling_settings> how, loop& clock)
    : how_(std::move(how)), loop_(clock) {
    if (how_) all_.assign(static_cast<std::size_t>(how_->min_replicas), replica{});
}

bool replicas::enter(std::function<void(place)> begin) {
    if (!how_) {
        begin(nullptr);
        return true;
    }
    start next;
    {
        const std::lock_guard lock(mutex_);
        next.at = waiting_.empty() ? find(loop_.time().now()) : all_.end();
        if (next.at == all_.end()) {
            if (waiting_.size() >= static_cast<std::size_t>(how_->queue_limit)) return false;
            waiting_.push_back(std::move(begin));
            return true;
        }
    }
    next.begin = std::move(begin);
    launch(std::move(next));
    return true;
}

replicas::state replicas::current() {
    const std::lock_guard lock(mutex_);
    if (how_) scale_down(loop_.time().now());
    state now{.replicas = all_.size(), .waiting = waiting_.size()};
    for (const replica& each : all_) now.running += static_cast<std::size_t>(each.running);
    return now;
}

// The replica that takes one more call, a new one if it must be; the end when there is none. The
// first that has room, so that the others fall idle.
std::list<replicas::replica>::iterator replicas::find(time_point now) {
    scale_down(now);
    auto chosen = all_.end();
    for (auto each = all_.begin(); each != all_.end(); ++each)
        if (each->running < how_->replica_concurrency &&
            (chosen == all_.end() || each->ready < chosen->ready))
            chosen = each;
    if (chosen == all_.end() && all_.size() < static_cast<std::size_t>(how_->max_replicas))
        chosen = all_.insert(all_.end(),
                             {.ready = now + milliseconds(how_->cold_start_ms), .idle_since = now});
    if (chosen != all_.end()) ++chosen->running;
    return chosen;
}

void replicas::scale_down(time_point now) {
    for (auto each = all_.begin();
         each != all_.end() && all_.size() > static_cast<std::size_t>(how_->min_replicas);)
        each = each->running == 0 && now - each->idle_since >= milliseconds(how_->cooldown_ms)
                   ? all_.erase(each)
                   : std::next(each);
}

void replicas::launch(start what) {
    const auto self = shared_from_this();
    place taken(this, [self, at = what.at](void*) { self->leave(at); });
    if (what.at->ready <= loop_.time().now()) return what.begin(std::move(taken));
    loop_.at(what.at->ready, [begin = std::move(what.begin), taken = std::move(taken)]() mutable {
        begin(std::move(taken));
    });
}

// A call may be over before its launch returns, and then leave as well: the one that launches goes on.
void replicas::leave(std::list<replica>::iterator at) {
    std::unique_lock lock(mutex_);
    --at->running;
    at->idle_since = loop_.time().now();
    if (std::exchange(launching_, true)) return;
    while (!waiting_.empty()) {
        const auto free = find(loop_.time().now());
        if (free == all_.end()) break;
        start next{std::move(waiting_.front()), free};
        waiting_.pop_front();
        lock.unlock();
        launch(std::move(next));
        lock.lock();
    }
    launching_ = false;
}

}  // namespace tessera::server::cerebrium
