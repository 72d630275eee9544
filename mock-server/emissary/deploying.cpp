#include "emissary/deploying.hpp"

#include "emissary/models.hpp"
#include "emissary/names.hpp"
#include "emissary/projects.hpp"
#include "emissary/routes.hpp"
#include "tessera/emissary/operations.hpp"
#include "tessera/json.hpp"

namespace tessera::server::emissary {
namespace {

// Beside what deployment_row has of it.
struct deployment_details {
    std::optional<std::string> description{};
    std::optional<std::string> labels{};  // JSON
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
};

constexpr auto describe(json::type<deployment_details>) {
    using d = deployment_details;
    return json::object<d>("DeploymentDetails", json::field("description", &d::description),
                           json::field("labels", &d::labels),
                           json::field("created_at", &d::created_at),
                           json::field("updated_at", &d::updated_at));
}

wire::deployment_summary create_deployment(service& with, const path_parameters& at,
                                           const wire::deployment_request& asked) {
    check_name("name", asked.name);
    check_text("description", asked.description);
    wanted_deployment wanted{.project = at[0],
                             .engine = {},
                             .training = asked.training_job_id,
                             .checkpoint = asked.checkpoint,
                             .name = asked.name,
                             .description = asked.description,
                             .rests = rule_of(asked.inactive_timeout, asked.schedule)};
    return with.deployments.change([&](store::connection& to, time_point now) {
        require_project(to, wanted.project);
        return begin_deployment(with.kept, to, wanted, source_of(with, to, wanted), now);
    });
}

wire::deployment_summaries list_deployments(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        require_project(from, at[0]);
        return deployments_of(from, at[0]);
    });
}

deployment_row deployment_at(store::connection& from, const path_parameters& at) {
    require_project(from, at[0]);
    return require_deployment(from, at[0], at[1]);
}

wire::deployment_detail get_deployment(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        const deployment_row row = deployment_at(from, at);
        const auto more = from.first<deployment_details>(
            "SELECT description, labels, created_at, updated_at FROM emissary_deployments"
            " WHERE id = ?1",
            row.id);
        wire::deployment_detail made{.id = row.id,
                                     .name = row.name,
                                     .task_type = row.task_type,
                                     .description = more->description,
                                     .base_model = row.base_model,
                                     .status = row.status,
                                     .training_id = row.training_id,
                                     .checkpoint = row.checkpoint,
                                     .created_at = more->created_at,
                                     .updated_at = more->updated_at};
        if (more->labels)
            made.metadata = wire::classification_metadata{
                .labels = json::decode_text<std::vector<std::string>>(*more->labels).value()};
        if (row.reason) made.extra = {{"reason", *row.reason}};
        return made;
    });
}

void delete_deployment(service& with, const path_parameters& at) {
    with.deployments.change([&](store::connection& to, time_point) {
        to.run("DELETE FROM emissary_deployments WHERE id = ?1", deployment_at(to, at).id);
    });
}

void reactivate_deployment(service& with, const path_parameters& at) {
    const deployment_row row =
        with.kept.read([&](store::connection& from) { return deployment_at(from, at); });
    with.deployments.wake_deployment(row);
}

}  // namespace

wire::deployment_summaries deployments_of(store::connection& from, std::string_view project) {
    return from.rows<wire::deployment_summary>(
        "SELECT id, name, status, created_at FROM emissary_deployments"
        " WHERE project_id = ?1 ORDER BY number",
        project);
}

deployed source_of(const service& with, store::connection& from, const wanted_deployment& wanted) {
    if (wanted.checkpoint < 0)
        throw refused(invalid_input("checkpoint",
                                    "must be a checkpoint of the job, or 0 to deploy "
                                    "a base model"));
    if (wanted.checkpoint == 0) {
        const auto model = find_base_model(with, wanted.training);
        if (!model) throw refused(unknown("base model", wanted.training));
        return {.task = task_of(model->type.known().value()), .base_model = model->name};
    }
    const checkpoint_ref found =
        require_checkpoint(with, from, wanted.project, wanted.training, wanted.checkpoint);
    deployed made{
        .task = task_of(found.task), .base_model = found.base_model, .training = found.job};
    if (found.task == training_task::classification) made.labels = found.head.labels;
    return made;
}

wire::deployment_summary begin_deployment(records& kept, store::connection& to,
                                          const wanted_deployment& wanted, const deployed& what,
                                          time_point now) {
    wire::deployment_summary made{
        .id = kept.new_id(to, "dp-", "SELECT 1 FROM emissary_deployments WHERE id = ?1"),
        .name = {},
        .status = deployment_status::pending,
        .created_at = std::chrono::floor<std::chrono::seconds>(now)};
    made.name = wanted.name.value_or(made.id);
    if (wanted.engine) {
        const auto engine = to.first<engine_status>(
            "SELECT status FROM emissary_engines WHERE id = ?1", *wanted.engine);
        if (!engine) throw refused(unknown("engine", *wanted.engine));
        if (*engine == engine_status::inactive)
            throw refused(invalid_input({}, "the engine is Inactive: reactivate it first"));
    }
    if (to.first<std::int64_t>(
            "SELECT 1 FROM emissary_deployments WHERE name = ?1 AND"
            " (project_id = ?2 OR engine_id = ?3) AND status NOT IN ('Cancelled', 'Terminated')",
            made.name, wanted.project, wanted.engine))
        throw refused(invalid_input(
            "name", "there is a deployment \"" + made.name + "\" already: choose another name"));
    std::optional<std::string> labels;
    if (what.labels) labels = json::encode(*what.labels);
    to.run(
        "INSERT INTO emissary_deployments (id, name, project_id, engine_id, description, task_type,"
        " base_model, labels, training_id, checkpoint, inactive_s, schedule, status, since,"
        " created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?14)",
        made.id, made.name, wanted.project, wanted.engine, wanted.description, what.task,
        what.base_model, labels, what.training, wanted.checkpoint, wanted.rests.inactive_s,
        wanted.rests.schedule, made.status, now);
    return made;
}

std::vector<route> deployment_routes(service& with) {
    namespace operations = wire::operations;
    route_list made(with);
    made.add(operations::create_deployment, &create_deployment);
    made.add(operations::list_deployments, &list_deployments);
    made.add(operations::get_deployment, &get_deployment);
    made.add(operations::delete_deployment, &delete_deployment);
    made.add(operations::reactivate_deployment, &reactivate_deployment);
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
