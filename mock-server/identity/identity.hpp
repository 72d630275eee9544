#pragma once
// An identity provider for trying OAuth out: people are chosen from a list, and click.
#include <functional>
#include <memory>
#include <string>

#include "core/options.hpp"
#include "web/api.hpp"

namespace tessera::server {

/// Its clients are those of the gateway's configuration that have no URLs of their own. `own_url`
/// is where this server is reached; it and `settings` outlive it.
std::unique_ptr<api> make_identity_provider(const options& settings,
                                            std::function<std::string()> own_url);

}  // namespace tessera::server
