#pragma once
// Every operation of the Cerebras API, once: clients, server routes and tests are made of these.
#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"
#include "tessera/cerebras/models.hpp"
#include "tessera/cerebras/public_models.hpp"
#include "tessera/http/operation.hpp"

namespace tessera::cerebras::operations {

using http::auth;
using http::operation;

inline constexpr operation<void, openai::json_object> warm_tcp{
    "tcp_warming_v1_tcp_warming_get", "GET", "/v1/tcp_warming", auth::none};
inline constexpr operation<chat_request, chat_response, chat_chunk> create_chat_completion{
    "chat_v1_chat_completions_post", "POST", "/v1/chat/completions", auth::bearer};
inline constexpr operation<completion_request, completion_response, completion_chunk>
    create_completion{"completions_v1_completions_post", "POST", "/v1/completions", auth::bearer};
inline constexpr operation<void, model_list> list_models{"list_models_v1_models_get", "GET",
                                                         "/v1/models", auth::bearer};
inline constexpr operation<void, model> get_model{"get_model_v1_models__model_id__get", "GET",
                                                  "/v1/models/{model_id}", auth::bearer};
inline constexpr operation<void, public_model_list_response> list_public_models{
    "list_public_models_endpoint_public_v1_models_get", "GET", "/public/v1/models", auth::none};
inline constexpr operation<void, public_model_response> get_public_model{
    "get_public_model_public_v1_models__model_id__get", "GET", "/public/v1/models/{model_id}",
    auth::none};

}  // namespace tessera::cerebras::operations
