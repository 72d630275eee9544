#pragma once
// Deployments as they are kept.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emissary/lifecycle.hpp"
#include "emissary/records.hpp"
#include "tessera/emissary/common.hpp"

namespace tessera::server::emissary {

/// What a deployment is made of.
struct deployment_row {
    std::string id;
    std::string name;
    std::string project_id;
    std::optional<std::string> engine_id{};
    wire::task_type task_type = wire::task_type::text_generation;
    std::string base_model;
    std::optional<std::string> training_id{};  // none: the base model itself
    std::int64_t checkpoint = 0;               // of that job
    deployment_status status = deployment_status::pending;
    std::optional<std::string> reason{};  // why it went wrong
};

constexpr auto describe(json::type<deployment_row>) {
    using r = deployment_row;
    return json::object<r>(
        "DeploymentRow", json::field("id", &r::id), json::field("name", &r::name),
        json::field("project_id", &r::project_id), json::field("engine_id", &r::engine_id),
        json::field("task_type", &r::task_type), json::field("base_model", &r::base_model),
        json::field("training_id", &r::training_id), json::field("checkpoint", &r::checkpoint),
        json::field("status", &r::status), json::field("reason", &r::reason));
}

/// Makes the tables of engines and deployments, where those of projects are there.
void migrate_deployments(records& kept);

std::optional<deployment_row> find_deployment(store::connection& from, std::string_view id);
/// By its id or else by its name: where several projects have the name, the newest that answers, or
/// else the newest. Those that were taken away are not found.
std::optional<deployment_row> find_named_deployment(store::connection& from,
                                                    std::string_view id_or_name);
/// Those that hold a model, or wait for it.
std::vector<deployment_row> deployments_with_model(store::connection& from);
/// The deployment of that id in the project; throws `refused`, a 404, where there is none.
deployment_row require_deployment(store::connection& from, std::string_view project,
                                  std::string_view id);
/// The one of that name on an engine.
std::optional<deployment_row> find_on_engine(store::connection& from, std::string_view engine,
                                             std::string_view name);
/// Its model was not to be had.
void fail(store::connection& to, const deployment_row& one, std::string_view why, time_point now);
/// Takes a deployment away from where it runs: it is over. Within deployments::change().
void take_away(store::connection& to, const deployment_row& one, time_point now);
/// Ends what was deployed of a training job that is being deleted, in the transaction that does so.
void end_deployments_of(store::connection& to, std::string_view training_job, time_point now);

}  // namespace tessera::server::emissary
