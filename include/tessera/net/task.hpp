#pragma once

#include <asio/any_io_executor.hpp>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
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

// The handler of all that is started here: Asio makes a hundred functions for every operation and
// type of handler. Calls `then`, unless the target is gone.
class handler {
  public:
    using function = void (*)(void* target, std::error_code code, std::size_t bytes);

    // Keeps the target.
    handler(std::shared_ptr<void> target, function then)
        : target_(target), kept_(std::move(target)), then_(then) {}
    // Does not.
    handler(std::weak_ptr<void> target, function then) : target_(std::move(target)), then_(then) {}

    TESSERA_DECL void operator()(std::error_code code = {}, std::size_t bytes = 0);

  private:
    std::weak_ptr<void> target_;
    std::shared_ptr<void> kept_;
    function then_;
};

namespace detail {

struct task_promise {
    struct return_to_caller {
        task_promise* from;
        bool await_ready() const noexcept { return false; }
        TESSERA_DECL void await_suspend(std::coroutine_handle<>) const noexcept;
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
    fiber(task<result<void>> first, std::function<void()> done)
        : first_(std::move(first)), done_(std::move(done)) {}

    // Runs `first` on `io` and calls `done` there at its end, both after this function has returned.
    // What it throws is lost.
    TESSERA_DECL static void start(const executor& io, task<result<void>> first,
                                   std::function<void()> done);

    // Suspends `at`, with the outcome of what `begin` starts in `code` and `bytes`.
    template <class Begin>
    void wait(std::coroutine_handle<> at, const Begin& begin, std::error_code& code,
              std::size_t& bytes) {
        next_ = at;
        code_ = &code;
        bytes_ = &bytes;
        begin(handler(std::shared_ptr<void>(shared_from_this()),
                      [](void* self, std::error_code ended, std::size_t moved) {
                          go_on(self, ended, moved);
                      }));
        waits_ = true;
    }

  private:
    template <class>
    friend class task;
    friend detail::task_promise;
    TESSERA_DECL void run();
    TESSERA_DECL static void go_on(void* self, std::error_code code, std::size_t bytes);

    std::coroutine_handle<> next_;
    std::error_code* code_ = nullptr;
    std::size_t* bytes_ = nullptr;
    bool waits_ = false;
    task<result<void>> first_;
    std::function<void()> done_;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/task_impl.hpp"
#endif
