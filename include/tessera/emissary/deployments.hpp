#pragma once
// /v1/projects/{project_id}/deployments: models that answer.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/emissary/common.hpp"
#include "tessera/emissary/schedule.hpp"

namespace tessera::emissary {

/// Where a deployment stands.
enum class deployment_status {
    pending,       ///< it waits for its turn
    deploying,     ///< it is being made ready
    reactivating,  ///< it is being made ready again
    deployed,      ///< it answers
    failed,        ///< it went wrong
    cancelled,     ///< it was told to stop before it answered
    terminated,    ///< it was taken away
    deactivated,   ///< it rests; the next request wakes it
    timed_out      ///< it took too long
};

template <std::same_as<deployment_status> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>(
        "DeploymentStatus", json::enumerator("Pending", T::pending),
        json::enumerator("Deploying", T::deploying),
        json::enumerator("Reactivating", T::reactivating),
        json::enumerator("Deployed", T::deployed), json::enumerator("Failed", T::failed),
        json::enumerator("Cancelled", T::cancelled), json::enumerator("Terminated", T::terminated),
        json::enumerator("Deactivated", T::deactivated),
        json::enumerator("TimedOut", T::timed_out));
}

/// Whether a deployment stays as it is until somebody does something: it answers, rests, or is over.
/// What is newer than this is taken to go on.
constexpr bool is_settled(deployment_status status) {
    return status >= deployment_status::deployed;
}

/// The body of client.deployments.create(). Of inactive_timeout and schedule one may be there;
/// without both it rests after an hour.
struct deployment_request {
    std::string training_job_id;        ///< the job's ID; or, with checkpoint 0, a base model
    std::int64_t checkpoint{};          ///< of the job; 0 for a base model
    std::optional<std::string> name{};  ///< generated when absent
    std::optional<std::string> description{};                ///< for people
    std::optional<std::chrono::seconds> inactive_timeout{};  ///< it rests after so long
    std::optional<emissary::schedule> schedule{};            ///< it runs at these hours
};

template <std::same_as<deployment_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("CreateDeploymentRequest",
                           json::field("training_job_id", &T::training_job_id),
                           json::field("checkpoint", &T::checkpoint), json::field("name", &T::name),
                           json::field("description", &T::description),
                           json::field("inactive_timeout", &T::inactive_timeout),
                           json::field("schedule", &T::schedule));
}

/// A deployment in a list, or just created.
struct deployment_summary {
    std::string id;                                        ///< of the deployment
    std::string name;                                      ///< by which requests name it
    json::open_enum<deployment_status> status;             ///< where it stands
    std::optional<std::chrono::sys_seconds> created_at{};  ///< when it was created
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<deployment_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DeploymentSummary", json::field("id", &T::id),
                           json::field("name", &T::name), json::field("status", &T::status),
                           json::field("created_at", &T::created_at), json::rest(&T::extra));
}

/// The answer of client.deployments.list().
using deployment_summaries = std::vector<deployment_summary>;

/// What a classifier tells about itself.
struct classification_metadata {
    std::optional<std::vector<std::string>> labels{};  ///< what it scores
    json::value extra{};                               ///< members that have no name here
};

template <std::same_as<classification_metadata> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationMetadata", json::field("labels", &T::labels),
                           json::rest(&T::extra));
}

/// What a deployment tells about itself, by its task type; no labels for all but classifiers.
using deployment_metadata = std::variant<classification_metadata, json::unknown>;

/// A deployment.
struct deployment_detail {
    std::string id;                                                   ///< of the deployment
    std::string name;                                                 ///< by which requests name it
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< what it does
    std::optional<deployment_metadata> metadata{};                    ///< by its task type
    std::optional<std::string> description{};                         ///< for people
    std::optional<std::string> base_model{};                          ///< the base model's name
    json::open_enum<deployment_status> status;                        ///< where it stands
    std::optional<std::string> training_id{};                         ///< the training job's ID
    std::optional<std::int64_t> checkpoint{};                         ///< of that job
    std::optional<std::chrono::sys_seconds> created_at{};             ///< when it was created
    std::optional<std::chrono::sys_seconds> updated_at{};             ///< when it changed last
    json::value extra{};  ///< members that have no name here

    /// Whether it stays as it is until somebody does something.
    bool is_settled() const {
        const auto known = status.known();
        return known && emissary::is_settled(*known);
    }
};

template <std::same_as<deployment_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "DeploymentDetail", json::field("id", &T::id), json::field("name", &T::name),
        json::field("task_type", &T::task_type), json::field("metadata", &T::metadata),
        json::field("description", &T::description), json::field("base_model", &T::base_model),
        json::field("status", &T::status), json::field("training_id", &T::training_id),
        json::field("checkpoint", &T::checkpoint), json::field("created_at", &T::created_at),
        json::field("updated_at", &T::updated_at), json::rest(&T::extra));
}

}  // namespace tessera::emissary
