#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tessera/core/result.hpp"
#include "tessera/net/resolve_hook.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

namespace detail {

// What a lookup's thread and the operation that waits for it share. The operation may go first; the
// thread then touches nothing of it.
template <class Lazy>
struct lookup {
    std::mutex mutex;
    std::function<void()> notify;
    std::optional<result<std::vector<std::string>>> found;

    void finish(result<std::vector<std::string>> addresses) {
        const std::lock_guard lock(mutex);
        found = std::move(addresses);
        if (notify) notify();
    }
    void abandon() {
        const std::lock_guard lock(mutex);
        notify = nullptr;
    }
};

template <class Lazy = void>
result<std::vector<std::string>> system_lookup(const std::string& host) {
    asio::io_context context(1);
    asio::ip::tcp::resolver resolver(context);
    std::error_code code;
    const auto entries = resolver.resolve(host, "", asio::ip::resolver_base::flags(), code);
    if (code)
        return error{error_kind::connection,
                     "the name " + host + " could not be resolved: " + code.message()};
    std::vector<std::string> addresses;
    for (const auto& entry : entries) addresses.push_back(entry.endpoint().address().to_string());
    return addresses;
}

}  // namespace detail

// The addresses of a host, in the resolver's order. A name is looked up on a thread of its own, since
// no system's lookup can be interrupted: a watch that is stopped leaves it behind.
template <class Lazy = void>
task<result<std::vector<asio::ip::tcp::endpoint>>> resolve(std::string host, std::uint16_t port,
                                                           resolve_hook hook, watch& on) {
    std::vector<asio::ip::tcp::endpoint> endpoints;
    std::error_code code;
    if (const auto address = asio::ip::make_address(host, code); !code) {
        endpoints.emplace_back(address, port);
        co_return endpoints;
    }
    if (on.stopped()) co_return error{error_kind::connection, "the name lookup was stopped"};
    const executor io = co_await asio::this_coro::executor;
    const auto shared = std::make_shared<detail::lookup<Lazy>>();
    const auto wake =
        std::make_shared<asio::steady_timer>(io, asio::steady_timer::time_point::max());
    const struct guard {
        std::shared_ptr<detail::lookup<Lazy>> left;
        ~guard() { left->abandon(); }
    } leave{shared};
    shared->notify = [io, wake] { asio::post(io, [wake] { wake->cancel(); }); };
    std::thread([shared, host, hook = std::move(hook)] {
        try {
            shared->finish(hook ? hook(host) : detail::system_lookup(host));
        } catch (const std::exception& e) {
            shared->finish(
                error{error_kind::connection, std::string("the name lookup failed: ") + e.what()});
        } catch (...) {
            shared->finish(error{error_kind::connection, "the name lookup failed"});
        }
    }).detach();
    {
        watch::waiting waiting(on, [&wake] { wake->cancel(); });
        co_await wake->async_wait(into<Lazy>(code));
    }
    result<std::vector<std::string>> found =
        error{error_kind::connection, "the name lookup was stopped"};
    {
        const std::lock_guard lock(shared->mutex);
        if (shared->found) found = std::move(*shared->found);
    }
    if (!found) co_return std::move(found.error());
    for (const std::string& text : *found)
        if (const auto address = asio::ip::make_address(text, code); !code)
            endpoints.emplace_back(address, port);
    if (endpoints.empty())
        co_return error{error_kind::connection, "the name " + host + " has no address"};
    co_return endpoints;
}

}  // namespace tessera::net
