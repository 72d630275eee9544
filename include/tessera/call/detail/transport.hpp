#pragma once

#include <memory>

#include "tessera/call/detail/token_source.hpp"
#include "tessera/net/connector.hpp"
#include "tessera/net/pool.hpp"

namespace tessera::call::detail {

// What a channel's calls reach a server with.
struct transport {
    net::pool pool;
    net::connector connector;
    std::shared_ptr<token_source> tokens;
};

}  // namespace tessera::call::detail
