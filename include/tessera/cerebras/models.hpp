#pragma once
// GET /v1/models and /v1/models/{model_id}.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/cerebras/describe.hpp"

namespace tessera::cerebras {

/// A model that answers.
struct model {
    std::string id;        ///< its name in requests
    std::string object{};  ///< "model"
    /// Unix seconds.
    std::optional<std::int64_t> created{};
    std::optional<std::string> owned_by{};  ///< who made it
    json::value extra{};                    ///< members that have no name here
};

constexpr auto describe(json::type<model>) {
    return json::object<model>(
        "ModelMetadata", json::field("id", &model::id),
        json::field("object", &model::object, json::constant("model"), json::defaults("model")),
        json::field("created", &model::created, json::defaults(0)),
        json::field("owned_by", &model::owned_by, json::defaults("")), json::rest(&model::extra));
}

/// The answer of client.models.list().
struct model_list {
    std::string object{};     ///< "list"
    std::vector<model> data;  ///< the models
    json::value extra{};      ///< members that have no name here
};

constexpr auto describe(json::type<model_list>) {
    return json::object<model_list>(
        "ModelMetadataList",
        json::field("object", &model_list::object, json::constant("list"), json::defaults("list")),
        json::field("data", &model_list::data), json::rest(&model_list::extra));
}

}  // namespace tessera::cerebras
