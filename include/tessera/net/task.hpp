#pragma once

#include <asio/any_io_executor.hpp>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"

// Coroutines that are cheap to compile: one handler for all that they wait for, where Asio's own
// make a set of types for each pair of a coroutine and an operation (docs/decisions/0011).
namespace tessera::net {

using executor = asio::any_io_executor;

class fiber;
class interruptible;

// The handler of all that is started here: Asio makes a hundred functions for every operation and
// type of handler. Calls `then`, unless the target is gone. One made of nothing is none.
class handler {
  public:
    using function = void (*)(void* target, std::error_code code);

    handler() = default;
    // Keeps the target.
    handler(std::shared_ptr<void> target, function then)
        : target_(target), kept_(std::move(target)), then_(then) {}
    // Does not.
    handler(std::weak_ptr<void> target, function then) : target_(std::move(target)), then_(then) {}

    TESSERA_COLD_DECL void operator()(std::error_code code = {});
    explicit operator bool() const noexcept { return then_ != nullptr; }

  private:
    std::weak_ptr<void> target_;
    std::shared_ptr<void> kept_;
    function then_ = nullptr;
};

namespace detail {

struct task_promise {
    struct return_to_caller {
        task_promise* from;
        bool await_ready() const noexcept { return false; }
        TESSERA_COLD_DECL void await_suspend(std::coroutine_handle<>) const noexcept;
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    return_to_caller final_suspend() noexcept { return {this}; }
    void unhandled_exception() noexcept { thrown = std::current_exception(); }

    fiber* on = nullptr;
    std::coroutine_handle<> caller;  // null: the fiber's first
    std::exception_ptr thrown;
};

}  // namespace detail

// A coroutine that runs when it is awaited by another, or as the first of a fiber.
template <class T>
class [[nodiscard]] task {
  public:
    struct promise_type : detail::task_promise {
        T value{};
        task get_return_object() {
            return task(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        void return_value(T given) { value = std::move(given); }
    };

    task(task&& other) noexcept : self_(std::exchange(other.self_, nullptr)) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (self_) self_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller) const noexcept {
        self_.promise().caller = caller;
        enter(*caller.promise().on);
    }
    T await_resume() const {
        if (self_.promise().thrown) std::rethrow_exception(self_.promise().thrown);
        return std::move(self_.promise().value);
    }

  private:
    friend fiber;
    explicit task(std::coroutine_handle<promise_type> self) : self_(self) {}
    template <class Fiber>
    void enter(Fiber& on) const noexcept {
        self_.promise().on = &on;
        on.next_ = self_;
    }

    std::coroutine_handle<promise_type> self_;
};

// Tasks that await each other, one at a time on one executor that runs one handler at a time. What
// it waits for keeps it alive, so that a context which goes before its time takes it along.
class fiber : public std::enable_shared_from_this<fiber> {
  public:
    fiber(task<result<void>> first, handler done)
        : first_(std::move(first)), done_(std::move(done)) {}

    // Runs `first` on `io` and calls `done` there at its end, both after this function has returned.
    // What it throws is lost.
    TESSERA_COLD_DECL static void start(const executor& io, task<result<void>> first, handler done);

    // Suspends `at` until what `begin` starts with `what` has ended, as `code` then says.
    using beginning = void (*)(interruptible& what, handler done);
    TESSERA_COLD_DECL void wait(std::coroutine_handle<> at, interruptible& what, beginning begin,
                                std::error_code& code);

  private:
    template <class>
    friend class task;
    friend detail::task_promise;
    TESSERA_COLD_DECL void run();
    TESSERA_COLD_DECL static void go_on(void* self, std::error_code code);

    std::coroutine_handle<> next_;
    std::error_code* code_ = nullptr;
    bool waits_ = false;
    task<result<void>> first_;
    handler done_;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/task_impl.hpp"
#endif
