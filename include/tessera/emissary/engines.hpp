#pragma once
// /v1/engines: what deployments of one base model run on.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/emissary/common.hpp"
#include "tessera/emissary/deployments.hpp"
#include "tessera/emissary/schedule.hpp"

namespace tessera::emissary {

/// Where an engine stands.
enum class engine_status {
    creating,  ///< it is being made ready, perhaps again
    active,    ///< it answers
    inactive   ///< it rests
};

template <std::same_as<engine_status> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("EngineStatus", json::enumerator("Creating", T::creating),
                                json::enumerator("Active", T::active),
                                json::enumerator("Inactive", T::inactive));
}

/// The body of client.engines.create().
struct engine_request {
    std::optional<std::string> name{};                                ///< generated when absent
    std::string base_model;                                           ///< the base model's name
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< of its deployments
    std::optional<resource_management> resource_management_config{};  ///< when it runs
};

template <std::same_as<engine_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "CreateEngineRequest", json::field("name", &T::name),
        json::field("base_model", &T::base_model), json::field("task_type", &T::task_type),
        json::field("resource_management_config", &T::resource_management_config));
}

/// Which engines client.engines.list() gives: those that match all that is said.
struct engines_query {
    std::optional<std::string> base_model{};                          ///< the base model's name
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< of their deployments
};

template <std::same_as<engines_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("EnginesQuery", json::field("base_model", &T::base_model),
                           json::field("task_type", &T::task_type));
}

/// An engine in a list, or just created.
struct engine_summary {
    std::string id;                            ///< of the engine
    std::string name;                          ///< as it was given or generated
    json::open_enum<engine_status> status;     ///< where it stands
    std::optional<std::string> base_model{};   ///< the base model's name
    std::optional<std::string> server_type{};  ///< such as "on-demand"
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< of its deployments
    std::optional<std::int64_t> deployment_counts{};                  ///< how many it has
    std::optional<std::chrono::sys_seconds> created_at{};             ///< when it was created
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<engine_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "InferenceEngineSummary", json::field("id", &T::id), json::field("name", &T::name),
        json::field("status", &T::status), json::field("base_model", &T::base_model),
        json::field("server_type", &T::server_type), json::field("task_type", &T::task_type),
        json::field("deployment_counts", &T::deployment_counts),
        json::field("created_at", &T::created_at), json::rest(&T::extra));
}

/// The answer of client.engines.list().
using engine_summaries = std::vector<engine_summary>;

/// An engine.
struct engine_detail {
    std::string id;                           ///< of the engine
    std::string name;                         ///< as it was given or generated
    json::open_enum<engine_status> status;    ///< where it stands
    std::optional<std::string> base_model{};  ///< the base model's name
    std::optional<json::open_enum<emissary::task_type>> task_type{};  ///< of its deployments
    std::optional<std::string> server_type{};                         ///< such as "on-demand"
    std::optional<deployment_summaries> deployments{};                ///< what runs on it
    /// What its deployments were trained from.
    std::optional<json::open_enum<emissary::base_model_option>> base_model_option{};
    std::optional<std::chrono::sys_seconds> last_access_timestamp{};  ///< of the last request
    std::optional<resource_management> resource_management_config{};  ///< when it runs
    std::optional<std::chrono::sys_seconds> created_at{};             ///< when it was created
    json::value extra{};  ///< members that have no name here

    /// Whether it stays as it is until somebody does something.
    bool is_settled() const {
        const auto known = status.known();
        return known && *known != engine_status::creating;
    }
};

template <std::same_as<engine_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "InferenceEngineDetail", json::field("id", &T::id), json::field("name", &T::name),
        json::field("status", &T::status), json::field("base_model", &T::base_model),
        json::field("task_type", &T::task_type), json::field("server_type", &T::server_type),
        json::field("deployments", &T::deployments),
        json::field("base_model_option", &T::base_model_option),
        json::field("last_access_timestamp", &T::last_access_timestamp),
        json::field("resource_management_config", &T::resource_management_config),
        json::field("created_at", &T::created_at), json::rest(&T::extra));
}

/// The body of client.engines.deploy().
struct deploy_request {
    std::optional<std::string> name{};  ///< generated when absent
    std::string project_id;             ///< the project of the job
    std::string training_id;            ///< the training job's ID
    std::int64_t checkpoint{};          ///< of that job
};

template <std::same_as<deploy_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DeployOnEngineRequest", json::field("name", &T::name),
                           json::field("project_id", &T::project_id),
                           json::field("training_id", &T::training_id),
                           json::field("checkpoint", &T::checkpoint));
}

/// The body of client.engines.undeploy().
struct undeploy_request {
    std::string deployment_name;  ///< of the deployment
};

template <std::same_as<undeploy_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("UndeployFromEngineRequest",
                           json::field("deployment_name", &T::deployment_name));
}

}  // namespace tessera::emissary
