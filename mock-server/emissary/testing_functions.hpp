#pragma once

#include <vector>

#include "emissary/service.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

/// What lists the functions that test answers.
std::vector<route> testing_function_routes(service& with);

}  // namespace tessera::server::emissary
