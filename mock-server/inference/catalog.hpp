#pragma once
// Which names the loaded models answer under.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inference/local/local_model.hpp"

namespace tessera::server {

/// A model as one API lists it.
struct listing {
    std::string id;
    std::string name;  // for people
    std::string owned_by;
    std::string hugging_face_id;  // empty if none
    std::int64_t created = 0;     // Unix seconds
    const loaded_model* model = nullptr;
};

/// The first model answers for every known name of an API; each model that was asked for answers
/// under its folder's name as well. Immutable until unload().
class catalog {
  public:
    /// `named` says whether the models' folders are names users chose.
    catalog(std::vector<std::unique_ptr<loaded_model>> models, bool named);

    std::span<const std::unique_ptr<loaded_model>> models() const { return models_; }
    std::vector<listing> of_api(std::string_view api) const;
    /// Ends all generations and frees the models; nothing may be asked afterwards.
    void unload() { models_.clear(); }

  private:
    std::vector<std::unique_ptr<loaded_model>> models_;
    bool named_;
};

}  // namespace tessera::server
