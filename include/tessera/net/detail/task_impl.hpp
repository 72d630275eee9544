#pragma once

#include <asio/post.hpp>

#include "tessera/net/task.hpp"

namespace tessera::net {

TESSERA_DEF
void handler::operator()(std::error_code code, std::size_t bytes) {
    const std::shared_ptr<void> target = target_.lock();
    kept_.reset();
    if (target) then_(target.get(), code, bytes);
}

TESSERA_DEF
void detail::task_promise::return_to_caller::await_suspend(std::coroutine_handle<>) const noexcept {
    from->on->next_ = from->caller;
}

TESSERA_DEF
void fiber::start(const executor& io, task<result<void>> first, std::function<void()> done) {
    auto made = std::make_shared<fiber>(std::move(first), std::move(done));
    made->first_.enter(*made);
    asio::post(io, handler(std::shared_ptr<void>(std::move(made)),
                           [](void* self, std::error_code, std::size_t) {
                               static_cast<fiber*>(self)->run();
                           }));
}

TESSERA_DEF
void fiber::go_on(void* self, std::error_code code, std::size_t bytes) {
    fiber& waiting = *static_cast<fiber*>(self);
    *waiting.code_ = code;
    *waiting.bytes_ = bytes;
    waiting.run();
}

// A loop, since neither every compiler nor every level of optimisation makes a jump of a coroutine
// that resumes another.
TESSERA_DEF
void fiber::run() {
    waits_ = false;
    while (next_ && !waits_) next_.resume();
    if (waits_) return;
    // Everything the tasks hold goes before the caller hears of their end.
    const std::function<void()> done = std::move(done_);
    { const task<result<void>> ended = std::move(first_); }
    if (done) done();
}

}  // namespace tessera::net
