#include "emissary/deploying.hpp"
#include "emissary/models.hpp"
#include "emissary/names.hpp"
#include "emissary/projects.hpp"
#include "emissary/routes.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

#define SERVER_TYPE "on-demand"

#define ENGINE_SUMMARY                                                         \
    "SELECT id, name, status, base_model, '" SERVER_TYPE                       \
    "' AS server_type, task_type,"                                             \
    " (SELECT count(*) FROM emissary_deployments WHERE engine_id = engine.id)" \
    " AS deployment_counts, created_at FROM emissary_engines AS engine"

struct engine_row {
    std::string id;
    std::string name;
    std::string base_model;
    std::optional<wire::task_type> task_type{};
    std::optional<std::int64_t> inactive_s{};
    std::optional<std::string> schedule{};
    engine_status status{};
    std::optional<std::chrono::sys_seconds> asked{};
    std::chrono::sys_seconds created_at{};
};

constexpr auto describe(json::type<engine_row>) {
    using r = engine_row;
    return json::object<r>(
        "EngineRow", json::field("id", &r::id), json::field("name", &r::name),
        json::field("base_model", &r::base_model), json::field("task_type", &r::task_type),
        json::field("inactive_s", &r::inactive_s), json::field("schedule", &r::schedule),
        json::field("status", &r::status), json::field("asked", &r::asked),
        json::field("created_at", &r::created_at));
}

engine_row require_engine(store::connection& from, std::string_view id) {
    auto found = from.first<engine_row>(
        "SELECT id, name, base_model, task_type, inactive_s, schedule, status, asked, created_at"
        " FROM emissary_engines WHERE id = ?1",
        id);
    if (!found) throw refused(unknown("engine", id));
    return *std::move(found);
}

wire::engine_summary create_engine(service& with, const path_parameters&,
                                   const wire::engine_request& asked) {
    check_name("name", asked.name);
    if (!find_base_model(with, asked.base_model))
        throw refused(invalid_input(
            "base_model",
            "there is no base model " + shown(asked.base_model) + "; GET /v1/models lists them"));
    resting_rule rests;
    if (asked.resource_management_config)
        rests = rule_of(*asked.resource_management_config, "resource_management_config");
    return with.deployments.change([&](store::connection& to, time_point now) {
        return begin_engine(with.kept, to, asked, rests, now);
    });
}

wire::engine_summaries list_engines(service& with, const path_parameters&,
                                    const wire::engines_query& asked) {
    return with.kept.read([&](store::connection& from) {
        return from.rows<wire::engine_summary>(
            ENGINE_SUMMARY
            " WHERE base_model = ifnull(?1, base_model)"
            " AND (?2 IS NULL OR task_type = ?2) ORDER BY number",
            asked.base_model, asked.task_type);
    });
}

wire::engine_detail get_engine(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        const engine_row row = require_engine(from, at[0]);
        wire::engine_detail made{.id = row.id,
                                 .name = row.name,
                                 .status = row.status,
                                 .base_model = row.base_model,
                                 .server_type = SERVER_TYPE,
                                 .base_model_option = wire::base_model_option::pre_trained,
                                 .last_access_timestamp = row.asked,
                                 .resource_management_config =
                                     management_of({row.inactive_s, row.schedule}, with.settings),
                                 .created_at = row.created_at};
        if (row.task_type) made.task_type = *row.task_type;
        made.deployments = from.rows<wire::deployment_summary>(
            "SELECT id, name, status, created_at FROM emissary_deployments"
            " WHERE engine_id = ?1 ORDER BY number",
            row.id);
        return made;
    });
}

void delete_engine(service& with, const path_parameters& at) {
    with.deployments.change([&](store::connection& to, time_point) {
        to.run("DELETE FROM emissary_engines WHERE id = ?1", require_engine(to, at[0]).id);
    });
}

wire::deployment_summary deploy_on_engine(service& with, const path_parameters& at,
                                          const wire::deploy_request& asked) {
    check_name("name", asked.name);
    const wanted_deployment wanted{.project = asked.project_id,
                                   .engine = at[0],
                                   .training = asked.training_id,
                                   .checkpoint = asked.checkpoint,
                                   .name = asked.name};
    return with.deployments.change([&](store::connection& to, time_point now) {
        const engine_row engine = require_engine(to, at[0]);
        require_project(to, wanted.project);
        if (wanted.checkpoint < 1)
            throw refused(invalid_input("checkpoint", "must be a checkpoint of the training job"));
        const deployed what = source_of(with, to, wanted);
        if (what.base_model != engine.base_model)
            throw refused(invalid_input("training_id", "was trained on " + what.base_model +
                                                           ", and the engine is for " +
                                                           engine.base_model));
        if (engine.task_type && what.task != *engine.task_type)
            throw refused(
                invalid_input("training_id", "is for " + std::string(json::text_of(what.task)) +
                                                 ", and the engine for " +
                                                 std::string(json::text_of(*engine.task_type))));
        return begin_deployment(with.kept, to, wanted, what, now);
    });
}

void undeploy_from_engine(service& with, const path_parameters& at,
                          const wire::undeploy_request& asked) {
    with.deployments.change([&](store::connection& to, time_point now) {
        undeploy(to, at[0], asked.deployment_name, now);
    });
}

void reactivate_engine(service& with, const path_parameters& at) {
    with.deployments.wake_engine(at[0]);
}

void deactivate_engine(service& with, const path_parameters& at) {
    with.deployments.rest_engine(at[0]);
}

}  // namespace

wire::engine_summary begin_engine(records& kept, store::connection& to,
                                  const wire::engine_request& wanted, const resting_rule& rests,
                                  time_point now) {
    wire::engine_summary made{
        .id = kept.new_id(to, "engine-", "SELECT 1 FROM emissary_engines WHERE id = ?1"),
        .name = {},
        .status = engine_status::creating,
        .base_model = wanted.base_model,
        .server_type = SERVER_TYPE,
        .task_type = wanted.task_type,
        .deployment_counts = 0,
        .created_at = std::chrono::floor<std::chrono::seconds>(now)};
    made.name = wanted.name.value_or(made.id);
    to.run(
        "INSERT INTO emissary_engines"
        " (id, name, base_model, task_type, inactive_s, schedule, status, since, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        made.id, made.name, wanted.base_model, wanted.task_type, rests.inactive_s, rests.schedule,
        made.status, now);
    return made;
}

void undeploy(store::connection& to, const std::string& engine, const std::string& name,
              time_point now) {
    require_engine(to, engine);
    const auto found = find_on_engine(to, engine, name);
    if (!found)
        throw refused(
            invalid_input("deployment_name", "the engine has no deployment " + shown(name)));
    take_away(to, *found, now);
}

std::vector<route> engine_routes(service& with) {
    namespace operations = wire::operations;
    route_list made(with);
    made.add(operations::create_engine, &create_engine);
    made.add(operations::list_engines, &list_engines);
    made.add(operations::get_engine, &get_engine);
    made.add(operations::delete_engine, &delete_engine);
    made.add(operations::deploy_on_engine, &deploy_on_engine);
    made.add(operations::undeploy_from_engine, &undeploy_from_engine);
    made.add(operations::reactivate_engine, &reactivate_engine);
    made.add(operations::deactivate_engine, &deactivate_engine);
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
