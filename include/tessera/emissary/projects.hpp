#pragma once
// /v1/projects: the rooms in which datasets, training jobs and deployments stand.
#include <optional>
#include <string>
#include <vector>

#include "tessera/emissary/datasets.hpp"
#include "tessera/emissary/deployments.hpp"
#include "tessera/emissary/training_jobs.hpp"

namespace tessera::emissary {

/// The body of client.projects.create(), which may be left out.
struct project_request {
    std::optional<std::string> name{};  ///< generated when absent
};

template <std::same_as<project_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("CreateProjectRequest", json::field("name", &T::name));
}

/// A project in a list, or just created.
struct project_summary {
    std::string id;       ///< of the project
    std::string name;     ///< as it was given or generated
    json::value extra{};  ///< members that have no name here
};

template <std::same_as<project_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ProjectSummary", json::field("id", &T::id),
                           json::field("name", &T::name), json::rest(&T::extra));
}

/// The answer of client.projects.list().
using project_summaries = std::vector<project_summary>;

/// A project and what stands in it.
struct project_detail {
    std::string id;                                         ///< of the project
    std::string name;                                       ///< as it was given or generated
    std::optional<dataset_summaries> datasets{};            ///< its datasets
    std::optional<training_job_summaries> training_jobs{};  ///< its training jobs
    std::optional<deployment_summaries> deployments{};      ///< its deployments
    json::value extra{};                                    ///< members that have no name here
};

template <std::same_as<project_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ProjectDetail", json::field("id", &T::id),
                           json::field("name", &T::name), json::field("datasets", &T::datasets),
                           json::field("training_jobs", &T::training_jobs),
                           json::field("deployments", &T::deployments), json::rest(&T::extra));
}

}  // namespace tessera::emissary
