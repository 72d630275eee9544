#include "chat/embeddings.hpp"

#include <bit>
#include <span>
#include <utility>

#include "tessera/core/base64.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

struct embedding_object {
    json::fixed<"embedding"> object{};
    std::int64_t index = 0;
    std::variant<std::vector<float>, std::string> embedding{};
};

constexpr auto describe(json::type<embedding_object>) {
    using e = embedding_object;
    return json::object<e>("Embedding", json::field("object", &e::object),
                           json::field("index", &e::index),
                           json::field("embedding", &e::embedding));
}

struct embedding_list {
    json::fixed<"list"> object{};
    std::vector<embedding_object> data{};
    std::string model{};
    openai::usage usage{};
};

constexpr auto describe(json::type<embedding_list>) {
    using l = embedding_list;
    return json::object<l>("EmbeddingList", json::field("object", &l::object),
                           json::field("data", &l::data), json::field("model", &l::model),
                           json::field("usage", &l::usage));
}

// Little-endian singles, whatever the machine has.
std::string bytes_of(std::span<const float> numbers) {
    std::string bytes;
    for (const float each : numbers) {
        const auto bits = std::bit_cast<std::uint32_t>(each);
        for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(bits >> shift);
    }
    return bytes;
}

}  // namespace

embedding_task read_embedding(embedding_request& request, issue_list& issues) {
    embedding_task made{.texts = {}, .dimensions = request.dimensions};
    if (auto* one = std::get_if<std::string>(&request.input))
        made.texts.push_back(std::move(*one));
    else
        made.texts = std::move(std::get<std::vector<std::string>>(request.input));
    for (std::size_t i = 0; i < made.texts.size(); ++i)
        if (made.texts[i].empty())
            wrong(issues, {"input", i}, "string_too_short", "must not be empty");
    return made;
}

std::string write_embeddings(const embeddings& made, const std::string& model, vector_form form) {
    embedding_list list{.model = model};
    list.usage.prompt_tokens = list.usage.total_tokens = made.prompt_tokens;
    for (const std::vector<float>& vector : made.vectors) {
        embedding_object& to = list.data.emplace_back();
        to.index = static_cast<std::int64_t>(list.data.size()) - 1;
        if (form == vector_form::numbers)
            to.embedding = vector;
        else
            to.embedding = encode_base64(bytes_of(vector));
    }
    return json::encode(list);
}

}  // namespace tessera::server
