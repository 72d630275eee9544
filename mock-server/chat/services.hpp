#pragma once

#include <functional>
#include <string>

#include "core/ids.hpp"
#include "core/options.hpp"
#include "inference/catalog.hpp"
#include "store/database.hpp"

namespace tessera::server {

/// What APIs are made of; outlives them.
struct services {
    const tessera::server::options& options;
    id_source& ids;
    const catalog& models;
    store::database& database;
    /// Where this server reaches itself: "http://127.0.0.1:8090", or nothing before it listens.
    std::function<std::string()> own_url = [] { return std::string(); };
};

}  // namespace tessera::server
