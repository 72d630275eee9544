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

template <std::same_as<model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ModelMetadata", json::field("id", &T::id),
        json::field("object", &T::object, json::constant("model"), json::defaults("model")),
        json::field("created", &T::created, json::defaults(0)),
        json::field("owned_by", &T::owned_by, json::defaults("")), json::rest(&T::extra));
}

/// The answer of client.models.list().
struct model_list {
    std::string object{};     ///< "list"
    std::vector<model> data;  ///< the models
    json::value extra{};      ///< members that have no name here
};

template <std::same_as<model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "ModelMetadataList",
        json::field("object", &T::object, json::constant("list"), json::defaults("list")),
        json::field("data", &T::data), json::rest(&T::extra));
}

}  // namespace tessera::cerebras
