#pragma once
// /v1/projects/{project_id}/training-jobs
#include <vector>

#include "emissary/service.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

/// Their routes and tables, after those of projects and datasets. Jobs that a server left behind go
/// on from here.
std::vector<route> training_job_routes(service& with);

}  // namespace tessera::server::emissary
