#pragma once

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#endif

#include <asio/ip/address.hpp>
#include <memory>
#include <thread>
#include <utility>

#include "tessera/net/resolve.hpp"

namespace tessera::net {

namespace detail {

using lookup_result = result<std::vector<std::string>>;

// What a lookup's thread and the task that waits for it share.
struct lookup : doorbell {
    lookup(const std::string& wanted, const resolve_hook& by) : host(wanted), hook(by) {}

    const std::string host;
    const resolve_hook hook;
    lookup_result found{
        tessera::detail::failed(error_kind::connection, "the name lookup was stopped")};
};

// By the system's own function: Asio's resolver would bring a thread and a context along.
TESSERA_COLD_DECL
lookup_result system_lookup(const std::string& host) {
    ::addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    ::addrinfo* found = nullptr;
    if (const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found))
        return tessera::detail::failed(
            error_kind::connection,
            {"the name ", host, " could not be resolved: ", ::gai_strerror(code)});
    std::vector<std::string> addresses;
    for (const ::addrinfo* each = found; each != nullptr; each = each->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(each->ai_addr, static_cast<socklen_t>(each->ai_addrlen), text,
                          sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.emplace_back(text);
    }
    ::freeaddrinfo(found);
    return addresses;
}

TESSERA_COLD_DECL
lookup_result look_up(const std::string& host, const resolve_hook& hook) {
    std::string why = "the name lookup failed";
    try {
        return hook ? hook(host) : system_lookup(host);
    } catch (const std::exception& e) {
        (why += ": ") += e.what();
    } catch (...) {
    }
    return tessera::detail::failed(error_kind::connection, why);
}

TESSERA_COLD_DECL
void carry_out(const std::shared_ptr<lookup>& shared) {
    lookup_result found = look_up(shared->host, shared->hook);
    const std::lock_guard lock(shared->mutex);
    shared->found = std::move(found);
    doorbell::ring(shared);
}

// False for a text that is no address.
TESSERA_COLD_DECL
bool add_endpoint(const std::string& text, std::uint16_t port, endpoints& to) {
    std::error_code code;
    const asio::ip::tcp::endpoint made(asio::ip::make_address(text, code), port);
    if (!code) to.push_back(made);
    return !code;
}

}  // namespace detail

TESSERA_DEF
task<result<void>> resolve(const std::string& host, std::uint16_t port, const resolve_hook& hook,
                           watch& on, endpoints& found) {
    if (detail::add_endpoint(host, port, found)) co_return result<void>();
    if (on.stopped())
        co_return tessera::detail::failed(error_kind::connection, "the name lookup was stopped");
    timer bell(on.get_executor());
    const std::shared_ptr<detail::lookup> shared(new detail::lookup(host, hook));
    const doorbell::waiting until_found(*shared, on.get_executor(), bell);
    std::thread([shared] { detail::carry_out(shared); }).detach();
    co_await on.wait_for(bell);
    const std::lock_guard lock(shared->mutex);
    if (!shared->found) co_return std::move(shared->found).failure();
    for (const std::string& text : *shared->found) detail::add_endpoint(text, port, found);
    if (found.empty())
        co_return tessera::detail::failed(error_kind::connection,
                                          {"the name ", host, " has no address"});
    co_return result<void>();
}

}  // namespace tessera::net
