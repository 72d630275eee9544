#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <memory>
#include <type_traits>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/core/linkage.hpp"

namespace tessera::call::detail {

// One call on the calling thread: a private context, run only inside the members.
class blocking_call {
  public:
    TESSERA_COLD_DECL blocking_call(channel& on, spec&& request, const call_options& options);
    blocking_call(const blocking_call&) = delete;
    blocking_call& operator=(const blocking_call&) = delete;

    TESSERA_COLD_DECL result<void> run(exchange::step what);
    // The stream's next event, or its end, for call().
    TESSERA_COLD_DECL void next();

    exchange& call() { return *call_; }
    call_info& info() { return call_->info(); }
    TESSERA_COLD_DECL void close() noexcept;

  private:
    channel::context_lease context_;
    std::shared_ptr<exchange> call_;  // is closed when it is let go
};

TESSERA_COLD_DECL result<void> run_blocking(channel& on, spec&& request,
                                            const call_options& options, exchange::step what);

// A completion handler that waits for its call, with work on its executor.
template <class Call, class Handler, class Finish>
struct waiting_handler : std::enable_shared_from_this<waiting_handler<Call, Handler, Finish>> {
    waiting_handler(Handler&& h, Finish&& f, std::shared_ptr<Call>&& c)
        : handler(std::move(h)),
          finish(std::move(f)),
          work(asio::get_associated_executor(handler, c->get_executor())),
          call(std::move(c)) {}

    void complete() {
        auto executor = work.get_executor();
        asio::dispatch(executor, [held = this->shared_from_this()]() mutable {
            if (auto slot = asio::get_associated_cancellation_slot(held->handler);
                slot.is_connected())
                slot.clear();
            // Everything the call holds goes before the handler runs, which may destroy the
            // context.
            Handler completion = std::move(held->handler);
            Finish finished = std::move(held->finish);
            auto until_then = std::move(held->work);
            auto ended = std::move(held->call);
            held.reset();
            finished(completion, *ended);
        });
    }

    Handler handler;
    Finish finish;
    asio::executor_work_guard<asio::associated_executor_t<Handler, net::executor>> work;
    std::shared_ptr<Call> call;
};

// Starts a step of `call` (an exchange, or what has its start, cancel and get_executor) and hands
// its end to the handler, whose cancellation slot cancels it.
template <class Call, class Step, class Handler, class Finish>
void launch(std::shared_ptr<Call> call, Step what, Finish&& finish, Handler&& handler) {
    using waiting = waiting_handler<Call, std::decay_t<Handler>, std::decay_t<Finish>>;
    Call& running = *call;
    auto held = std::make_shared<waiting>(std::move(handler), std::move(finish), std::move(call));
    if (auto slot = asio::get_associated_cancellation_slot(held->handler); slot.is_connected())
        slot.assign([target = std::weak_ptr<Call>(held->call)](asio::cancellation_type) {
            if (auto alive = target.lock()) alive->cancel();
        });
    running.start(
        what, net::handler(std::shared_ptr<void>(std::move(held)), [](void* self, std::error_code) {
            static_cast<waiting*>(self)->complete();
        }));
}

// A call that waits for the executor that its completion handler decides.
struct prepared_call {
    std::shared_ptr<channel> on;
    spec request;
    call_options options;
};

template <class Signature, class Finish, class Token>
auto async_call(channel& on, spec&& request, const call_options& options, exchange::step what,
                Finish finish, Token&& token) {
    std::unique_ptr<prepared_call> prepared(
        new prepared_call{on.shared_from_this(), std::move(request), options});
    return asio::async_initiate<Token, Signature>(
        [](auto handler, std::unique_ptr<prepared_call> ready, exchange::step first, Finish last) {
            const net::executor io =
                ready->on->executor_for(asio::get_associated_executor(handler));
            auto call = exchange::make(*ready->on, std::move(ready->request), ready->options, io);
            ready.reset();
            launch(std::move(call), first, std::move(last), std::move(handler));
        },
        token, std::move(prepared), what, std::move(finish));
}

// A further step of a call that goes on.
template <class Signature, class Finish, class Token>
auto async_step(std::shared_ptr<exchange> call, exchange::step what, Finish finish, Token&& token) {
    return asio::async_initiate<Token, Signature>(
        [](auto handler, std::shared_ptr<exchange> going_on, exchange::step next, Finish last) {
            launch(std::move(going_on), next, std::move(last), std::move(handler));
        },
        token, std::move(call), what, std::move(finish));
}

}  // namespace tessera::call::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/call/detail/facade_impl.hpp"
#endif
