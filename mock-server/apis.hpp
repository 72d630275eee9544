#pragma once
// The APIs this program serves.
#include <memory>
#include <string_view>
#include <vector>

#include "catalog.hpp"
#include "ids.hpp"
#include "options.hpp"
#include "web/api.hpp"

namespace tessera::server {

/// What APIs are made of; outlives them.
struct services {
    const tessera::server::options& options;
    id_source& ids;
    const catalog& models;
};

std::vector<std::string_view> api_names();
/// All of them, or the one that is named; none for an unknown name.
std::vector<std::unique_ptr<api>> make_apis(std::string_view which, const services& with);

}  // namespace tessera::server
