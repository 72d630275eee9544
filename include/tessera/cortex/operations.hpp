#pragma once
// Every operation of the gateway's API, once: clients, server routes and tests are made of these.
#include "tessera/anthropic/events.hpp"
#include "tessera/anthropic/models.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/call/form.hpp"
#include "tessera/cortex/config.hpp"
#include "tessera/cortex/describe.hpp"
#include "tessera/cortex/inflight.hpp"
#include "tessera/cortex/oauth.hpp"
#include "tessera/cortex/providers.hpp"
#include "tessera/cortex/usage.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/openai/chat.hpp"
#include "tessera/openai/embeddings.hpp"
#include "tessera/openai/models.hpp"
#include "tessera/openai/transcriptions.hpp"

namespace tessera::cortex::operations {

using http::auth;
using http::operation;

// In OpenAI's dialect.

/// Answers a conversation, whole or as a stream.
inline constexpr operation<openai::chat_request, openai::chat_response, openai::chat_chunk>
    create_chat_completion{.id = "createChatCompletion",
                           .method = "POST",
                           .path = "/v1/chat/completions",
                           .replays = http::replay::safe};

/// The models that answer, whoever provides them.
inline constexpr operation<void, openai::model_list> list_models{"listModels", "GET", "/v1/models"};

/// Texts as vectors.
inline constexpr operation<openai::embedding_request, openai::embedding_response> create_embedding{
    .id = "createEmbedding",
    .method = "POST",
    .path = "/v1/embeddings",
    .replays = http::replay::safe};

/// Speech as text, whole or as a stream.
inline constexpr operation<openai::transcription_request, openai::transcription_response,
                           openai::transcription_event>
    create_transcription{
        .id = "createTranscription",
        .method = "POST",
        .path = "/v1/audio/transcriptions",
        .takes = http::media::form,
        .gives = http::media::json | http::media::text,
        .gives_by = "response_format",
        .stream = openai::transcription_stream_rules,
        .body = {.most_bytes = 28'311'552, .most_file_bytes = 26'214'400, .too_large = 400},
        .replays = http::replay::safe};

// In Anthropic's dialect.

/// Answers a conversation, whole or as a stream.
inline constexpr operation<anthropic::message_request, anthropic::message, anthropic::stream_event,
                           void, anthropic::message_headers>
    create_message{.id = "createMessage",
                   .method = "POST",
                   .path = "/anthropic/v1/messages",
                   .authentication = auth::api_key_header,
                   .stream = anthropic::stream_rules,
                   .replays = http::replay::safe};

/// The models that Anthropic's dialect reaches. The gateway has one page.
inline constexpr operation<void, anthropic::model_list, void, anthropic::models_query>
    list_anthropic_models{"listAnthropicModels", "GET", "/anthropic/v1/models",
                          auth::api_key_header};

// Of the gateway itself.

/// The models of one provider.
inline constexpr operation<void, provider_models> list_provider_models{
    "listProviderModels", "GET", "/api/providers/{name}/models"};

/// How the gateway shows itself to a provider.
inline constexpr operation<void, provider_auth> get_provider_auth{"getProviderAuth", "GET",
                                                                  "/api/providers/{name}/auth"};

/// The requests that are being answered.
inline constexpr operation<void, inflight_snapshot> list_inflight_requests{
    "listInflightRequests", "GET", "/api/admin/inflight"};

/// What the gateway keeps.
inline constexpr operation<void, caching_config> get_caching_config{"getCachingConfig", "GET",
                                                                    "/api/config/caching"};

/// Changes what is said, until the gateway ends, and tells all.
inline constexpr operation<caching_config_update, caching_config> update_caching_config{
    "updateCachingConfig", "PUT", "/api/config/caching"};

/// When tokens are refreshed.
inline constexpr operation<void, token_refresh_config> get_token_refresh_config{
    "getTokenRefreshConfig", "GET", "/api/config/token-refresh"};

/// Changes what is said, until the gateway ends, and tells all.
inline constexpr operation<token_refresh_config_update, token_refresh_config>
    update_token_refresh_config{"updateTokenRefreshConfig", "PUT", "/api/config/token-refresh"};

// How people give the gateway tokens for providers.

/// Sends a browser to the provider's page: the answer's `location`.
inline constexpr operation<void, void, void, oauth_authorize_query> oauth_authorize{
    .id = "oauthAuthorize",
    .method = "GET",
    .path = "/oauth/{provider}/authorize",
    .authentication = auth::none,
    .status = 302};

/// Takes what the provider sends the browser back with.
inline constexpr operation<void, oauth_success, void, oauth_callback_query> oauth_callback{
    .id = "oauthCallback",
    .method = "GET",
    .path = "/oauth/{provider}/callback",
    .authentication = auth::none,
    .replays = http::replay::once};

/// What the gateway has for a provider.
inline constexpr operation<void, oauth_status> oauth_status_of{"oauthStatus", "GET",
                                                               "/oauth/{provider}/status"};

/// Takes a new token in place of the one there is.
inline constexpr operation<void, oauth_refreshed> oauth_refresh{"oauthRefresh", "POST",
                                                                "/oauth/{provider}/refresh"};

/// Forgets the token.
inline constexpr operation<void, oauth_deleted> oauth_delete_token{"oauthDeleteToken", "DELETE",
                                                                   "/oauth/{provider}/token"};

/// Begins a flow that a person ends on any device.
inline constexpr operation<void, device_authorization> oauth_qwen_device{"oauthQwenDevice", "POST",
                                                                         "/oauth/qwen/device"};

/// Asks what became of it.
inline constexpr operation<device_poll, oauth_success> oauth_qwen_device_poll{
    .id = "oauthQwenDevicePoll",
    .method = "POST",
    .path = "/oauth/qwen/device/poll",
    .body = {.optional = true}};

/// What requests cost, one by one.
inline constexpr operation<void, usage_records, void, usage_query> list_usage{"listUsage", "GET",
                                                                              "/usage"};

/// What requests cost, all together.
inline constexpr operation<void, usage_summary, void, usage_summary_query> summarize_usage{
    "summarizeUsage", "GET", "/usage/summary"};

}  // namespace tessera::cortex::operations
