#pragma once
// Every operation of the Cerebrium API, once: clients, server routes and tests are made of these.
#include <optional>
#include <string>

#include "tessera/cerebrium/chat.hpp"
#include "tessera/cerebrium/describe.hpp"
#include "tessera/cerebrium/run.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/sse.hpp"
#include "tessera/openai/embeddings.hpp"

namespace tessera::cerebrium {

/// The query of every operation.
struct webhook_query {
    std::optional<std::string> webhook_endpoint{};  ///< the body of the answer is sent there, too
};

template <std::same_as<webhook_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("WebhookQuery", json::field("webhookEndpoint", &T::webhook_endpoint));
}

/// The query of a run that is waited for.
struct run_query {
    std::optional<bool> async{};                    ///< true makes it run_function_async
    std::optional<std::string> webhook_endpoint{};  ///< the body of the answer is sent there, too
};

template <std::same_as<run_query> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("RunQuery", json::field("async", &T::async),
                           json::field("webhookEndpoint", &T::webhook_endpoint));
}

/// The headers of every operation.
struct webhook_headers {
    std::optional<std::string> webhook_secret{};  ///< the key that deliveries are signed with
};

template <std::same_as<webhook_headers> T>
constexpr auto describe(json::type<T>) {
    return json::object<T>("WebhookHeaders", json::field("X-Webhook-Secret", &T::webhook_secret));
}

}  // namespace tessera::cerebrium

namespace tessera::cerebrium::operations {

using http::operation;

// What a function takes and gives is its own, so that the operations are templates of it: any
// described types, json::value, or maps of names to values.

/// Calls a function and waits for what it returns, or for what it yields as a stream: a `data:` line
/// for each.
template <class Parameters = openai::json_object, class Result = json::value,
          class Chunk = http::sse_event>
inline constexpr operation<Parameters, run_response<Result>, Chunk, run_query, webhook_headers>
    run_function{.id = "runFunction",
                 .method = "POST",
                 .path = "/v4/{projectId}/{appName}/{functionName}",
                 .stream = {.end = http::stream_end::close,
                            .error = http::stream_error::event,
                            .member = {},
                            .by_accept = true},
                 .body = {.optional = true}};

/// The same without waiting.
template <class Parameters = openai::json_object>
inline constexpr operation<Parameters, accepted_run, void, webhook_query, webhook_headers>
    run_function_async{.id = "runFunction",
                       .method = "POST",
                       .path = "/v4/{projectId}/{appName}/{functionName}?async=true",
                       .status = 202,
                       .body = {.optional = true}};

/// Answers a conversation, whole or as a stream, by a function that takes OpenAI's parameters.
template <class Request = openai::chat_request, class Answer = openai::chat_response>
inline constexpr operation<Request, Answer, chat_chunk, webhook_query, webhook_headers>
    create_chat_completion{.id = "openaiChatCompletions",
                           .method = "POST",
                           .path = "/v4/{projectId}/{appName}/{functionName}/chat/completions",
                           .stream = {.end = http::stream_end::close, .by_accept = true},
                           .replays = http::replay::safe};

/// Embeds texts, by a function that takes OpenAI's parameters.
template <class Request = openai::embedding_request, class Answer = openai::embedding_response>
inline constexpr operation<Request, Answer, void, webhook_query, webhook_headers> create_embedding{
    .id = "openaiEmbedding",
    .method = "POST",
    .path = "/v4/{projectId}/{appName}/{functionName}/embedding",
    .replays = http::replay::safe};

}  // namespace tessera::cerebrium::operations
