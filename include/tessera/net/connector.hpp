#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "tessera/core/result.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/url.hpp"
#include "tessera/http/writer.hpp"
#include "tessera/net/connect.hpp"
#include "tessera/net/resolve.hpp"
#include "tessera/net/stream.hpp"
#include "tessera/net/tls.hpp"

namespace tessera::net {

// Opens connections to origins: name lookup, TCP, the proxy if there is one, TLS. Thread-safe.
template <class Lazy>
class basic_connector {
  public:
    // `proxy`: an http URL, its userinfo for basic authentication.
    basic_connector(tls_options tls, std::optional<http::url> proxy, resolve_hook hook)
        : tls_(std::move(tls)), proxy_(std::move(proxy)), hook_(std::move(hook)) {
        if (proxy_ && !proxy_->userinfo.empty()) {
            const auto plain = http::percent_decode(proxy_->userinfo);
            const std::string& text = plain ? *plain : proxy_->userinfo;
            authorization_ = secret(
                "Basic " +
                detail::base64(reinterpret_cast<const unsigned char*>(text.data()), text.size()));
        }
    }

    // Requests to it name the whole URL, since they go to a proxy that reads them.
    bool wants_absolute_form(const http::url& origin) const { return proxy_ && !origin.secure(); }
    // The value of Proxy-Authorization; empty: none.
    const secret& proxy_authorization() const { return authorization_; }

    // A connection on which requests to `origin` can be sent. A watch that is stopped ends it.
    task<result<std::unique_ptr<stream>>> open(http::url origin, watch& on) const {
        const http::url& first = proxy_ ? *proxy_ : origin;
        auto endpoints = co_await resolve(first.host, first.port, hook_, on);
        if (!endpoints) co_return std::move(endpoints.error());
        if (on.stopped()) co_return stopped();
        std::error_code code;
        auto socket = co_await connect_any(*std::move(endpoints), on, code);
        if (!socket)
            co_return error{error_kind::connection,
                            "no connection to " + first.authority() + ": " + code.message()};
        auto opened = std::make_unique<stream>(*std::move(socket));
        if (!origin.secure()) co_return opened;
        if (proxy_) {
            result<void> tunnel = co_await open_tunnel(*opened, origin, on);
            if (!tunnel) co_return std::move(tunnel.error());
        }
        auto context = tls();
        if (!context) co_return std::move(context.error());
        result<void> secured = co_await opened->start_tls(*context, origin.host, on);
        if (!secured) co_return std::move(secured.error());
        co_return opened;
    }

  private:
    static error stopped() {
        return {error_kind::connection, "the connection was not wanted any more", 0, {}, 0, {}, {}};
    }

    // RFC 9110 section 9.3.6.
    task<result<void>> open_tunnel(stream& through, const http::url& to, watch& on) const {
        const std::string target =
            (to.is_ipv6_literal ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
        http::request_head head;
        head.method = "CONNECT";
        head.target = target;
        head.headers.add("host", target);
        if (!authorization_.empty())
            head.headers.add("proxy-authorization", authorization_.reveal());
        std::string bytes;
        result<void> written = http::write_head(bytes, head);
        if (!written) co_return written;
        std::error_code code = co_await through.write(bytes, on);
        http::response_reader reader;
        reader.expect("CONNECT");
        while (!code) {
            // Byte by byte: what follows the head is not the proxy's.
            char byte = 0;
            const stream::transfer read = co_await through.read_some(&byte, 1, on);
            code = read.code;
            if (code) break;
            const http::reader_step step = reader.next({&byte, 1});
            if (step.event == http::reader_event::failed)
                co_return error{error_kind::protocol,
                                "the proxy's answer is malformed: " + reader.error().message};
            if (step.event == http::reader_event::head) {
                const int status = reader.head().status;
                if (status >= 200 && status <= 299) co_return result<void>();
                co_return error{
                    status >= 500 ? error_kind::connection : error_kind::protocol,
                    "the proxy refused the connection with status " + std::to_string(status)};
            }
        }
        co_return error{error_kind::connection,
                        "the connection to the proxy broke off: " + code.message()};
    }

    result<std::shared_ptr<const tls_context>> tls() const {
        const std::lock_guard lock(mutex_);
        if (!context_) {
            auto made = tls_context::make(tls_);
            if (!made) return made;
            context_ = *made;
        }
        return context_;
    }

    tls_options tls_;
    std::optional<http::url> proxy_;
    resolve_hook hook_;
    secret authorization_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const tls_context> context_;
};

using connector = basic_connector<void>;

}  // namespace tessera::net
