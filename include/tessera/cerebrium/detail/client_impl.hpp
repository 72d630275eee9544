#pragma once

#include "tessera/cerebrium/client.hpp"

namespace tessera::cerebrium {

TESSERA_DEF
client::client(client_options options)
    : resource(call::channel::make(prepare(std::move(options)))) {}

TESSERA_DEF
client::client(net::executor executor, client_options options)
    : resource(call::channel::make(prepare(std::move(options)), std::move(executor))) {}

TESSERA_DEF
function client::function(std::string project, std::string app, std::string name) const {
    return {get_channel().shared_from_this(),
            std::make_shared<const function::path_values>(
                function::path_values{std::move(project), std::move(app), std::move(name)})};
}

TESSERA_DEF
client_options client::prepare(client_options options) {
    std::string& place = options.base_url;
    if (place.find("://") != place.npos) return options;
    if (place.empty()) place = "aws.us-east-1";
    for (const char c : place)
        if (!http::is_alpha(c) && !http::is_digit(c) && c != '-' && c != '.')
            throw_error({.kind = error_kind::invalid_argument,
                         .message = "base_url must be a region, such as aws.us-east-1, or a URL "
                                    "that begins with https://"});
    place = "https://api." + place + ".cerebrium.ai";
    return options;
}

}  // namespace tessera::cerebrium
