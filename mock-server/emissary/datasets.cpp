#include "emissary/datasets.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "emissary/data/rows.hpp"
#include "emissary/downloads.hpp"
#include "emissary/names.hpp"
#include "emissary/projects.hpp"
#include "emissary/routes.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

namespace fs = std::filesystem;

constexpr std::array<store::sql, 1> dataset_steps{
    "CREATE TABLE emissary_datasets ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " project_id TEXT NOT NULL REFERENCES emissary_projects (id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, file_name TEXT NOT NULL, content_type TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, UNIQUE (project_id, name)) STRICT"};

struct dataset_row {
    std::optional<std::int64_t> number{};  // in the order of creation; given by the table
    std::string id;
    std::string project_id;
    std::string name;
    std::string file_name;     // as it was uploaded
    std::string content_type;  // by its content
    std::chrono::sys_seconds created_at;
};

constexpr auto describe(json::type<dataset_row>) {
    using r = dataset_row;
    return json::object<r>("DatasetRow", json::field("number", &r::number),
                           json::field("id", &r::id), json::field("project_id", &r::project_id),
                           json::field("name", &r::name), json::field("file_name", &r::file_name),
                           json::field("content_type", &r::content_type),
                           json::field("created_at", &r::created_at));
}

wire::dataset_summary summary_of(const dataset_row& row) {
    return {.id = row.id, .name = row.name, .created_at = row.created_at, .is_uploaded = true};
}

fs::path place_of(const service& with, const std::string& id) {
    return with.files.folder("datasets") / id;
}

std::string content_of(const tessera::file& given) {
    constexpr std::size_t piece = 64 * 1024;
    std::string all;
    result<tessera::file::reader> from = given.open();
    if (!from) throw refused(failed(from.error()));
    for (;;) {
        const std::size_t size = all.size();
        all.resize(size + piece);
        const result<std::size_t> read = (*from)(all.data() + size, piece);
        if (!read) throw refused(failed(read.error()));
        all.resize(size + *read);
        if (*read == 0) return all;
    }
}

std::string read_file(const fs::path& place) {
    std::ifstream from(place, std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(from), {}};
    if (!from) throw std::runtime_error(place.string() + " cannot be read");
    return all;
}

dataset_row row_of(store::connection& from, std::string_view project, std::string_view id) {
    require_project(from, project);
    auto found = from.first<dataset_row>(
        "SELECT * FROM emissary_datasets WHERE project_id = ?1 AND id = ?2", project, id);
    if (!found) throw refused(unknown("dataset", id));
    return *std::move(found);
}

wire::dataset_summary create_dataset(service& with, const path_parameters& at,
                                     const wire::dataset_upload& asked) {
    check_name("name", asked.name);
    dataset_row made{.id = with.kept.read([&](store::connection& from) {
                         require_project(from, at[0]);
                         return with.kept.new_id(from, "ds-",
                                                 "SELECT 1 FROM emissary_datasets WHERE id = ?1");
                     }),
                     .project_id = at[0],
                     .name = {},
                     .file_name = asked.file.name(),
                     .content_type = {},
                     .created_at = with.now()};
    made.name = asked.name.value_or(made.id);
    const std::string content = content_of(asked.file);
    made.content_type = media_type_of(content);
    try {
        check_rows(content);
    } catch (const unreadable_data& wrong) {
        throw refused(invalid_input("file", wrong.what()));
    }
    const fs::path place = place_of(with, made.id);
    try {
        files::write(place, content);
        with.kept.write([&](store::connection& to) {
            require_project(to, at[0]);
            if (to.first<std::int64_t>(
                    "SELECT 1 FROM emissary_datasets WHERE project_id = ?1 AND name = ?2", at[0],
                    made.name))
                throw refused(
                    invalid_input("name", "the project has a dataset of this name already"));
            to.run(
                "INSERT INTO emissary_datasets VALUES (:number, :id, :project_id, :name,"
                " :file_name, :content_type, :created_at)",
                made);
        });
    } catch (...) {
        files::remove(place);
        throw;
    }
    return summary_of(made);
}

wire::dataset_summaries list_datasets(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        require_project(from, at[0]);
        return datasets_of(from, at[0]);
    });
}

void get_dataset(service& with, const exchange_ptr& asked) {
    detail::answer_later(with, asked,
                         [&with, at = asked->request().parameters,
                          url = url_below(with, asked->request(), "/file")] {
                             const dataset_row row = with.kept.read([&](store::connection& from) {
                                 return row_of(from, at[0], at[1]);
                             });
                             return wire::dataset_detail{.id = row.id,
                                                         .name = row.name,
                                                         .is_uploaded = true,
                                                         .dataset_download_url = url,
                                                         .upload_by = owner,
                                                         .created_at = row.created_at,
                                                         .updated_at = row.created_at};
                         });
}

void delete_dataset(service& with, const path_parameters& at) {
    with.kept.write([&](store::connection& to) {
        row_of(to, at[0], at[1]);
        to.run("DELETE FROM emissary_datasets WHERE id = ?1", at[1]);
    });
    with.tell({.datasets = {at[1]}});
}

route download_route(service& with) {
    return {.id = "downloadDataset",
            .method = "GET",
            .path = "/v1/projects/{project_id}/datasets/{dataset_id}/file",
            .authentication = wire::operations::key,
            .handle =
                [&with](const exchange_ptr& asked) {
                    send_file(with, asked, [&with, at = asked->request().parameters] {
                        const dataset_row row = with.kept.read(
                            [&](store::connection& from) { return row_of(from, at[0], at[1]); });
                        return sent_file{place_of(with, row.id), row.file_name, row.content_type};
                    });
                },
            .documented = false};
}

// An upload that was never answered leaves a file without a row.
void remove_strays(service& with) {
    const std::set<std::string> known = with.kept.read([](store::connection& from) {
        const auto ids = from.rows<std::string>("SELECT id FROM emissary_datasets");
        return std::set<std::string>(ids.begin(), ids.end());
    });
    std::error_code ignored;
    for (const fs::directory_entry& each :
         fs::directory_iterator(with.files.folder("datasets"), ignored))
        if (!known.contains(each.path().filename())) files::remove(each.path());
}

}  // namespace

wire::dataset_summaries datasets_of(store::connection& from, std::string_view project) {
    wire::dataset_summaries made;
    for (const dataset_row& each : from.rows<dataset_row>(
             "SELECT * FROM emissary_datasets WHERE project_id = ?1 ORDER BY number", project))
        made.push_back(summary_of(each));
    return made;
}

std::optional<wire::dataset_summary> find_dataset(store::connection& from, std::string_view project,
                                                  std::string_view id) {
    const auto found = from.first<dataset_row>(
        "SELECT * FROM emissary_datasets WHERE project_id = ?1 AND id = ?2", project, id);
    return found ? std::optional(summary_of(*found)) : std::nullopt;
}

std::vector<std::string> dataset_ids_of(store::connection& from, std::string_view project) {
    return from.rows<std::string>("SELECT id FROM emissary_datasets WHERE project_id = ?1",
                                  project);
}

std::string dataset_text(const service& with, const std::string& id) {
    const fs::path place = place_of(with, id);
    if (!fs::exists(place)) throw refused(unknown("dataset", id));
    return read_file(place);
}

std::vector<route> dataset_routes(service& with) {
    namespace operations = wire::operations;
    with.kept.migrate("datasets", dataset_steps);
    remove_strays(with);
    with.when_removed([&with](const removed& gone) {
        for (const std::string& each : gone.datasets) files::remove(place_of(with, each));
    });
    route_list made(with);
    made.add(operations::create_dataset, &create_dataset);
    made.add(operations::list_datasets, &list_datasets);
    made.add(operations::get_dataset, &get_dataset);
    made.add(operations::delete_dataset, &delete_dataset);
    made.add(download_route(with));
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
