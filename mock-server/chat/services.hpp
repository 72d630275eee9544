#pragma once

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
};

}  // namespace tessera::server
