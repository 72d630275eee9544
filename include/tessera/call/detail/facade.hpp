#pragma once

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/core/error.hpp"
#include "tessera/http/writer.hpp"

namespace tessera::call {

namespace detail {

inline void require_valid(const http::fields& headers) {
    std::string ignored;
    http::request_head head;
    head.method = "GET";
    head.target = "/";
    head.headers = headers;
    http::write_head(ignored, head).value();
}

// One call on the calling thread: a private context, run only inside the members.
class blocking_call {
  public:
    template <class Lazy = void>
    blocking_call(channel& on, spec request, call_options options)
        : context_(on.lease_context()),
          call_(std::make_shared<exchange>(on.shared_from_this(), std::move(request), std::move(options),
                                           context_->get_executor())) {}
    blocking_call(const blocking_call&) = delete;
    blocking_call& operator=(const blocking_call&) = delete;
    ~blocking_call() { close(); }

    template <class Lazy = void>
    result<void> run(exchange::step what) {
        bool done = false;
        call_->start(what, [&done] { done = true; });
        context_->restart();
        while (!done) context_->run_one();
        return std::move(call_->outcome());
    }
    template <class Lazy = void>
    result<std::optional<http::sse_event>> next() {
        if (auto ready = call_->next_if_buffered()) return *std::move(ready);
        (void)run(exchange::step::next);
        return std::move(call_->event());
    }

    call_info& info() { return call_->info(); }
    void close() noexcept { call_->close(); }

  private:
    channel::context_lease context_;
    std::shared_ptr<exchange> call_;
};

// A completion handler that waits for its call, with work on its executor.
template <class Handler, class Finish>
struct waiting_handler {
    waiting_handler(Handler&& h, Finish&& f, const net::executor& io)
        : handler(std::move(h)), finish(std::move(f)),
          work(asio::get_associated_executor(handler, io)) {}
    Handler handler;
    Finish finish;
    asio::executor_work_guard<asio::associated_executor_t<Handler, net::executor>> work;
};

// Starts a step of `call` (an exchange, or what has its start, cancel and get_executor) and hands its
// end to the handler, whose cancellation slot cancels it.
template <class Call, class Step, class Handler, class Finish>
void launch(std::shared_ptr<Call> call, Step what, Finish&& finish, Handler&& handler) {
    using waiting = waiting_handler<std::decay_t<Handler>, std::decay_t<Finish>>;
    auto held = std::make_shared<waiting>(std::move(handler), std::move(finish), call->get_executor());
    if (auto slot = asio::get_associated_cancellation_slot(held->handler); slot.is_connected())
        slot.assign([target = std::weak_ptr<Call>(call)](asio::cancellation_type) {
            if (auto alive = target.lock()) alive->cancel();
        });
    Call& running = *call;
    running.start(what, [call = std::move(call), held]() mutable {
        auto executor = held->work.get_executor();
        asio::dispatch(executor, [call = std::move(call), held = std::move(held)]() mutable {
            if (auto slot = asio::get_associated_cancellation_slot(held->handler); slot.is_connected())
                slot.clear();
            // Everything the call holds goes before the handler runs, which may destroy the context.
            Handler completion = std::move(held->handler);
            Finish finished = std::move(held->finish);
            auto work = std::move(held->work);
            held.reset();
            finished(completion, *call);
        });
    });
}

// A call made of `request`, on the executor that its completion handler decides.
template <class Signature, class Finish, class Token>
auto async_call(channel& on, spec request, call_options options, exchange::step what, Finish finish,
                Token&& token) {
    return asio::async_initiate<Token, Signature>(
        [](auto handler, std::shared_ptr<channel> owner, spec made, call_options chosen,
           exchange::step first, Finish last) {
            net::executor io = owner->executor_for(asio::get_associated_executor(handler));
            auto call = std::make_shared<exchange>(std::move(owner), std::move(made), std::move(chosen),
                                                   std::move(io));
            launch(std::move(call), first, std::move(last), std::move(handler));
        },
        token, on.shared_from_this(), std::move(request), std::move(options), what, std::move(finish));
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

}  // namespace detail

template <class Lazy>
std::shared_ptr<channel> channel::make(client_options options, std::optional<net::executor> io) {
    http::url base = http::parse_url(options.base_url).value();
    if (!base.userinfo.empty())
        throw_error(error{error_kind::invalid_argument,
                          "the base URL holds a user name; give the key as api_key"});
    std::optional<http::url> proxy;
    if (options.proxy) {
        proxy = http::parse_url(*options.proxy).value();
        if (proxy->secure())
            throw_error(error{error_kind::invalid_argument, "the proxy's URL must begin with http://"});
    }
    detail::require_valid(options.headers);
    const bool warm = options.warm;
    std::shared_ptr<channel> made(
        new channel(std::move(options), std::move(base), std::move(proxy), std::move(io)));
    // A server that cannot be reached is the first call's to report.
    if (warm) (void)detail::blocking_call(*made, spec{}, call_options{}).run(exchange::step::warm);
    return made;
}

}  // namespace tessera::call
