#pragma once
// GET /v1/models.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// A model that answers.
struct model {
    std::string id;                         ///< its name in requests
    std::string object{};                   ///< "model"
    std::string owned_by{};                 ///< whose it is
    std::optional<std::int64_t> created{};  ///< Unix seconds
    json::value extra{};                    ///< members that have no name here
};

template <std::same_as<model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Model", json::field("id", &T::id),
                           json::field("object", &T::object, json::constant("model")),
                           json::field("owned_by", &T::owned_by),
                           json::field("created", &T::created), json::rest(&T::extra));
}

/// The models of a service.
struct model_list {
    std::string object{};     ///< "list"
    std::vector<model> data;  ///< the models
    json::value extra{};      ///< members that have no name here
};

template <std::same_as<model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ModelList", json::field("object", &T::object, json::constant("list")),
                           json::field("data", &T::data), json::rest(&T::extra));
}

}  // namespace tessera::openai
