#pragma once
// /v1/projects/{project_id}/training-jobs: trainings as they run, and what they leave.
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/emissary/common.hpp"
#include "tessera/emissary/datasets.hpp"

namespace tessera::emissary {

/// How a model is trained.
enum class training_technique {
    sft,  ///< supervised fine-tuning, on examples
    grpo  ///< group relative policy optimization, on rewards
};

template <std::same_as<training_technique> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("TrainingTechnique", json::enumerator("SFT", T::sft),
                                json::enumerator("GRPO", T::grpo));
}

/// Where a training job stands.
enum class training_status {
    pending,    ///< it waits for its turn
    running,    ///< it trains
    testing,    ///< it trained, and is tested
    success,    ///< it is done
    failed,     ///< it went wrong
    timed_out,  ///< it took too long
    cancelled   ///< it was told to stop
};

template <std::same_as<training_status> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "TrainingStatus", json::enumerator("Pending", T::pending),
        json::enumerator("Running", T::running), json::enumerator("Testing", T::testing),
        json::enumerator("Success", T::success), json::enumerator("Failed", T::failed),
        json::enumerator("TimedOut", T::timed_out), json::enumerator("Cancelled", T::cancelled));
}

/// Whether a training job stays as it is: it succeeded, failed, timed out or was cancelled. What is
/// newer than this is taken to go on.
constexpr bool is_settled(training_status status) { return status >= training_status::success; }

/// A training job in a list, or just begun.
struct training_job_summary {
    std::string id;    ///< of the job
    std::string name;  ///< unique in its project
    std::optional<json::open_enum<emissary::training_technique>> training_technique{};  ///< how
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< for what
    /// What it starts from.
    std::optional<json::open_enum<emissary::base_model_option>> base_model_option{};
    std::optional<std::string> base_model{};  ///< the base model's name
    /// The job whose checkpoint it starts from, where it does.
    std::optional<std::string> base_fine_tuned_model{};
    std::optional<std::int64_t> base_fine_tuned_model_checkpoint{};  ///< and which of that job
    std::optional<std::string> train_dataset_name{};                 ///< what it learns from
    std::optional<std::vector<std::string>> test_functions{};        ///< by which it is tested
    std::optional<reward_weights> reward{};                          ///< of GRPO
    json::open_enum<training_status> status;                         ///< where it stands
    std::optional<std::int64_t> progress{};                          ///< in percent
    std::optional<std::string> created_by{};                         ///< the user's ID
    std::optional<std::chrono::sys_seconds> created_at{};            ///< when it was created
    std::optional<std::chrono::sys_seconds> updated_at{};            ///< when it changed last
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<training_job_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TrainingJobSummary", json::field("id", &T::id), json::field("name", &T::name),
        json::field("training_technique", &T::training_technique),
        json::field("task_type", &T::task_type),
        json::field("base_model_option", &T::base_model_option),
        json::field("base_model", &T::base_model),
        json::field("base_fine_tuned_model", &T::base_fine_tuned_model),
        json::field("base_fine_tuned_model_checkpoint", &T::base_fine_tuned_model_checkpoint),
        json::field("train_dataset_name", &T::train_dataset_name),
        json::field("test_functions", &T::test_functions), json::field("reward", &T::reward),
        json::field("status", &T::status), json::field("progress", &T::progress),
        json::field("created_by", &T::created_by), json::field("created_at", &T::created_at),
        json::field("updated_at", &T::updated_at), json::rest(&T::extra));
}

/// The answer of client.training_jobs.list().
using training_job_summaries = std::vector<training_job_summary>;

/// The loss at one moment of a training.
struct loss_point {
    sys_fraction timestamp{};  ///< when
    double loss{};             ///< of the step then
    json::value extra{};       ///< members that have no name here
};

template <std::same_as<loss_point> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TrainingLoss", json::field("timestamp", &T::timestamp),
                           json::field("loss", &T::loss), json::rest(&T::extra));
}

/// A training job.
struct training_job_detail {
    std::string id;    ///< of the job
    std::string name;  ///< unique in its project
    std::optional<json::open_enum<emissary::training_technique>> training_technique{};  ///< how
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< for what
    /// What it starts from.
    std::optional<json::open_enum<emissary::base_model_option>> base_model_option{};
    std::optional<std::string> base_model{};  ///< the base model's name
    /// The job whose checkpoint it starts from, where it does.
    std::optional<std::string> base_fine_tuned_model{};
    std::optional<std::int64_t> base_fine_tuned_model_checkpoint{};  ///< and which of that job
    std::optional<std::vector<std::string>> test_functions{};        ///< by which it is tested
    std::optional<reward_weights> reward{};                          ///< of GRPO
    json::open_enum<training_status> status;                         ///< where it stands
    std::optional<std::int64_t> progress{};                          ///< in percent
    std::optional<dataset_summary> train_dataset{};                  ///< what it learns from
    std::optional<dataset_summary> test_dataset{};                   ///< what it is tested on
    std::optional<std::vector<loss_point>> training_loss{};          ///< so far, oldest first
    std::optional<parameters> hyper_parameters{};                    ///< as they are used
    std::optional<std::string> created_by{};                         ///< the user's ID
    std::optional<std::chrono::sys_seconds> created_at{};            ///< when it was created
    std::optional<std::chrono::sys_seconds> updated_at{};            ///< when it changed last
    json::value extra{};  ///< members that have no name here

    /// Whether it stays as it is, well or not.
    bool is_settled() const {
        const auto known = status.known();
        return known && emissary::is_settled(*known);
    }
};

template <std::same_as<training_job_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TrainingJobDetail", json::field("id", &T::id), json::field("name", &T::name),
        json::field("training_technique", &T::training_technique),
        json::field("task_type", &T::task_type),
        json::field("base_model_option", &T::base_model_option),
        json::field("base_model", &T::base_model),
        json::field("base_fine_tuned_model", &T::base_fine_tuned_model),
        json::field("base_fine_tuned_model_checkpoint", &T::base_fine_tuned_model_checkpoint),
        json::field("test_functions", &T::test_functions), json::field("reward", &T::reward),
        json::field("status", &T::status), json::field("progress", &T::progress),
        json::field("train_dataset", &T::train_dataset),
        json::field("test_dataset", &T::test_dataset),
        json::field("training_loss", &T::training_loss),
        json::field("hyper_parameters", &T::hyper_parameters),
        json::field("created_by", &T::created_by), json::field("created_at", &T::created_at),
        json::field("updated_at", &T::updated_at), json::rest(&T::extra));
}

/// How a checkpoint did in the tests.
struct test_results {
    std::optional<std::string> general_test_result{};  ///< JSONL, for client.download()
    /// Numbers over all rows, by what they measure.
    std::optional<std::map<std::string, std::string>> aggregated_test_result{};
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<test_results> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "TestResults", json::field("general_test_result", &T::general_test_result),
        json::field("aggregated_test_result", &T::aggregated_test_result), json::rest(&T::extra));
}

/// A model as it was at one point of its training.
struct training_job_checkpoint {
    std::int64_t checkpoint{};                             ///< its number
    std::optional<std::string> model_download_url{};       ///< for client.download()
    std::optional<emissary::test_results> test_results{};  ///< how it did in the tests
    std::optional<std::chrono::sys_seconds> created_at{};  ///< when it was created
    std::optional<std::chrono::sys_seconds> updated_at{};  ///< when it changed last
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<training_job_checkpoint> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TrainingJobCheckpoint", json::field("checkpoint", &T::checkpoint),
                           json::field("model_download_url", &T::model_download_url),
                           json::field("test_results", &T::test_results),
                           json::field("created_at", &T::created_at),
                           json::field("updated_at", &T::updated_at), json::rest(&T::extra));
}

/// The answer of client.training_jobs.checkpoints().
using training_job_checkpoints = std::vector<training_job_checkpoint>;

}  // namespace tessera::emissary
