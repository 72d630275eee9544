#pragma once

#include <asio/io_context.hpp>

#include "tessera/call/detail/facade.hpp"
#include "tessera/http/writer.hpp"

namespace tessera::call {

namespace detail {

TESSERA_DEF
blocking_call::blocking_call(channel& on, spec&& request, const call_options& options)
    : context_(on.lease_context()) {
    const net::executor io = context_->get_executor();
    auto made = exchange::make(on, std::move(request), options, io);
    exchange* const call = made.get();
    call_.reset(call, [made = std::move(made)](exchange* left) { left->close(); });
}

TESSERA_DEF
result<void> blocking_call::run(exchange::step what) {
    call_->start(what);
    context_->restart();
    while (call_->is_running()) context_->run_one();
    return call_->outcome();
}

TESSERA_DEF
void blocking_call::next() {
    if (!call_->next_if_buffered()) (void)run(exchange::next);
}

TESSERA_DEF
void blocking_call::close() noexcept { call_->close(); }

TESSERA_DEF
result<void> run_blocking(channel& on, spec&& request, const call_options& options,
                          exchange::step what) {
    return blocking_call(on, std::move(request), options).run(what);
}

}  // namespace detail

TESSERA_DEF
std::shared_ptr<channel> channel::make(client_options options, net::executor io) {
    http::url base = http::parse_url(options.base_url).value();
    if (!base.userinfo.empty())
        throw_error(error{error_kind::invalid_argument,
                          "the base URL holds a user name; give the key as api_key"});
    http::url proxy;
    if (options.proxy) {
        proxy = http::parse_url(*options.proxy).value();
        if (proxy.secure())
            throw_error(
                error{error_kind::invalid_argument, "the proxy's URL must begin with http://"});
    }
    std::string ignored;
    http::request_head head;
    head.method = "GET";
    head.target = "/";
    head.headers = options.headers;
    http::write_head(ignored, head).value();
    const bool warm = options.warm;
    std::shared_ptr<channel> made(
        new channel(std::move(options), std::move(base), std::move(proxy), io));
    // A server that cannot be reached is the first call's to report.
    if (warm) (void)detail::run_blocking(*made, {}, {}, exchange::warm);
    return made;
}

}  // namespace tessera::call
