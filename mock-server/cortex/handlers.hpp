#pragma once
// What answers the gateway's operations.
#include "cortex/gateway.hpp"
#include "tessera/anthropic/models.hpp"
#include "tessera/anthropic/request.hpp"
#include "tessera/openai/chat.hpp"
#include "tessera/openai/embeddings.hpp"
#include "tessera/openai/transcriptions.hpp"
#include "web/exchange.hpp"

namespace tessera::server::cortex {

void create_chat_completion(gateway& with, const exchange_ptr& asked, openai::chat_request request);
void create_message(gateway& with, const exchange_ptr& asked, anthropic::message_request request);
void create_embedding(gateway& with, const exchange_ptr& asked, openai::embedding_request request);
void create_transcription(gateway& with, const exchange_ptr& asked,
                          openai::transcription_request request);
void list_models(gateway& with, const exchange_ptr& asked);
void list_anthropic_models(gateway& with, const exchange_ptr& asked, anthropic::models_query);
void list_provider_models(gateway& with, const exchange_ptr& asked);
void get_provider_auth(gateway& with, const exchange_ptr& asked);

}  // namespace tessera::server::cortex
