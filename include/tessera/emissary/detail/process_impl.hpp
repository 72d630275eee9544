#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "tessera/call/detail/answer.hpp"
#include "tessera/emissary/detail/process.hpp"

namespace tessera::emissary::detail {

TESSERA_DEF
process_terms terms_of(call::channel& on, const call_options& options) {
    process_terms made{.on = on.shared_from_this(), .each = options};
    made.total = options.timeout.total.value_or(std::chrono::milliseconds(0));
    if (made.total.count() > 0) made.due = on.time().now() + made.total;
    made.stop = options.stop;
    made.each.timeout.total.reset();
    made.each.stop = {};
    return made;
}

// One call as something that can be told to end.
struct running_call final : net::interruptible {
    explicit running_call(std::shared_ptr<call::exchange> of)
        : interruptible([](interruptible& self) noexcept {
              static_cast<running_call&>(self).call->cancel();
          }),
          call(std::move(of)) {}

    std::shared_ptr<call::exchange> call;
};

TESSERA_DEF
process::process(const process_terms& terms, const net::executor& io)
    : channel_(terms.on),
      total_(terms.total),
      stop_(terms.stop),
      io_(io),
      watch_(new net::watch(io, terms.on->time())) {
    watch_->set_total(terms.due);
}

TESSERA_DEF
void process::canceller::operator()() const noexcept { owner->cancel(); }

TESSERA_DEF
void process::start(work what, net::handler done) {
    running_ = true;
    net::fiber::start(io_, run(shared_from_this(), what.run, std::move(what.by)), std::move(done));
}

TESSERA_DEF
void process::cancel() {
    asio::post(io_,
               net::handler(std::weak_ptr<void>(weak_from_this()), [](void* self, std::error_code) {
                   static_cast<process*>(self)->watch_->stop(net::stop_cause::cancelled);
               }));
}

TESSERA_DEF
task<result<void>> process::run(std::shared_ptr<process> self, body what,
                                std::shared_ptr<void> by) {
    try {
        if (self->stop_.stop_possible())
            self->stop_callback_.reset(
                new std::stop_callback<canceller>(self->stop_, canceller{self.get()}));
        if (self->stop_.stop_requested()) self->watch_->stop(net::stop_cause::cancelled);
        self->outcome_ = co_await what(*self, by.get());
    } catch (const exception& e) {
        self->outcome_ = error(e.error());
    } catch (const std::exception& e) {
        self->outcome_ = tessera::detail::failed(
            error_kind::connection, {"the calls could not be carried out: ", e.what()});
    } catch (...) {
        self->outcome_ =
            tessera::detail::failed(error_kind::connection, "the calls could not be carried out");
    }
    self->stop_callback_.reset();
    self->watch_->rest();
    self->running_ = false;
    co_return result<void>();
}

TESSERA_DEF
task<result<void>> process::ask(std::shared_ptr<call::channel> on, call::spec request,
                                const call_options& options, call_info& info) {
    if (watch_->stopped()) co_return stop_error();
    running_call one(call::exchange::make(*on, std::move(request), options, io_));
    co_await watch_->wait(one, [](net::interruptible& what, net::handler done) {
        static_cast<running_call&>(what).call->start(call::exchange::perform, std::move(done));
    });
    if (watch_->stopped()) co_return stop_error();
    if (!one.call->outcome()) co_return std::move(one.call->outcome()).failure();
    info = std::move(one.call->info());
    co_return result<void>();
}

TESSERA_DEF
tessera::detail::boxed_error process::stop_error() const {
    return call::detail::error_of_stop(watch_->cause(), {.total = total_});
}

TESSERA_DEF
result<void> run_process(const process_terms& terms, process::work what) {
    const call::channel::context_lease context = terms.on->lease_context();
    const net::executor io = context->get_executor();
    const std::shared_ptr<process> made(new process(terms, io));
    made->start(std::move(what));
    context->restart();
    while (made->is_running()) context->run_one();
    return std::move(made->outcome());
}

}  // namespace tessera::emissary::detail
