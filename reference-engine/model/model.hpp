#pragma once

#include <filesystem>
#include <memory>

#include "loading/config.hpp"

namespace tessera::engine {

enum class weight_precision { as_stored, f32, bf16 };

struct load_options {
    /// as_stored: bf16 for weights stored as bf16, f32 for all others.
    weight_precision precision = weight_precision::as_stored;
    int threads = 0;  // that repack the weights; 0: all usable processors
};

struct model_weights;

/// A model of the Llama family in memory, its weights repacked for this machine's kernels.
/// Immutable, so threads may share it. The folder's files are not needed after loading.
class model {
  public:
    /// Throws engine_error: io, malformed (a tensor is missing or has another shape), unsupported.
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
