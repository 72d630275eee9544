#pragma once
// Parts that the requests of OpenAI-compatible APIs have in common.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/openai/content.hpp"
#include "tessera/openai/describe.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

/// What a stream tells beside its text.
struct stream_options {
    std::optional<bool> include_usage{};  ///< usage in the last chunk
    json::value extra{};                  ///< members that have no name here
};

template <std::same_as<stream_options> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("StreamOptions",
                           json::field("include_usage", &T::include_usage, json::or_null),
                           json::rest(&T::extra));
}

/// Text, as ever.
struct response_format_text {
    json::fixed<"text"> type{};  ///< always "text"
    json::value extra{};         ///< members that have no name here
};

template <std::same_as<response_format_text> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ResponseFormatText", json::field("type", &T::type),
                           json::rest(&T::extra));
}

/// Any JSON object.
struct response_format_json_object {
    json::fixed<"json_object"> type{};  ///< always "json_object"
    json::value extra{};                ///< members that have no name here
};

template <std::same_as<response_format_json_object> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ResponseFormatJSONObject", json::field("type", &T::type),
                           json::rest(&T::extra));
}

/// A JSON Schema with a name.
struct json_schema_format {
    std::string name;                          ///< 1 to 64 letters, digits, "_" and "-"
    std::optional<std::string> description{};  ///< what it is for, for the model
    std::optional<json_object> schema{};       ///< the schema
    std::optional<bool> strict{};              ///< whether the answer must be valid for it
    json::value extra{};                       ///< members that have no name here
};

template <std::same_as<json_schema_format> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("JSONSchema", json::field("name", &T::name),
                           json::field("description", &T::description, json::or_null),
                           json::field("schema", &T::schema, json::or_null),
                           json::field("strict", &T::strict, json::or_null), json::rest(&T::extra));
}

/// JSON by a schema. response_format_for<T>() makes one of a described struct.
struct response_format_json_schema {
    json_schema_format json_schema;     ///< the schema
    json::fixed<"json_schema"> type{};  ///< always "json_schema"
    json::value extra{};                ///< members that have no name here
};

template <std::same_as<response_format_json_schema> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("ResponseFormatJSONSchema", json::field("json_schema", &T::json_schema),
                           json::field("type", &T::type), json::rest(&T::extra));
}

/// The form of an answer.
using response_format =
    std::variant<response_format_text, response_format_json_object, response_format_json_schema>;

/// Text that the caller expects in the answer: drafted ahead, verified by the model.
struct prediction {
    json::fixed<"content"> type{};  ///< always "content"
    text_only_content content;      ///< what is expected
    json::value extra{};            ///< members that have no name here
};

template <std::same_as<prediction> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("Prediction", json::field("type", &T::type),
                           json::field("content", &T::content), json::rest(&T::extra));
}

/// One stop sequence or up to four.
using stop_sequences = std::variant<std::string, std::vector<std::string>>;

/// Token id, written as decimal text, to a number added to its logit.
using logit_bias = std::map<std::string, double>;

}  // namespace tessera::openai
