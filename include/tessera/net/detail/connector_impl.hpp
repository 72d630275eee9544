#pragma once

#include <utility>

#include "tessera/core/base64.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/writer.hpp"
#include "tessera/net/connect.hpp"
#include "tessera/net/connector.hpp"
#include "tessera/net/resolve.hpp"

namespace tessera::net {

TESSERA_DEF
connector::connector(const tls_options& tls, http::url&& proxy, const resolve_hook& hook)
    : tls_(tls), proxy_(std::move(proxy)), hook_(hook) {
    if (proxy_.userinfo.empty()) return;
    const auto plain = http::percent_decode(proxy_.userinfo);
    const std::string& text = plain ? *plain : proxy_.userinfo;
    authorization_ = secret("Basic " + encode_base64(text));
}

TESSERA_DEF
task<result<void>> connector::open(const http::url& origin, watch& on,
                                   std::unique_ptr<stream>& opened) const {
    using tessera::detail::failed;
    const http::url& first = has_proxy() ? proxy_ : origin;
    endpoints addresses;
    result<void> done = co_await resolve(first.host, first.port, hook_, on, addresses);
    if (!done) co_return done;
    if (on.stopped())
        co_return failed(error_kind::connection, "the connection was not wanted any more");
    std::unique_ptr<stream> made;
    const std::error_code code = co_await connect_any(addresses, on, made);
    if (!made)
        co_return failed(error_kind::connection,
                         {"no connection to ", first.authority(), ": ", code.message()});
    if (origin.secure()) {
        if (has_proxy()) done = co_await open_tunnel(*made, origin, on);
        if (!done) co_return done;
        auto context = tls();
        if (!context) co_return std::move(context).failure();
        done = co_await made->start_tls(*context, origin.host, on);
        if (!done) co_return done;
    }
    opened = std::move(made);
    co_return result<void>();
}

// RFC 9110 section 9.3.6.
TESSERA_DEF
task<result<void>> connector::open_tunnel(stream& through, const http::url& to, watch& on) const {
    using tessera::detail::failed;
    const std::string target =
        (to.is_ipv6_literal ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
    http::request_head head;
    head.method = "CONNECT";
    head.target = target;
    head.headers.add("host", target);
    if (!authorization_.empty()) head.headers.add("proxy-authorization", authorization_.reveal());
    std::string bytes;
    result<void> written = http::write_head(bytes, head);
    if (!written) co_return written;
    std::error_code code = co_await through.write(bytes, on);
    http::response_reader reader;
    reader.expect("CONNECT");
    while (!code) {
        // Byte by byte: what follows the head is not the proxy's.
        char byte = 0;
        std::size_t size = 0;
        code = co_await through.read_some(&byte, 1, size, on);
        if (code) break;
        const http::reader_step step = reader.next({&byte, 1});
        if (step.event == http::reader_event::failed)
            co_return failed(error_kind::protocol,
                             {"the proxy's answer is malformed: ", reader.error().message});
        if (step.event == http::reader_event::head) {
            const int status = reader.head().status;
            if (status >= 200 && status <= 299) co_return result<void>();
            co_return failed(
                status >= 500 ? error_kind::connection : error_kind::protocol,
                {"the proxy refused the connection with status ", std::to_string(status)});
        }
    }
    co_return failed(error_kind::connection,
                     {"the connection to the proxy broke off: ", code.message()});
}

TESSERA_DEF
result<std::shared_ptr<const tls_context>> connector::tls() const {
    const std::lock_guard lock(mutex_);
    if (!context_) {
        auto made = tls_context::make(tls_);
        if (!made) return made;
        context_ = *made;
    }
    return context_;
}

}  // namespace tessera::net
