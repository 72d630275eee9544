#pragma once
// Embeddings of the APIs that spell them as OpenAI does.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chat/sampling.hpp"
#include "inference/model.hpp"
#include "tessera/json/describe.hpp"
#include "tessera/openai/usage.hpp"

namespace tessera::server {

enum class vector_form { numbers, base64 };

constexpr auto describe(json::type<vector_form>) {
    return json::enumeration<vector_form>("", json::enumerator("float", vector_form::numbers),
                                          json::enumerator("base64", vector_form::base64));
}

struct embedding_request {
    std::string model;
    std::variant<std::string, std::vector<std::string>> input;
    vector_form encoding_format = vector_form::numbers;
    std::optional<int> dimensions{};
    std::optional<std::string> user{};
};

constexpr auto describe(json::type<embedding_request>) {
    using r = embedding_request;
    return json::object<r>(
        "EmbeddingRequest", json::closed, json::field("model", &r::model),
        json::field("input", &r::input, json::length(1), json::items(1, 2048)),
        json::field("encoding_format", &r::encoding_format,
                    json::defaults(vector_form::numbers)),
        json::field("dimensions", &r::dimensions, json::or_null, json::min(1)),
        json::field("user", &r::user, json::or_null));
}

/// What the model is asked for. Issues have the names of the request's members.
embedding_task read_embedding(embedding_request& request, issue_list& issues);

/// The answer's body.
std::string write_embeddings(const embeddings& made, const std::string& model, vector_form form);

}  // namespace tessera::server
