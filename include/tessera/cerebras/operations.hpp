#pragma once
// Every operation of the Cerebras API, once: clients, server routes and tests are made of these.
#include <optional>
#include <string>

#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"
#include "tessera/cerebras/describe.hpp"
#include "tessera/cerebras/models.hpp"
#include "tessera/cerebras/public_models.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::cerebras {

/// The query of the two public operations.
struct public_models_query {
    std::optional<model_format> format{};  ///< `standard` when absent
};

template <std::same_as<public_models_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "PublicModelsQuery",
        json::field("format", &T::format, json::defaults(model_format::standard)));
}

/// Headers that the vendor's edge adds; they have no effect.
struct trace_headers {
    std::optional<std::string> cloudfront_id{};   ///< X-Amz-Cf-Id
    std::optional<std::string> cloudflare_ray{};  ///< CF-RAY
};

template <std::same_as<trace_headers> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("TraceHeaders",
                           json::field("X-Amz-Cf-Id", &T::cloudfront_id, json::or_null),
                           json::field("CF-RAY", &T::cloudflare_ray, json::or_null));
}

/// Headers of the two operations that generate.
struct inference_headers {
    std::optional<double> delay_time{};           ///< seconds by which the answer is delayed
    std::optional<std::string> cloudfront_id{};   ///< X-Amz-Cf-Id; it has no effect
    std::optional<std::string> cloudflare_ray{};  ///< CF-RAY; it has no effect
};

template <std::same_as<inference_headers> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>(
        "InferenceHeaders",
        json::field("X-delay-time", &T::delay_time, json::or_null, json::range(0, 3600)),
        json::field("X-Amz-Cf-Id", &T::cloudfront_id, json::or_null),
        json::field("CF-RAY", &T::cloudflare_ray, json::or_null));
}

}  // namespace tessera::cerebras

namespace tessera::cerebras::operations {

using http::auth;
using http::operation;

/// Opens a connection ahead of the first call.
inline constexpr operation<void, openai::json_object> warm_tcp{
    "tcp_warming_v1_tcp_warming_get", "GET", "/v1/tcp_warming", auth::none};

/// Answers a conversation, whole or as a stream.
inline constexpr operation<chat_request, chat_response, chat_chunk, void, inference_headers>
    create_chat_completion{.id = "chat_v1_chat_completions_post",
                           .method = "POST",
                           .path = "/v1/chat/completions",
                           .replays = http::replay::safe};

/// Goes on with a text, whole or as a stream.
inline constexpr operation<completion_request, completion_response, completion_chunk, void,
                           inference_headers>
    create_completion{.id = "completions_v1_completions_post",
                      .method = "POST",
                      .path = "/v1/completions",
                      .replays = http::replay::safe};

/// The models that answer.
inline constexpr operation<void, model_list, void, void, trace_headers> list_models{
    "list_models_v1_models_get", "GET", "/v1/models"};

/// One model.
inline constexpr operation<void, model, void, void, trace_headers> get_model{
    "get_model_v1_models__model_id__get", "GET", "/v1/models/{model_id}"};

/// The catalogue; no key is needed.
inline constexpr operation<void, public_model_list_response, void, public_models_query,
                           trace_headers>
    list_public_models{"list_public_models_endpoint_public_v1_models_get", "GET",
                       "/public/v1/models", auth::none};

/// One model of the catalogue; no key is needed.
inline constexpr operation<void, public_model_response, void, public_models_query, trace_headers>
    get_public_model{"get_public_model_public_v1_models__model_id__get", "GET",
                     "/public/v1/models/{model_id}", auth::none};

}  // namespace tessera::cerebras::operations
