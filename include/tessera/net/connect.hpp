#pragma once

#include <asio/ip/tcp.hpp>
#include <memory>
#include <system_error>

#include "tessera/core/linkage.hpp"
#include "tessera/net/resolve.hpp"
#include "tessera/net/stream.hpp"
#include "tessera/net/watch.hpp"

namespace tessera::net {

// RFC 8305 section 4: address families take turns, the resolver's first one first.
TESSERA_COLD_DECL endpoints take_turns(const endpoints& given);

// A connection to the first of the addresses that answers, in `opened`; else the code of the last
// failure.
TESSERA_COLD_DECL task<std::error_code> connect_any(const endpoints& addresses, watch& on,
                                                    std::unique_ptr<stream>& opened);

}  // namespace tessera::net

#ifdef TESSERA_DEFINITIONS
#include "tessera/net/detail/connect_impl.hpp"
#endif
