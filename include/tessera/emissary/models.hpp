#pragma once
// GET /v1/models: what can be trained and deployed.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/emissary/common.hpp"

namespace tessera::emissary {

/// What a base model does.
enum class model_type {
    completion,      ///< it goes on with a text
    classification,  ///< it scores labels
    embeddings,      ///< it makes vectors of texts
    chat             ///< it answers conversations
};

template <std::same_as<model_type> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("BaseModelType", json::enumerator("completion", T::completion),
                                json::enumerator("classification", T::classification),
                                json::enumerator("embeddings", T::embeddings),
                                json::enumerator("chat", T::chat));
}

/// A hyper parameter as a template has it.
using template_value = std::variant<std::int64_t, double, std::string, json::unknown>;

/// A base model.
struct base_model {
    std::string name;                  ///< by which requests name it
    json::open_enum<model_type> type;  ///< what it does
    /// The hyper parameters that can be set, with their defaults.
    std::optional<std::map<std::string, template_value>> parameter_template{};
    std::optional<bool> support_serverless{};  ///< whether it answers without a deployment
    json::value extra{};                       ///< members that have no name here
};

template <std::same_as<base_model> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "BaseModelSummary", json::field("name", &T::name), json::field("type", &T::type),
        json::field("parameter_template", &T::parameter_template),
        json::field("support_serverless", &T::support_serverless), json::rest(&T::extra));
}

/// The answer of client.models.list().
using base_models = std::vector<base_model>;

}  // namespace tessera::emissary
