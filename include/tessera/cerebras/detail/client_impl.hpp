#pragma once

#include "tessera/cerebras/client.hpp"

namespace tessera::cerebras {

TESSERA_DEF
client::client(client_options options) : client(call::channel::make(prepare(std::move(options)))) {}

TESSERA_DEF
client::client(net::executor executor, client_options options)
    : client(call::channel::make(prepare(std::move(options)), std::move(executor))) {}

TESSERA_DEF
void client::warm(const call_options& options) const { warming_.warm_tcp(options); }

TESSERA_DEF
result<void> client::try_warm(const call_options& options) const {
    auto warmed = warming_.try_warm_tcp(options);
    if (!warmed) return std::move(warmed).failure();
    return {};
}

TESSERA_DEF
client_options client::prepare(client_options options) {
    if (options.base_url.empty()) options.base_url = "https://api.cerebras.ai";
    if (!options.timeout.total) options.timeout.total = std::chrono::seconds(60);
    return options;
}

}  // namespace tessera::cerebras
