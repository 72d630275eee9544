#pragma once
// Datasets: files of rows, and what is known of them.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emissary/service.hpp"
#include "tessera/emissary/datasets.hpp"
#include "web/api.hpp"

namespace tessera::server::emissary {

/// Their routes and tables. Removes the files of those that are deleted, and at once those that no
/// dataset has.
std::vector<route> dataset_routes(service& with);

/// The datasets of a project, the oldest first.
tessera::emissary::dataset_summaries datasets_of(store::connection& from, std::string_view project);
/// One of them, if there is one of that id.
std::optional<tessera::emissary::dataset_summary> find_dataset(store::connection& from,
                                                               std::string_view project,
                                                               std::string_view id);
/// The ids of all datasets of a project, for its deletion.
std::vector<std::string> dataset_ids_of(store::connection& from, std::string_view project);

/// The content of a dataset, which is read on this thread. Throws `refused`, a 404, when it is gone.
std::string dataset_text(const service& with, const std::string& id);

}  // namespace tessera::server::emissary
