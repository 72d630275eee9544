#include "emissary/training/jobs.hpp"

#include <array>

#include "emissary/datasets.hpp"

namespace tessera::server::emissary {
namespace {

constexpr std::array<store::sql, 1> job_steps{
    "CREATE TABLE emissary_training_jobs ("
    " number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " project_id TEXT NOT NULL REFERENCES emissary_projects(id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, technique TEXT NOT NULL, task TEXT NOT NULL, request TEXT NOT NULL,"
    " base_model TEXT NOT NULL, base_job_id TEXT, base_job_name TEXT, base_checkpoint INTEGER,"
    " train_dataset_id TEXT NOT NULL, train_dataset_name TEXT NOT NULL, test_dataset_id TEXT,"
    " is_adapter INTEGER NOT NULL, head TEXT NOT NULL, status TEXT NOT NULL, reason TEXT,"
    " progress INTEGER NOT NULL, began_at INTEGER, created_at INTEGER NOT NULL,"
    " updated_at INTEGER NOT NULL, UNIQUE (project_id, name)) STRICT;"
    "CREATE TABLE emissary_checkpoints ("
    " job_id TEXT NOT NULL REFERENCES emissary_training_jobs(id) ON DELETE CASCADE,"
    " checkpoint INTEGER NOT NULL, step INTEGER NOT NULL, results TEXT,"
    " created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,"
    " PRIMARY KEY (job_id, checkpoint)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE emissary_training_losses ("
    " job_id TEXT NOT NULL REFERENCES emissary_training_jobs(id) ON DELETE CASCADE,"
    " step INTEGER NOT NULL, timestamp INTEGER NOT NULL, loss REAL NOT NULL,"
    " PRIMARY KEY (job_id, step)) STRICT, WITHOUT ROWID"};

#define JOB_COLUMNS                                                                           \
    "SELECT id, project_id, name, technique, task, request, base_model, base_job_id,"         \
    " base_job_name, base_checkpoint, train_dataset_id, train_dataset_name, test_dataset_id," \
    " is_adapter, head, status, reason, progress, began_at, created_at, updated_at"           \
    " FROM emissary_training_jobs "

// Of what was written here, so that it is as it was.
template <class T>
T kept_as(const std::string& text) {
    auto read = json::decode_text<T>(text);
    if (!read) throw refused(failed(read.error()));
    return *std::move(read);
}

// What summaries and details have alike.
template <class T>
T told_of(const job_row& job) {
    T made;
    made.id = job.id;
    made.name = job.name;
    made.training_technique = job.technique;
    made.task_type = job.task;
    made.base_model_option = job.base_job_id ? wire::base_model_option::fine_tuned
                                             : wire::base_model_option::pre_trained;
    made.base_model = job.base_model;
    made.base_fine_tuned_model = job.base_job_name;
    made.base_fine_tuned_model_checkpoint = job.base_checkpoint;
    made.status = job.status;
    made.progress = job.progress;
    made.created_by = owner;
    made.created_at = job.created_at;
    made.updated_at = job.updated_at;
    if (job.reason) made.extra["reason"] = *job.reason;
    if (job.technique == wire::training_technique::grpo) {
        auto request = kept_as<wire::grpo_request>(job.request);
        made.test_functions = std::move(request.test_functions);
        made.reward = std::move(request.reward);
    } else {
        made.test_functions = kept_as<wire::sft_request>(job.request).test_functions;
    }
    return made;
}

// The members of a described struct as settings.
wire::parameters parameters_of(const json::value& members) {
    wire::parameters made;
    for (const auto& [name, value] : members.items())
        if (auto read = json::decode<wire::parameter>(value)) made[name] = *std::move(read);
    return made;
}

}  // namespace

void migrate_jobs(records& kept) { kept.migrate("training", job_steps); }

std::optional<job_row> find_job(store::connection& from, std::string_view id) {
    return from.first<job_row>(JOB_COLUMNS "WHERE id = ?1", id);
}

job_row require_job(store::connection& from, std::string_view project, std::string_view id) {
    auto found = from.first<job_row>(JOB_COLUMNS "WHERE project_id = ?1 AND id = ?2", project, id);
    if (!found) throw refused(unknown("training job", id));
    return *std::move(found);
}

job_row require_named_job(store::connection& from, std::string_view project,
                          std::string_view id_or_name) {
    auto found = from.first<job_row>(
        JOB_COLUMNS "WHERE project_id = ?1 AND (id = ?2 OR name = ?2) ORDER BY id <> ?2", project,
        id_or_name);
    if (!found) throw refused(unknown("training job", id_or_name));
    return *std::move(found);
}

std::vector<std::string> job_ids_of(store::connection& from, std::string_view project) {
    return from.rows<std::string>(
        "SELECT id FROM emissary_training_jobs WHERE project_id = ?1 ORDER BY number", project);
}

std::vector<std::string> unsettled_jobs(store::connection& from) {
    return from.rows<std::string>(
        "SELECT id FROM emissary_training_jobs"
        " WHERE status IN ('Pending', 'Running', 'Testing') ORDER BY number");
}

void insert_job(store::connection& to, const job_row& made) {
    to.run(
        "INSERT INTO emissary_training_jobs (id, project_id, name, technique, task, request,"
        " base_model, base_job_id, base_job_name, base_checkpoint, train_dataset_id,"
        " train_dataset_name, test_dataset_id, is_adapter, head, status, reason, progress,"
        " began_at, created_at, updated_at)"
        " VALUES (:id, :project_id, :name, :technique, :task, :request, :base_model, :base_job_id,"
        " :base_job_name, :base_checkpoint, :train_dataset_id, :train_dataset_name,"
        " :test_dataset_id, :is_adapter, :head, :status, :reason, :progress, :began_at,"
        " :created_at, :updated_at)",
        made);
}

std::vector<checkpoint_row> checkpoints_of(store::connection& from, std::string_view job) {
    return from.rows<checkpoint_row>(
        "SELECT checkpoint, step, results, created_at, updated_at FROM emissary_checkpoints"
        " WHERE job_id = ?1 ORDER BY checkpoint",
        job);
}

std::vector<loss_row> losses_of(store::connection& from, std::string_view job) {
    return from.rows<loss_row>(
        "SELECT step, timestamp, loss FROM emissary_training_losses"
        " WHERE job_id = ?1 ORDER BY step",
        job);
}

std::filesystem::path folder_of_job(const service& with, std::string_view id) {
    return with.files.folder("training") / id;
}
std::filesystem::path checkpoint_folder(const std::filesystem::path& job, std::int64_t number) {
    return job / std::to_string(number);
}
std::filesystem::path results_file(const std::filesystem::path& job, std::int64_t number) {
    return job / ("tests-" + std::to_string(number) + ".jsonl");
}
std::filesystem::path state_file(const std::filesystem::path& job, std::int64_t number) {
    return job / ("state-" + std::to_string(number));
}

training_task training_task_of(wire::task_type type) {
    switch (type) {
        case wire::task_type::text_generation:
            break;
        case wire::task_type::classification:
            return training_task::classification;
        case wire::task_type::embedding:
            return training_task::embedding;
        case wire::task_type::regression:
            return training_task::regression;
    }
    return training_task::text;
}

wire::task_type task_of(training_task task) {
    switch (task) {
        case training_task::text:
            break;
        case training_task::classification:
            return wire::task_type::classification;
        case training_task::embedding:
            return wire::task_type::embedding;
        case training_task::regression:
            return wire::task_type::regression;
    }
    return wire::task_type::text_generation;
}

wire::training_job_summary summary_of(const job_row& job) {
    auto made = told_of<wire::training_job_summary>(job);
    made.train_dataset_name = job.train_dataset_name;
    return made;
}

wire::training_job_summaries summaries_of_jobs(store::connection& from, std::string_view project) {
    wire::training_job_summaries made;
    for (const job_row& each :
         from.rows<job_row>(JOB_COLUMNS "WHERE project_id = ?1 ORDER BY number", project))
        made.push_back(summary_of(each));
    return made;
}

wire::training_job_detail detail_of(store::connection& from, const job_row& job) {
    auto made = told_of<wire::training_job_detail>(job);
    made.train_dataset = find_dataset(from, job.project_id, job.train_dataset_id);
    if (job.test_dataset_id)
        made.test_dataset = find_dataset(from, job.project_id, *job.test_dataset_id);
    made.training_loss.emplace();
    for (const loss_row& each : losses_of(from, job.id))
        made.training_loss->push_back({.timestamp = each.timestamp, .loss = each.loss});
    if (const auto request = json::parse(job.request))
        made.hyper_parameters = parameters_of(request->value("parameters", json::value::object()));
    return made;
}

checkpoint_ref require_checkpoint(const service& with, store::connection& from,
                                  std::string_view project, std::string_view job,
                                  std::int64_t number, std::string_view place) {
    const job_row found = require_named_job(from, project, job);
    std::string there;
    bool is_there = false;
    for (const checkpoint_row& each : checkpoints_of(from, found.id)) {
        is_there = is_there || each.checkpoint == number;
        there += (there.empty() ? "" : ", ") + std::to_string(each.checkpoint);
    }
    if (!is_there)
        throw refused(
            invalid_input(place, "must be one of the job's checkpoints, which are " +
                                     (there.empty() ? std::string("none so far") : there)));
    return {.job = found.id,
            .folder = checkpoint_folder(folder_of_job(with, found.id), number),
            .part = found.is_adapter ? trained_part::adapter : trained_part::whole,
            .task = training_task_of(found.task),
            .base_model = found.base_model,
            .head = kept_as<trained_head>(found.head)};
}

}  // namespace tessera::server::emissary
