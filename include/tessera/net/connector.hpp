#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/url.hpp"
#include "tessera/net/resolve_hook.hpp"
#include "tessera/net/stream.hpp"
#include "tessera/net/tls.hpp"

namespace tessera::net {

// Opens connections to origins: name lookup, TCP, the proxy if there is one, TLS. Thread-safe.
class connector {
  public:
    // `proxy`: an http URL, its userinfo for basic authentication; without a host: none.
    TESSERA_COLD_DECL connector(const tls_options& tls, http::url&& proxy,
                                const resolve_hook& hook);

    // Requests to it name the whole URL, since they go to a proxy that reads them.
    bool wants_absolute_form(const http::url& origin) const {
        return has_proxy() && !origin.secure();
    }
    // The value of Proxy-Authorization; empty: none.
    const secret& proxy_authorization() const { return authorization_; }

    // A connection on which requests to `origin` can be sent, in `opened`. A watch that is stopped
    // ends it.
    TESSERA_COLD_DECL task<result<void>> open(const http::url& origin, watch& on,
                                              std::unique_ptr<stream>& opened) const;

  private:
    bool has_proxy() const { return !proxy_.host.empty(); }
    TESSERA_COLD_DECL task<result<void>> open_tunnel(stream& through, const http::url& to,
                                                     watch& on) const;
    TESSERA_COLD_DECL result<std::shared_ptr<const tls_context>> tls() const;

    tls_options tls_;
    http::url proxy_;
    resolve_hook hook_;
    secret authorization_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const tls_context> context_;
};

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/connector_impl.hpp"
#endif
