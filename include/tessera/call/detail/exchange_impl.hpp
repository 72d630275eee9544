#pragma once

#include <asio/post.hpp>
#include <utility>

#include "tessera/call/detail/driver.hpp"
#include "tessera/call/exchange.hpp"

namespace tessera::call {

TESSERA_DEF
std::shared_ptr<exchange> exchange::make(channel& owner, spec&& request,
                                         const call_options& options, const net::executor& io) {
    return std::shared_ptr<detail::driver>(
        new detail::driver(owner, std::move(request), options, io));
}

TESSERA_DEF
detail::driver& exchange::inside() noexcept { return static_cast<detail::driver&>(*this); }

TESSERA_DEF
net::task<result<void>> exchange::perform(exchange& call) { return call.inside().run(); }

TESSERA_DEF
net::task<result<void>> exchange::open(exchange& call) { return call.inside().run_stream(); }

TESSERA_DEF
net::task<result<void>> exchange::next(exchange& call) { return call.inside().next_event(); }

TESSERA_DEF
net::task<result<void>> exchange::warm(exchange& call) { return call.inside().warm_up(); }

TESSERA_DEF
void exchange::start(step what, net::handler done) {
    running_ = true;
    auto self = std::static_pointer_cast<detail::driver>(shared_from_this());
    net::fiber::start(io_, detail::driver::run_step(std::move(self), what), std::move(done));
}

TESSERA_DEF
bool exchange::next_if_buffered() { return inside().take_buffered(); }

TESSERA_DEF
void exchange::cancel() {
    asio::post(io_,
               net::handler(std::weak_ptr<void>(weak_from_this()), [](void* self, std::error_code) {
                   static_cast<exchange*>(self)->inside().stop_now();
               }));
}

TESSERA_DEF
void exchange::close() noexcept { inside().close_now(); }

}  // namespace tessera::call

#include "tessera/call/detail/driver_impl.hpp"
#include "tessera/call/detail/driver_request_impl.hpp"
#include "tessera/call/detail/driver_stream_impl.hpp"
