#pragma once
// What several parts of the API speak of.
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// What a model is trained for, and deployed as.
enum class task_type {
    text_generation,  ///< it writes
    classification,   ///< it scores labels
    embedding,        ///< it makes vectors of texts
    regression        ///< it estimates a number
};

template <std::same_as<task_type> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("TaskType", json::enumerator("text-generation", T::text_generation),
                                json::enumerator("classification", T::classification),
                                json::enumerator("embedding", T::embedding),
                                json::enumerator("regression", T::regression));
}

/// What a training starts from.
enum class base_model_option {
    pre_trained,  ///< a base model
    fine_tuned    ///< a checkpoint of an earlier training job
};

template <std::same_as<base_model_option> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("BaseModelOption", json::enumerator("pre-trained", T::pre_trained),
                                json::enumerator("fine-tuned", T::fine_tuned));
}

/// A setting that may be of any of these types.
using parameter = std::variant<std::int64_t, double, bool, std::string, json::unknown>;

/// Settings by their names.
using parameters = std::map<std::string, parameter>;

/// How much each test function counts in a reward, by the function's name.
using reward_weights = std::map<std::string, double>;

}  // namespace tessera::emissary
