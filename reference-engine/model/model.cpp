#include "model/model.hpp"

#include <utility>

#include "loading/weight_files.hpp"
#include "model/weights.hpp"

namespace tessera::engine {

model::model(model_config config, std::unique_ptr<model_weights> weights)
    : config_(std::move(config)), weights_(std::move(weights)) {}

model::~model() = default;

std::shared_ptr<model> model::load(model_config config, const tensor_source& tensors,
                                   const load_options& options) {
    thread_pool pool(options.threads);
    auto weights =
        std::make_unique<model_weights>(pack_weights(config, tensors, options.precision, pool));
    return std::shared_ptr<model>(new model(std::move(config), std::move(weights)));
}

std::shared_ptr<model> model::load(const std::filesystem::path& folder,
                                   const load_options& options) {
    auto config = load_config(folder);
    return load(std::move(config), weight_files::open(folder), options);
}

}  // namespace tessera::engine
