#pragma once

#include <asio/post.hpp>

#include "tessera/net/task.hpp"

namespace tessera::net {

TESSERA_DEF
void handler::operator()(std::error_code code) {
    const std::shared_ptr<void> target = target_.lock();
    kept_.reset();
    if (target) then_(target.get(), code);
}

TESSERA_DEF
void detail::task_promise::return_to_caller::await_suspend(std::coroutine_handle<>) const noexcept {
    from->on->next_ = from->caller;
}

TESSERA_DEF
void fiber::start(const executor& io, task<result<void>> first, handler done) {
    const std::shared_ptr<fiber> made(new fiber(std::move(first), std::move(done)));
    made->first_.enter(*made);
    asio::post(io, handler(std::shared_ptr<void>(made),
                           [](void* self, std::error_code) { static_cast<fiber*>(self)->run(); }));
}

TESSERA_DEF
void fiber::wait(std::coroutine_handle<> at, interruptible& what, beginning begin,
                 std::error_code& code) {
    next_ = at;
    code_ = &code;
    begin(what, handler(std::shared_ptr<void>(shared_from_this()),
                        [](void* self, std::error_code ended) { go_on(self, ended); }));
    waits_ = true;
}

TESSERA_DEF
void fiber::go_on(void* self, std::error_code code) {
    fiber& waiting = *static_cast<fiber*>(self);
    *waiting.code_ = code;
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
    handler done = std::move(done_);
    { const task<result<void>> ended = std::move(first_); }
    if (done) done();
}

}  // namespace tessera::net
