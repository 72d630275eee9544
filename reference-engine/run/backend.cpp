#include "run/backend.hpp"

#include "loading/weight_files.hpp"

namespace tessera::engine {

std::shared_ptr<const loaded_model> load_model(const std::filesystem::path& folder,
                                               const load_options& options, const backend& device) {
    return device.load(load_config(folder),
                       std::make_shared<const weight_files>(weight_files::open(folder)), options);
}

}  // namespace tessera::engine
