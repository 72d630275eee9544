#pragma once

#include <asio/strand.hpp>
#include <string>

#include "tessera/call/channel.hpp"
#include "tessera/core/error.hpp"

namespace tessera::call {

namespace detail {

inline void warm_at_start(channel& on);

inline void require_valid(const http::fields& headers) {
    std::string ignored;
    http::request_head head;
    head.method = "GET";
    head.target = "/";
    head.headers = headers;
    http::write_head(ignored, head).value();
}

}  // namespace detail

inline channel::channel(client_options options, http::url base, std::optional<http::url> proxy,
                        std::optional<net::executor> io)
    : options_(std::move(options)),
      base_(std::move(base)),
      io_(std::move(io)),
      pool_(options_.max_idle_connections, options_.max_connection_idle, time()),
      connector_(options_.tls, std::move(proxy), options_.resolve) {}

inline std::shared_ptr<channel> channel::make(client_options options, std::optional<net::executor> io) {
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
    if (warm) detail::warm_at_start(*made);
    return made;
}

inline net::executor channel::make_strand(net::executor io) {
    return net::executor(asio::make_strand(std::move(io)));
}

inline channel::context_lease channel::lease_context() {
    std::unique_ptr<asio::io_context> context;
    {
        const std::lock_guard lock(mutex_);
        if (!contexts_.empty()) {
            context = std::move(contexts_.back());
            contexts_.pop_back();
        }
    }
    if (!context) context = std::make_unique<asio::io_context>(1);
    return context_lease(*this, std::move(context));
}

inline void channel::give_back(std::unique_ptr<asio::io_context> context) noexcept {
    try {
        // What was interrupted completes here, and refers to nothing any more.
        context->restart();
        context->poll();
        const std::lock_guard lock(mutex_);
        contexts_.push_back(std::move(context));
    } catch (...) {
        context.reset();
    }
}

}  // namespace tessera::call
