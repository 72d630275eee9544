#pragma once
// POST /v1/embeddings: two texts as vectors, and how near they are.
#include <optional>
#include <string>
#include <vector>

#include "tessera/emissary/describe.hpp"

namespace tessera::emissary {

/// The body of client.embeddings.create().
struct embedding_request {
    std::string model;                ///< a deployment's or a serverless base model's name
    std::string input;                ///< one text
    std::string target;               ///< the other
    std::optional<bool> cosine{};     ///< whether cosine_score is told; true when absent
    std::optional<bool> manhattan{};  ///< whether manhattan_distance is; false when absent
    std::optional<bool> euclidean{};  ///< whether euclidean_distance is; false when absent
};

template <std::same_as<embedding_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "EmbeddingRequest", json::field("model", &T::model), json::field("input", &T::input),
        json::field("target", &T::target), json::field("cosine", &T::cosine),
        json::field("manhattan", &T::manhattan), json::field("euclidean", &T::euclidean));
}

/// The vectors of two texts, and how near they are.
struct embedding_pair {
    std::vector<double> input_embedding;         ///< of the input
    std::vector<double> target_embedding;        ///< of the target
    std::optional<double> cosine_score{};        ///< -1 to 1: the nearer the greater
    std::optional<double> manhattan_distance{};  ///< where it was asked for
    std::optional<double> euclidean_distance{};  ///< where it was asked for
    json::value extra{};                         ///< members that have no name here
};

template <std::same_as<embedding_pair> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("EmbeddingPair", json::field("input_embedding", &T::input_embedding),
                           json::field("target_embedding", &T::target_embedding),
                           json::field("cosine_score", &T::cosine_score),
                           json::field("manhattan_distance", &T::manhattan_distance),
                           json::field("euclidean_distance", &T::euclidean_distance),
                           json::rest(&T::extra));
}

/// The answer of client.embeddings.create().
struct embedding_answer {
    std::optional<std::string> id{};  ///< of the answer
    embedding_pair vectors;           ///< of both, `response` in JSON
    json::value extra{};              ///< members that have no name here
};

template <std::same_as<embedding_answer> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("EmbeddingObject", json::field("id", &T::id),
                           json::field("response", &T::vectors), json::rest(&T::extra));
}

}  // namespace tessera::emissary
