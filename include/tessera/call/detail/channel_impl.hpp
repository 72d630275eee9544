#pragma once

#include "tessera/call/channel.hpp"

namespace tessera::call {

template <class Lazy>
channel::channel(client_options options, http::url base, std::optional<http::url> proxy,
                        std::optional<net::executor> io)
    : options_(std::move(options)),
      base_(std::move(base)),
      io_(std::move(io)),
      pool_(options_.max_idle_connections, options_.max_connection_idle, time()),
      connector_(options_.tls, std::move(proxy), options_.resolve) {}

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
