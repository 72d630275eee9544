#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "loading/safetensors.hpp"
#include "loading/tensor_source.hpp"

namespace tessera::engine {

/// The weights of a model folder: model.safetensors, or the shards that
/// model.safetensors.index.json lists. Movable.
class weight_files : public tensor_source {
  public:
    /// Throws what safetensors_file::open throws, and io where there is neither file.
    static weight_files open(const std::filesystem::path& dir);

    const tensor_view* find(std::string_view name) const override;
    std::vector<std::string> names() const override;
    std::string origin() const override { return dir_.string(); }
    std::size_t size() const { return index_.size(); }

  private:
    std::filesystem::path dir_;
    std::vector<safetensors_file> files_;
    std::unordered_map<std::string_view, const tensor_view*> index_;
};

}  // namespace tessera::engine
