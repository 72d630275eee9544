#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/core/result.hpp"
#include "tessera/net/resolve_hook.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

using endpoints = std::vector<asio::ip::tcp::endpoint>;

// The addresses of a host, in the resolver's order, into `found`. A name is looked up on a thread of
// its own, since no system's lookup can be interrupted: a watch that is stopped leaves it behind.
TESSERA_COLD_DECL task<result<void>> resolve(const std::string& host, std::uint16_t port,
                                             const resolve_hook& hook, watch& on, endpoints& found);

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/resolve_impl.hpp"
#endif
