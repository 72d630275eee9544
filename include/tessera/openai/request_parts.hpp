#pragma once
// Parts that the requests of OpenAI-compatible APIs have in common.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tessera/openai/content.hpp"
#include "tessera/openai/tools.hpp"

namespace tessera::openai {

struct stream_options {
    std::optional<bool> include_usage{};
    json::value extra{};
};

constexpr auto describe(json::type<stream_options>) {
    return json::object<stream_options>(
        "StreamOptions",
        json::field("include_usage", &stream_options::include_usage, json::or_null),
        json::rest(&stream_options::extra));
}

struct response_format_text {
    json::fixed<"text"> type{};
    json::value extra{};
};

constexpr auto describe(json::type<response_format_text>) {
    return json::object<response_format_text>("ResponseFormatText",
                                              json::field("type", &response_format_text::type),
                                              json::rest(&response_format_text::extra));
}

struct response_format_json_object {
    json::fixed<"json_object"> type{};
    json::value extra{};
};

constexpr auto describe(json::type<response_format_json_object>) {
    return json::object<response_format_json_object>(
        "ResponseFormatJSONObject", json::field("type", &response_format_json_object::type),
        json::rest(&response_format_json_object::extra));
}

struct json_schema_format {
    std::string name;
    std::optional<std::string> description{};
    std::optional<json_object> schema{};
    std::optional<bool> strict{};
    json::value extra{};
};

constexpr auto describe(json::type<json_schema_format>) {
    return json::object<json_schema_format>(
        "JSONSchema", json::field("name", &json_schema_format::name),
        json::field("description", &json_schema_format::description, json::or_null),
        json::field("schema", &json_schema_format::schema, json::or_null),
        json::field("strict", &json_schema_format::strict, json::or_null),
        json::rest(&json_schema_format::extra));
}

struct response_format_json_schema {
    json_schema_format json_schema;
    json::fixed<"json_schema"> type{};
    json::value extra{};
};

constexpr auto describe(json::type<response_format_json_schema>) {
    return json::object<response_format_json_schema>(
        "ResponseFormatJSONSchema",
        json::field("json_schema", &response_format_json_schema::json_schema),
        json::field("type", &response_format_json_schema::type),
        json::rest(&response_format_json_schema::extra));
}

using response_format =
    std::variant<response_format_text, response_format_json_object, response_format_json_schema>;

/// Text that the caller expects in the answer: drafted ahead, verified by the model.
struct prediction {
    json::fixed<"content"> type{};
    text_only_content content;
    json::value extra{};
};

constexpr auto describe(json::type<prediction>) {
    return json::object<prediction>("Prediction", json::field("type", &prediction::type),
                                    json::field("content", &prediction::content),
                                    json::rest(&prediction::extra));
}

/// One stop sequence or up to four.
using stop_sequences = std::variant<std::string, std::vector<std::string>>;

/// Token id, written as decimal text, to a number added to its logit.
using logit_bias = std::map<std::string, double>;

}  // namespace tessera::openai
