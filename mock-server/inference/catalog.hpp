#pragma once
// Which names the models answer under.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inference/model.hpp"

namespace tessera::server {

/// A model as one API lists it.
struct listing {
    std::string id;
    std::string name;  // for people
    std::string owned_by;
    std::string hugging_face_id;  // empty if none
    std::int64_t created = 0;     // Unix seconds
    std::string kind{};           // what it does, in the API's word; empty if none is known
    tessera::server::model* model = nullptr;
};

/// The first model answers for every known name of an API; each that has a name of its own answers
/// under it as well. Immutable until unload().
class catalog {
  public:
    struct entry {
        std::unique_ptr<tessera::server::model> model;
        std::string listed_as{};  // empty: under the names of the APIs alone
        std::string owned_by = "local";
    };

    explicit catalog(std::vector<entry> models) : models_(std::move(models)) {}

    std::span<const entry> models() const { return models_; }
    std::vector<listing> of_api(std::string_view api) const;
    /// Ends all runs and frees the models; nothing may be asked afterwards.
    void unload() { models_.clear(); }

  private:
    std::vector<entry> models_;
};

}  // namespace tessera::server
