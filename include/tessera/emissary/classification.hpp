#pragma once
// POST /v1/classification: how well labels fit a text.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// What the scores of labels are.
enum class score_format {
    logits,  ///< as they come out of the model
    probs    ///< from 0 to 1
};

template <std::same_as<score_format> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("ClassificationFormat", json::enumerator("logits", T::logits),
                                json::enumerator("probs", T::probs));
}

/// The body of client.classification.create().
struct classification_request {
    std::string model;                                           ///< a deployment's name
    std::string input;                                           ///< the text
    std::optional<json::open_enum<score_format>> data_format{};  ///< logits when absent
};

template <std::same_as<classification_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationRequest", json::field("model", &T::model),
                           json::field("input", &T::input),
                           json::field("data_format", &T::data_format));
}

/// Scores by label.
using label_scores = std::map<std::string, double>;

/// Scores as they come out of the model.
struct label_logits {
    std::int64_t index{};  ///< of the input
    label_scores logits;   ///< by label; a regression has the one label `value`
    json::value extra{};   ///< members that have no name here
};

template <std::same_as<label_logits> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationLogits", json::field("index", &T::index),
                           json::field("logits", &T::logits), json::rest(&T::extra));
}

/// Scores from 0 to 1.
struct label_probabilities {
    std::int64_t index{};  ///< of the input
    label_scores probs;    ///< by label
    json::value extra{};   ///< members that have no name here
};

template <std::same_as<label_probabilities> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationProbs", json::field("index", &T::index),
                           json::field("probs", &T::probs), json::rest(&T::extra));
}

/// Scores in the format that was asked for.
using classification_scores = std::variant<label_logits, label_probabilities>;

/// Tokens that were read.
struct classification_usage {
    std::optional<std::int64_t> completion_tokens{};    ///< none
    std::optional<std::int64_t> prompt_tokens{};        ///< read
    std::optional<std::string> prompt_token_details{};  ///< as the service writes them
    std::optional<std::int64_t> total_tokens{};         ///< both
    json::value extra{};                                ///< members that have no name here
};

template <std::same_as<classification_usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationUsage",
                           json::field("completion_tokens", &T::completion_tokens),
                           json::field("prompt_tokens", &T::prompt_tokens),
                           json::field("prompt_token_details", &T::prompt_token_details),
                           json::field("total_tokens", &T::total_tokens), json::rest(&T::extra));
}

/// The answer of client.classification.create().
struct classification_answer {
    std::optional<std::string> id{};              ///< of the answer
    std::optional<std::string> model{};           ///< the deployment
    std::vector<classification_scores> data;      ///< one entry
    std::optional<classification_usage> usage{};  ///< tokens
    json::value extra{};                          ///< members that have no name here

    /// The scores of the first entry, whatever their format; empty when there is none.
    TESSERA_COLD_DECL const label_scores& scores() const;
    /// The label that fits best, and its score; of equal ones the first. Nothing without labels.
    TESSERA_COLD_DECL std::optional<std::pair<std::string, double>> best() const;
};

template <std::same_as<classification_answer> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ClassificationObject", json::field("id", &T::id),
                           json::field("model", &T::model), json::field("data", &T::data),
                           json::field("usage", &T::usage), json::rest(&T::extra));
}

}  // namespace tessera::emissary

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/classification_impl.hpp"
#endif
