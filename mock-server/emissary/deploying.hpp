#pragma once
// /v1/projects/{project_id}/deployments and /v1/engines.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emissary/deployments.hpp"
#include "emissary/resting_rules.hpp"
#include "emissary/service.hpp"
#include "tessera/emissary/engines.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

std::vector<route> deployment_routes(service& with);
std::vector<route> engine_routes(service& with);

/// The deployments of a project, the oldest first.
wire::deployment_summaries deployments_of(store::connection& from, std::string_view project);

/// A deployment that is to be.
struct wanted_deployment {
    std::string project{};
    std::optional<std::string> engine{};
    std::string training{};  // a job; a base model's name where `checkpoint` is 0
    std::int64_t checkpoint = 0;
    std::optional<std::string> name{};
    std::optional<std::string> description{};
    resting_rule rests{};
};

/// What it is made of, and what it is for.
struct deployed {
    wire::task_type task = wire::task_type::text_generation;
    std::string base_model{};
    std::optional<std::string> training{};
    std::optional<std::vector<std::string>> labels{};
};

/// Throws `refused` where there is no such thing.
deployed source_of(const service& with, store::connection& from, const wanted_deployment& wanted);
/// Within deployments::change(). They throw `refused`: a deployment is not begun under a name that is
/// taken, nor on an engine that rests, and what an engine does not have is not taken from it.
///@{
wire::deployment_summary begin_deployment(records& kept, store::connection& to,
                                          const wanted_deployment& wanted, const deployed& what,
                                          time_point now);
wire::engine_summary begin_engine(records& kept, store::connection& to,
                                  const wire::engine_request& wanted, const resting_rule& rests,
                                  time_point now);
void undeploy(store::connection& to, const std::string& engine, const std::string& name,
              time_point now);
///@}

}  // namespace tessera::server::emissary
