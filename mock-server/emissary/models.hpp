#pragma once
// /v1/models: what can be trained and deployed.
#include <optional>
#include <string_view>
#include <vector>

#include "emissary/service.hpp"
#include "tessera/emissary/models.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

std::vector<route> model_routes(service& with);

/// The base model of that name.
std::optional<wire::base_model> find_base_model(const service& with, std::string_view name);
/// What a base model is deployed for.
wire::task_type task_of(wire::model_type type);

}  // namespace tessera::server::emissary
