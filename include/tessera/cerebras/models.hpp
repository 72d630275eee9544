#pragma once
// GET /v1/models and /v1/models/{model_id}.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/json/describe.hpp"

namespace tessera::cerebras {

struct model {
    std::string id;
    std::string object{};
    /// Unix seconds.
    std::optional<std::int64_t> created{};
    std::optional<std::string> owned_by{};
    json::value extra{};
};

constexpr auto describe(json::type<model>) {
    return json::object<model>(
        "ModelMetadata", json::field("id", &model::id),
        json::field("object", &model::object, json::constant("model"), json::defaults("model")),
        json::field("created", &model::created, json::defaults(0)),
        json::field("owned_by", &model::owned_by, json::defaults("")), json::rest(&model::extra));
}

struct model_list {
    std::string object{};
    std::vector<model> data;
    json::value extra{};
};

constexpr auto describe(json::type<model_list>) {
    return json::object<model_list>(
        "ModelMetadataList",
        json::field("object", &model_list::object, json::constant("list"), json::defaults("list")),
        json::field("data", &model_list::data), json::rest(&model_list::extra));
}

}  // namespace tessera::cerebras
