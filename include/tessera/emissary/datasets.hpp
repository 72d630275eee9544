#pragma once
// /v1/projects/{project_id}/datasets: what models learn from.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tessera/call/unix_times.hpp"
#include "tessera/core/file.hpp"
#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// The form of client.datasets.upload(): JSONL, a JSON array or CSV with a header, up to 5 MiB.
struct dataset_upload {
    tessera::file file;                 ///< sent piece by piece, from wherever it is
    std::optional<std::string> name{};  ///< unique in the project; generated when absent
};

template <std::same_as<dataset_upload> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DatasetUpload", json::field("file", &T::file),
                           json::field("name", &T::name));
}

/// A dataset in a list, or just uploaded.
struct dataset_summary {
    std::string id;                                        ///< of the dataset
    std::string name;                                      ///< unique in its project
    std::optional<std::chrono::sys_seconds> created_at{};  ///< when it was uploaded
    std::optional<bool> is_uploaded{};                     ///< whether it is there as a whole
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<dataset_summary> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("DatasetSummary", json::field("id", &T::id),
                           json::field("name", &T::name), json::field("created_at", &T::created_at),
                           json::field("is_uploaded", &T::is_uploaded), json::rest(&T::extra));
}

/// The answer of client.datasets.list().
using dataset_summaries = std::vector<dataset_summary>;

/// A dataset.
struct dataset_detail {
    std::string id;                                        ///< of the dataset
    std::string name;                                      ///< unique in its project
    std::optional<bool> is_uploaded{};                     ///< whether it is there as a whole
    std::optional<std::string> dataset_download_url{};     ///< for client.download()
    std::optional<std::string> upload_by{};                ///< the user's ID
    std::optional<std::chrono::sys_seconds> created_at{};  ///< when it was uploaded
    std::optional<std::chrono::sys_seconds> updated_at{};  ///< when it changed last
    json::value extra{};                                   ///< members that have no name here
};

template <std::same_as<dataset_detail> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "DatasetDetail", json::field("id", &T::id), json::field("name", &T::name),
        json::field("is_uploaded", &T::is_uploaded),
        json::field("dataset_download_url", &T::dataset_download_url),
        json::field("upload_by", &T::upload_by), json::field("created_at", &T::created_at),
        json::field("updated_at", &T::updated_at), json::rest(&T::extra));
}

}  // namespace tessera::emissary
