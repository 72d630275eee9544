#pragma once
// GET /v1/models.
#include <optional>
#include <string>
#include <vector>

#include "tessera/anthropic/common.hpp"

namespace tessera::anthropic {

/// A model that answers messages.
struct model {
    std::string id;               ///< by which requests name it
    std::string display_name;     ///< for people
    std::string created_at;       ///< when it was released, after RFC 3339
    json::fixed<"model"> type{};  ///< always "model"
    json::value extra{};          ///< members that have no name here
};

template <std::same_as<model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicModel", json::field("id", &T::id),
                           json::field("display_name", &T::display_name),
                           json::field("created_at", &T::created_at), json::field("type", &T::type),
                           json::rest(&T::extra));
}

/// A page of the models, newest first.
struct model_list {
    std::vector<model> data;                 ///< the models
    std::optional<bool> has_more{};          ///< whether there are more pages
    json::nullable<std::string> first_id{};  ///< of the first model of the page
    json::nullable<std::string> last_id{};   ///< of the last one: `after_id` of the next page
    json::value extra{};                     ///< members that have no name here
};

template <std::same_as<model_list> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "AnthropicModelList", json::field("data", &T::data), json::field("has_more", &T::has_more),
        json::field("first_id", &T::first_id, json::defaults(nullptr)),
        json::field("last_id", &T::last_id, json::defaults(nullptr)), json::rest(&T::extra));
}

/// Which page of the models. Not every service has pages.
struct models_query {
    std::optional<std::string> after_id{};   ///< the page behind this model
    std::optional<std::string> before_id{};  ///< the page in front of this model
    std::optional<int> limit{};              ///< models of a page: 1 to 1000
};

template <std::same_as<models_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("AnthropicModelsQuery", json::field("after_id", &T::after_id),
                           json::field("before_id", &T::before_id),
                           json::field("limit", &T::limit, json::range(1, 1000)));
}

}  // namespace tessera::anthropic
