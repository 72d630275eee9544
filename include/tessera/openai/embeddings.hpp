#pragma once
// Texts as vectors: what embeddings are asked for, and the answer.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tessera/core/linkage.hpp"
#include "tessera/json/detail/node_of.hpp"
#include "tessera/json/reader.hpp"
#include "tessera/openai/describe.hpp"

namespace tessera::openai {

/// A text or several; or the tokens of a text, by their numbers, or those of several.
using embedding_input = std::variant<std::string, std::vector<std::string>, std::vector<int>,
                                     std::vector<std::vector<int>>>;

/// How a vector is written.
enum class embedding_encoding {
    floats,  ///< an array of numbers
    base64   ///< the base64 of its values as little-endian 32 bit floats: smaller, and exact
};

template <std::same_as<embedding_encoding> T>
constexpr auto describe(json::type<T>) {
    return json::enumeration<T>("EmbeddingEncoding", json::enumerator("float", T::floats),
                                json::enumerator("base64", T::base64));
}

/// Texts to be embedded.
struct embedding_request {
    std::string model;      ///< by the name that the service gives it
    embedding_input input;  ///< nothing in it may be empty
    /// Fewer than the model's own: vectors are cut and made of length 1 again.
    std::optional<std::int64_t> dimensions{};
    std::optional<embedding_encoding> encoding_format{};  ///< numbers when absent
    std::optional<std::string> user{};                    ///< an identifier of your user
    json::value extra{};                                  ///< members that have no name here
};

template <std::same_as<embedding_request> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("EmbeddingRequest", json::field("model", &T::model, json::length(1)),
                           json::field("input", &T::input, json::length(1), json::items(1)),
                           json::field("dimensions", &T::dimensions, json::min(1)),
                           json::field("encoding_format", &T::encoding_format,
                                       json::defaults(embedding_encoding::floats)),
                           json::field("user", &T::user), json::rest(&T::extra));
}

/// The values of a vector, whichever way they came, and the way in which they are sent.
class embedding_vector {
  public:
    embedding_vector() = default;
    /// These, to be sent in this way.
    embedding_vector(std::vector<float> values,
                     embedding_encoding encoding = embedding_encoding::floats)
        : values_(std::move(values)), encoding_(encoding) {}

    /// The view lives as long as this object is neither changed nor destroyed.
    ///@{
    std::span<const float> values() const& noexcept { return values_; }
    operator std::span<const float>() const& noexcept { return values_; }
    ///@}
    /// Moves the values out.
    std::vector<float> values() && noexcept { return std::move(values_); }
    /// How it came, or is to be sent.
    embedding_encoding encoding() const noexcept { return encoding_; }

    bool operator==(const embedding_vector&) const = default;

  private:
    std::vector<float> values_;
    embedding_encoding encoding_ = embedding_encoding::floats;
};

/// One of the vectors.
struct embedding {
    std::string object{};                ///< "embedding"
    openai::embedding_vector embedding;  ///< the vector
    std::int64_t index = 0;              ///< of its text in the request
    json::value extra{};                 ///< members that have no name here
};

template <std::same_as<embedding> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Embedding",
                           json::field("object", &T::object, json::constant("embedding")),
                           json::field("embedding", &T::embedding),
                           json::field("index", &T::index, json::min(0)), json::rest(&T::extra));
}

/// Tokens that were read.
struct embedding_usage {
    std::int64_t prompt_tokens = 0;  ///< of all texts
    std::int64_t total_tokens = 0;   ///< the same
    json::value extra{};             ///< members that have no name here
};

template <std::same_as<embedding_usage> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "EmbeddingUsage", json::field("prompt_tokens", &T::prompt_tokens, json::min(0)),
        json::field("total_tokens", &T::total_tokens, json::min(0)), json::rest(&T::extra));
}

/// The vectors of all texts.
struct embedding_response {
    std::string object{};           ///< "list"
    std::vector<embedding> data;    ///< one for each text, in order
    std::string model;              ///< that made them
    openai::embedding_usage usage;  ///< tokens of the texts
    json::value extra{};            ///< members that have no name here
};

template <std::same_as<embedding_response> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("EmbeddingList",
                           json::field("object", &T::object, json::constant("list")),
                           json::field("data", &T::data), json::field("model", &T::model),
                           json::field("usage", &T::usage), json::rest(&T::extra));
}

namespace detail {
TESSERA_COLD_DECL bool read_vector(json::detail::reading& by, const json::value& in,
                                   embedding_vector& out, const json::detail::location& at,
                                   const json::constraints* rules);
TESSERA_COLD_DECL void write_vector(std::string& out, const embedding_vector& given);
}  // namespace detail
}  // namespace tessera::openai

namespace tessera::json::detail {

template <use How>
struct table<openai::embedding_vector, How> {
    using vector = openai::embedding_vector;
    static bool read(reading& by, const json::value& in, void* out, const location& at,
                     const constraints* rules) {
        return openai::detail::read_vector(by, in, *static_cast<vector*>(out), at, rules);
    }
    static void write(std::string& out, const void* self) {
        openai::detail::write_vector(out, *static_cast<const vector*>(self));
    }
    static bool equal(const void* left, const void* right) {
        return *static_cast<const vector*>(left) == *static_cast<const vector*>(right);
    }
    static constexpr custom_node value{
        {shape::custom},
        &node_of<std::variant<std::vector<float>, std::string>, use::looking>(),
        &read,
        &write,
        &equal};
};

}  // namespace tessera::json::detail

#ifdef TESSERA_DEFINITIONS
#include "tessera/openai/detail/embeddings_impl.hpp"
#endif
