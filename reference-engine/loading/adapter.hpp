#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "loading/safetensors.hpp"
#include "loading/tensor_source.hpp"

namespace tessera::engine {

/// What peft puts before the names of a model's modules.
inline constexpr std::string_view adapter_root = "base_model.model.";

/// A LoRA adapter as peft's adapter_config.json says it.
struct adapter_config {
    int rank = 0;
    double scale = 1;  // of what is added: alpha / rank, or with rsLoRA / sqrt(rank)
    std::vector<std::string> targets;  // names of projections; empty: those that there are
};

/// Throws malformed, or unsupported for other kinds of adapters, with the member's name.
adapter_config parse_adapter_config(const nlohmann::json& config);

/// A folder of an adapter in memory: adapter_config.json and adapter_model.safetensors.
class adapter_files : public tensor_source {
  public:
    /// Throws io, malformed, unsupported or limit.
    static adapter_files open(const std::filesystem::path& folder);

    const adapter_config& config() const { return config_; }
    const tensor_view* find(std::string_view name) const override { return file_.find(name); }
    std::vector<std::string> names() const override;
    std::string origin() const override { return folder_.string(); }

  private:
    adapter_files(std::filesystem::path folder, adapter_config config, safetensors_file file)
        : folder_(std::move(folder)), config_(std::move(config)), file_(std::move(file)) {}

    std::filesystem::path folder_;
    adapter_config config_;
    safetensors_file file_;
};

}  // namespace tessera::engine
