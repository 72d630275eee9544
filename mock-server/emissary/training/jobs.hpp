#pragma once
// Training jobs as they are kept.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emissary/checkpoints.hpp"
#include "emissary/service.hpp"
#include "tessera/emissary/training_jobs.hpp"
#include "tessera/emissary/training_requests.hpp"

namespace tessera::server {

constexpr auto describe(json::type<trained_head>) {
    using h = trained_head;
    return json::object<h>("TrainedHead", json::field("labels", &h::labels),
                           json::field("several", &h::several), json::field("offset", &h::offset),
                           json::field("scale", &h::scale));
}

}  // namespace tessera::server

namespace tessera::server::emissary {

struct job_row {
    std::string id{};
    std::string project_id{};
    std::string name{};
    wire::training_technique technique = wire::training_technique::sft;
    wire::task_type task = wire::task_type::text_generation;
    /// The request as JSON, with all hyper-parameters.
    std::string request{};
    std::string base_model{};  // the catalogue's name
    std::optional<std::string> base_job_id{};
    std::optional<std::string> base_job_name{};
    std::optional<std::int64_t> base_checkpoint{};
    std::string train_dataset_id{};
    std::string train_dataset_name{};
    std::optional<std::string> test_dataset_id{};
    bool is_adapter = false;  // what is trained
    std::string head = "{}";  // trained_head as JSON
    wire::training_status status = wire::training_status::pending;
    std::optional<std::string> reason{};  // why it went wrong
    std::int64_t progress = 0;            // in percent
    std::optional<std::chrono::sys_seconds> began_at{};
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
};

constexpr auto describe(json::type<job_row>) {
    using r = job_row;
    return json::object<r>(
        "JobRow", json::field("id", &r::id), json::field("project_id", &r::project_id),
        json::field("name", &r::name), json::field("technique", &r::technique),
        json::field("task", &r::task), json::field("request", &r::request),
        json::field("base_model", &r::base_model), json::field("base_job_id", &r::base_job_id),
        json::field("base_job_name", &r::base_job_name),
        json::field("base_checkpoint", &r::base_checkpoint),
        json::field("train_dataset_id", &r::train_dataset_id),
        json::field("train_dataset_name", &r::train_dataset_name),
        json::field("test_dataset_id", &r::test_dataset_id),
        json::field("is_adapter", &r::is_adapter), json::field("head", &r::head),
        json::field("status", &r::status), json::field("reason", &r::reason),
        json::field("progress", &r::progress), json::field("began_at", &r::began_at),
        json::field("created_at", &r::created_at), json::field("updated_at", &r::updated_at));
}

struct checkpoint_row {
    std::int64_t checkpoint = 0;
    std::int64_t step = 0;                 // optimiser steps that it has behind it
    std::optional<std::string> results{};  // numbers of its tests, by name, as JSON
    std::chrono::sys_seconds created_at{};
    std::chrono::sys_seconds updated_at{};
};

constexpr auto describe(json::type<checkpoint_row>) {
    using r = checkpoint_row;
    return json::object<r>("CheckpointRow", json::field("checkpoint", &r::checkpoint),
                           json::field("step", &r::step), json::field("results", &r::results),
                           json::field("created_at", &r::created_at),
                           json::field("updated_at", &r::updated_at));
}

struct loss_row {
    std::int64_t step = 0;
    std::chrono::system_clock::time_point timestamp{};
    double loss = 0;
};

constexpr auto describe(json::type<loss_row>) {
    using r = loss_row;
    return json::object<r>("LossRow", json::field("step", &r::step),
                           json::field("timestamp", &r::timestamp), json::field("loss", &r::loss));
}

/// Makes the tables of training jobs, where those of projects are there.
void migrate_jobs(records& kept);

std::optional<job_row> find_job(store::connection& from, std::string_view id);
/// The job of a project by its id. Throws `refused`, a 404.
job_row require_job(store::connection& from, std::string_view project, std::string_view id);
/// By its id, or by its name.
job_row require_named_job(store::connection& from, std::string_view project,
                          std::string_view id_or_name);
/// Those of a project, the oldest first.
wire::training_job_summaries summaries_of_jobs(store::connection& from, std::string_view project);
std::vector<std::string> job_ids_of(store::connection& from, std::string_view project);
/// Those that neither ended nor failed, the oldest first.
std::vector<std::string> unsettled_jobs(store::connection& from);
void insert_job(store::connection& to, const job_row& made);

std::vector<checkpoint_row> checkpoints_of(store::connection& from, std::string_view job);
std::vector<loss_row> losses_of(store::connection& from, std::string_view job);

/// Where a job has its files.
std::filesystem::path folder_of_job(const service& with, std::string_view id);
/// A checkpoint's files, in the folder of its job.
std::filesystem::path checkpoint_folder(const std::filesystem::path& job, std::int64_t number);
/// One line of JSON for each row of its tests.
std::filesystem::path results_file(const std::filesystem::path& job, std::int64_t number);
/// What the training goes on from.
std::filesystem::path state_file(const std::filesystem::path& job, std::int64_t number);

wire::training_job_summary summary_of(const job_row& job);
wire::training_job_detail detail_of(store::connection& from, const job_row& job);

}  // namespace tessera::server::emissary
