#pragma once

#include "tessera/cerebrium/client.hpp"

namespace tessera::cerebrium {

TESSERA_DEF
client::client(client_options options) : client(call::channel::make(prepare(std::move(options)))) {}

TESSERA_DEF
client::client(net::executor executor, client_options options)
    : client(call::channel::make(prepare(std::move(options)), std::move(executor))) {}

TESSERA_DEF
function client::function(std::string project, std::string app, std::string name) const {
    return {on_, std::make_shared<const function::path_values>(
                     function::path_values{std::move(project), std::move(app), std::move(name)})};
}

TESSERA_DEF
client_options client::prepare(client_options options) {
    if (options.base_url.find("://") != std::string::npos) return options;
    const std::string region = options.base_url.empty() ? "aws.us-east-1" : options.base_url;
    options.base_url = "https://api." + region + ".cerebrium.ai";
    return options;
}

}  // namespace tessera::cerebrium
