#pragma once
// The functions that a server has from its start.
#include "cerebrium/service.hpp"

namespace tessera::server::cerebrium {

/// Those that every server has, in the project p-tessera.
void deploy_own(service& to);
/// Those of the configuration, in place of others of their names.
void deploy_configured(service& to);

inline constexpr const char* own_project = "p-tessera";

}  // namespace tessera::server::cerebrium
