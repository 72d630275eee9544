#pragma once

#include <filesystem>
#include <memory>

#include "loading/config.hpp"
#include "loading/load_options.hpp"
#include "loading/tensor_source.hpp"

namespace tessera::engine {

struct model_weights;

/// A model of the Llama family in memory, its weights repacked for this machine's kernels.
/// Immutable, so threads may share it. What it was loaded from is not needed afterwards.
class model {
  public:
    /// Throws engine_error: malformed (a tensor is missing or has another shape), unsupported.
    static std::shared_ptr<model> load(model_config, const tensor_source&,
                                       const load_options& = {});
    /// Of a Hugging Face folder. Throws io as well.
    static std::shared_ptr<model> load(const std::filesystem::path& folder,
                                       const load_options& = {});
    ~model();
    model(const model&) = delete;
    model& operator=(const model&) = delete;

    const model_config& config() const { return config_; }
    const model_weights& weights() const { return *weights_; }

  private:
    model(model_config, std::unique_ptr<model_weights>);
    model_config config_;
    std::unique_ptr<model_weights> weights_;
};

}  // namespace tessera::engine
