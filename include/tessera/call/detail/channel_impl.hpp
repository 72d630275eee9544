#pragma once

#include <asio/io_context.hpp>

#include "tessera/call/channel.hpp"
#include "tessera/call/detail/transport.hpp"

namespace tessera::call {

TESSERA_DEF
channel::channel(client_options&& options, http::url&& base, http::url&& proxy,
                 const net::executor& io)
    : options_(std::move(options)), base_(std::move(base)), io_(io) {
    transport_.reset(new detail::transport{
        {options_.max_idle_connections, options_.max_connection_idle, time()},
        {options_.tls, std::move(proxy), options_.resolve},
        std::shared_ptr<detail::token_source>(new detail::token_source(options_.api_key))});
}

TESSERA_DEF
channel::context_lease channel::lease_context() {
    std::unique_ptr<asio::io_context> context;
    {
        const std::lock_guard lock(mutex_);
        if (!contexts_.empty()) {
            context = std::move(contexts_.back());
            contexts_.pop_back();
        }
    }
    if (!context) context.reset(new asio::io_context(1));
    return {context.release(),
            [owner = shared_from_this()](asio::io_context* left) { owner->give_back(left); }};
}

TESSERA_DEF
void channel::give_back(asio::io_context* left) noexcept {
    std::unique_ptr<asio::io_context> context(left);
    try {
        // What was interrupted completes here, and refers to nothing any more.
        context->restart();
        context->poll();
        const std::lock_guard lock(mutex_);
        if (contexts_.size() < options_.max_idle_connections)
            contexts_.push_back(std::move(context));
    } catch (...) {
        // It goes.
    }
}

}  // namespace tessera::call
