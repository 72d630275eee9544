#include "emissary/projects.hpp"

#include <array>

#include "emissary/datasets.hpp"
#include "emissary/deploying.hpp"
#include "emissary/names.hpp"
#include "emissary/routes.hpp"
#include "emissary/training/jobs.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

constexpr std::array<store::sql, 1> project_steps{
    "CREATE TABLE emissary_projects ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL)"
    " STRICT"};

wire::project_summary create_project(service& with, const path_parameters&,
                                     const wire::project_request& asked) {
    check_name("name", asked.name);
    return with.kept.write([&](store::connection& to) {
        wire::project_summary made;
        made.id = with.kept.new_id(to, "ms-", "SELECT 1 FROM emissary_projects WHERE id = ?1");
        made.name = asked.name.value_or(made.id);
        to.run("INSERT INTO emissary_projects (id, name) VALUES (:id, :name)", made);
        return made;
    });
}

wire::project_summaries list_projects(service& with, const path_parameters&) {
    return with.kept.read([](store::connection& from) {
        return from.rows<wire::project_summary>(
            "SELECT id, name FROM emissary_projects ORDER BY number");
    });
}

wire::project_detail get_project(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        const auto found = from.first<wire::project_summary>(
            "SELECT id, name FROM emissary_projects WHERE id = ?1", at[0]);
        if (!found) throw refused(unknown("project", at[0]));
        return wire::project_detail{.id = found->id,
                                    .name = found->name,
                                    .datasets = datasets_of(from, found->id),
                                    .training_jobs = summaries_of_jobs(from, found->id),
                                    .deployments = deployments_of(from, found->id)};
    });
}

void delete_project(service& with, const path_parameters& at) {
    const removed gone = with.kept.write([&](store::connection& to) {
        require_project(to, at[0]);
        removed all{.datasets = dataset_ids_of(to, at[0]), .training_jobs = job_ids_of(to, at[0])};
        to.run("DELETE FROM emissary_projects WHERE id = ?1", at[0]);
        return all;
    });
    with.tell(gone);
}

}  // namespace

void require_project(store::connection& from, std::string_view id) {
    if (!from.first<std::int64_t>("SELECT 1 FROM emissary_projects WHERE id = ?1", id))
        throw refused(unknown("project", id));
}

void migrate_projects(records& kept) { kept.migrate("projects", project_steps); }

std::vector<route> project_routes(service& with) {
    namespace operations = wire::operations;
    migrate_projects(with.kept);
    route_list made(with);
    made.add(operations::create_project, &create_project);
    made.add(operations::list_projects, &list_projects);
    made.add(operations::get_project, &get_project);
    made.add(operations::delete_project, &delete_project);
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
