#include "emissary/deployment_rows.hpp"

#include <array>

namespace tessera::server::emissary {
namespace {

constexpr std::array<store::sql, 1> deployment_steps{
    "CREATE TABLE emissary_engines ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " base_model TEXT NOT NULL, task_type TEXT, inactive_s INTEGER, schedule TEXT,"
    " status TEXT NOT NULL, since INTEGER NOT NULL, asked INTEGER,"
    " created_at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE emissary_deployments ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " project_id TEXT NOT NULL REFERENCES emissary_projects (id) ON DELETE CASCADE,"
    " engine_id TEXT REFERENCES emissary_engines (id) ON DELETE CASCADE,"
    " description TEXT, task_type TEXT NOT NULL, base_model TEXT NOT NULL, labels TEXT,"
    " training_id TEXT, checkpoint INTEGER NOT NULL, inactive_s INTEGER, schedule TEXT,"
    " status TEXT NOT NULL, reason TEXT, since INTEGER NOT NULL, asked INTEGER,"
    " created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX emissary_deployments_by_project ON emissary_deployments (project_id);"
    "CREATE INDEX emissary_deployments_by_engine ON emissary_deployments (engine_id);"
    "CREATE INDEX emissary_deployments_by_training ON emissary_deployments (training_id);"
    "CREATE INDEX emissary_deployments_by_name ON emissary_deployments (name)"};

#define DEPLOYMENT_ROW                                                                        \
    "SELECT id, name, project_id, engine_id, task_type, base_model, training_id, checkpoint," \
    " status, reason FROM emissary_deployments"

}  // namespace

void migrate_deployments(records& kept) { kept.migrate("deployments", deployment_steps); }

std::optional<deployment_row> find_deployment(store::connection& from, std::string_view id) {
    return from.first<deployment_row>(DEPLOYMENT_ROW " WHERE id = ?1", id);
}

std::optional<deployment_row> find_named_deployment(store::connection& from,
                                                    std::string_view id_or_name) {
    return from.first<deployment_row>(
        DEPLOYMENT_ROW
        " WHERE (id = ?1 OR name = ?1) AND status NOT IN ('Cancelled', 'Terminated')"
        " ORDER BY id = ?1 DESC, status IN ('Deployed', 'Reactivating', 'Deactivated') DESC,"
        " number DESC LIMIT 1",
        id_or_name);
}

std::vector<deployment_row> deployments_with_model(store::connection& from) {
    return from.rows<deployment_row>(DEPLOYMENT_ROW
                                     " WHERE status IN ('Deploying', 'Reactivating', 'Deployed')");
}

deployment_row require_deployment(store::connection& from, std::string_view project,
                                  std::string_view id) {
    auto found = from.first<deployment_row>(DEPLOYMENT_ROW " WHERE project_id = ?1 AND id = ?2",
                                            project, id);
    if (!found) throw refused(unknown("deployment", id));
    return *std::move(found);
}

std::optional<deployment_row> find_on_engine(store::connection& from, std::string_view engine,
                                             std::string_view name) {
    return from.first<deployment_row>(DEPLOYMENT_ROW " WHERE engine_id = ?1 AND name = ?2", engine,
                                      name);
}

void fail(store::connection& to, const deployment_row& one, std::string_view why, time_point now) {
    to.run(
        "UPDATE emissary_deployments SET status = 'Failed', reason = ?2, since = ?3, updated_at = "
        "?3"
        " WHERE id = ?1 AND status IN ('Deploying', 'Reactivating', 'Deployed')",
        one.id, why, now);
}

void take_away(store::connection& to, const deployment_row& one, time_point now) {
    const bool answered =
        one.status != deployment_status::pending && one.status != deployment_status::deploying;
    to.run(
        "UPDATE emissary_deployments SET status = ?2, since = ?3, updated_at = ?3,"
        " engine_id = NULL WHERE id = ?1",
        one.id, answered ? deployment_status::terminated : deployment_status::cancelled, now);
}

void end_deployments_of(store::connection& to, std::string_view training_job, time_point now) {
    for (const auto& each :
         to.rows<deployment_row>(DEPLOYMENT_ROW " WHERE training_id = ?1"
                                                " AND status NOT IN ('Cancelled', 'Terminated')",
                                 training_job))
        take_away(to, each, now);
}

}  // namespace tessera::server::emissary
