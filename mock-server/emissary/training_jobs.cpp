#include "emissary/training_jobs.hpp"

#include <utility>

#include "emissary/downloads.hpp"
#include "emissary/projects.hpp"
#include "emissary/routes.hpp"
#include "emissary/tar.hpp"
#include "emissary/training/creation.hpp"
#include "emissary/training/runner.hpp"
#include "tessera/emissary/operations.hpp"

namespace tessera::server::emissary {
namespace {

wire::training_job_summary create_sft(service& with, const path_parameters& at,
                                      const wire::sft_request& asked) {
    return create_job(with, draft_of(with, at[0], asked));
}

wire::training_job_summary create_grpo(service& with, const path_parameters& at,
                                       const wire::grpo_request& asked) {
    return create_job(with, draft_of(with, at[0], asked));
}

wire::training_job_summaries list_training_jobs(service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        require_project(from, at[0]);
        return summaries_of_jobs(from, at[0]);
    });
}

// Of the project and of its job.
job_row job_at(store::connection& from, const path_parameters& at) {
    require_project(from, at[0]);
    return require_job(from, at[0], at[1]);
}

wire::training_job_detail get_training_job(service& with, const path_parameters& at) {
    return with.kept.read(
        [&](store::connection& from) { return detail_of(from, job_at(from, at)); });
}

void delete_training_job(service& with, const path_parameters& at) {
    with.kept.write([&](store::connection& to) {
        const job_row job = job_at(to, at);
        end_deployments_of(to, job.id, with.time.wall());
        to.run("DELETE FROM emissary_training_jobs WHERE id = ?1", job.id);
    });
    with.tell({.training_jobs = {at[1]}});
}

void cancel_training_job(service& with, const path_parameters& at) {
    with.kept.write([&](store::connection& to) {
        job_at(to, at);
        to.run(
            "UPDATE emissary_training_jobs SET status = ?2, updated_at = ?3"
            " WHERE id = ?1 AND status IN ('Pending', 'Running', 'Testing')",
            at[1], wire::training_status::cancelled, with.now());
    });
    with.training->interrupt(at[1]);
}

std::map<std::string, std::string> numbers_of(const std::string& results) {
    auto read = json::decode_text<std::map<std::string, std::string>>(results);
    return read ? *std::move(read) : std::map<std::string, std::string>{};
}

void list_checkpoints(service& with, const exchange_ptr& asked) {
    detail::answer_later(
        with, asked,
        [&with, at = asked->request().parameters, url = url_below(with, asked->request(), "/")] {
            wire::training_job_checkpoints made;
            const auto rows = with.kept.read(
                [&](store::connection& from) { return checkpoints_of(from, job_at(from, at).id); });
            for (const checkpoint_row& each : rows) {
                const std::string own = url + std::to_string(each.checkpoint);
                wire::training_job_checkpoint& to = made.emplace_back();
                to.checkpoint = each.checkpoint;
                to.model_download_url = own + "/model";
                if (each.results)
                    to.test_results =
                        wire::test_results{.general_test_result = own + "/test-results",
                                           .aggregated_test_result = numbers_of(*each.results)};
                to.created_at = each.created_at;
                to.updated_at = each.updated_at;
            }
            return made;
        });
}

// The checkpoint of a path, whose job has its files in the folder.
struct located_checkpoint {
    std::filesystem::path job;
    std::string name;  // of the job
    checkpoint_row row;
};

located_checkpoint checkpoint_at(const service& with, const path_parameters& at) {
    return with.kept.read([&](store::connection& from) {
        const job_row job = job_at(from, at);
        for (checkpoint_row& each : checkpoints_of(from, job.id))
            if (std::to_string(each.checkpoint) == at[2])
                return located_checkpoint{folder_of_job(with, job.id), job.name, std::move(each)};
        throw refused(unknown("checkpoint", at[2]));
    });
}

sent_file model_file(service& with, const path_parameters& at) {
    const located_checkpoint found = checkpoint_at(with, at);
    const auto folder = checkpoint_folder(found.job, found.row.checkpoint);
    const auto packed = found.job / ("model-" + at[2] + ".tar");
    // Made when it is wanted first; whoever makes it at the same time makes the same.
    if (!std::filesystem::exists(packed)) write_tar(folder, packed);
    return {packed, found.name + "-" + at[2] + ".tar", "application/x-tar"};
}

sent_file results_of(service& with, const path_parameters& at) {
    const located_checkpoint found = checkpoint_at(with, at);
    if (!found.row.results) throw refused(unknown("test result of the checkpoint", at[2]));
    return {results_file(found.job, found.row.checkpoint), found.name + "-" + at[2] + ".jsonl",
            "application/x-ndjson"};
}

route file_route(service& with, std::string_view id, std::string_view path,
                 sent_file (*find)(service&, const path_parameters&)) {
    return {.id = id,
            .method = "GET",
            .path = path,
            .authentication = wire::operations::key,
            .handle =
                [&with, find](const exchange_ptr& asked) {
                    send_file(with, asked, [&with, find, at = asked->request().parameters] {
                        return find(with, at);
                    });
                },
            .documented = false};
}

}  // namespace

std::vector<route> training_job_routes(service& with) {
    namespace operations = wire::operations;
    migrate_jobs(with.kept);
    with.training = std::make_shared<training_runner>(with);
    with.when_removed([&with](const removed& gone) {
        for (const std::string& each : gone.training_jobs) with.training->remove_files(each);
    });
    route_list made(with);
    made.add(operations::create_training_job, &create_sft);
    made.add(operations::create_grpo_training_job, &create_grpo);
    made.add(operations::list_training_jobs, &list_training_jobs);
    made.add(operations::get_training_job, &get_training_job);
    made.add(operations::delete_training_job, &delete_training_job);
    made.add(operations::cancel_training_job, &cancel_training_job);
    made.add(operations::list_checkpoints, &list_checkpoints);
    made.add(file_route(with, "downloadCheckpoint",
                        "/v1/projects/{project_id}/training-jobs/{training_job_id}/checkpoints/"
                        "{checkpoint}/model",
                        &model_file));
    made.add(file_route(with, "downloadTestResults",
                        "/v1/projects/{project_id}/training-jobs/{training_job_id}/checkpoints/"
                        "{checkpoint}/test-results",
                        &results_of));
    return std::move(made).take();
}

}  // namespace tessera::server::emissary
