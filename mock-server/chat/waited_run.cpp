#include "chat/waited_run.hpp"

#include <asio/post.hpp>

namespace tessera::server {

void waited_run::begin(starter start) {
    asio::post(state_->executor, [state = state_, start = std::move(start)] {
        if (state->ended) return;
        state->under_way = start(state->executor, [weak = std::weak_ptr(state)] {
            if (const auto self = weak.lock()) self->pull();
        });
        state->pull();
    });
}

waited_run::~waited_run() {
    asio::post(state_->executor, [state = state_] {
        state->ended = true;
        state->under_way.reset();
    });
}

// On the executor. Steps that nobody wants yet are left where they are, so that a run may pause.
void waited_run::state::pull() {
    if (!under_way) return;
    const std::lock_guard lock(mutex);
    if (!wanted) return;
    under_way->take(steps);
    if (steps.empty()) return;
    wanted = false;
    arrived.notify_one();
}

std::optional<step> waited_run::next(const std::stop_token& stop) {
    if (next_ == taken_.size()) {
        std::unique_lock lock(state_->mutex);
        state_->wanted = true;
        asio::post(state_->executor, [state = state_] { state->pull(); });
        if (!state_->arrived.wait(lock, stop, [&] { return !state_->steps.empty(); }))
            return std::nullopt;
        taken_.clear();
        taken_.swap(state_->steps);
        next_ = 0;
    }
    return std::move(taken_[next_++]);
}

}  // namespace tessera::server
