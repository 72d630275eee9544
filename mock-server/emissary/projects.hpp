#pragma once
// /v1/projects: what all the rest stands in.
#include <vector>

#include "emissary/service.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

std::vector<route> project_routes(service& with);

/// Makes the table of projects, which those of other parts refer to.
void migrate_projects(records& kept);

/// Throws `refused`, a 404, where there is no project of that id.
void require_project(store::connection& from, std::string_view id);

}  // namespace tessera::server::emissary
