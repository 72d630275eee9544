#pragma once
// One function an operation.
#include "cerebras/service.hpp"
#include "tessera/cerebras/chat.hpp"
#include "tessera/cerebras/completions.hpp"
#include "tessera/cerebras/operations.hpp"

namespace tessera::server::cerebras {

void create_chat_completion(service& with, const exchange_ptr& asked, wire::chat_request request);
void create_completion(service& with, const exchange_ptr& asked, wire::completion_request request);
void list_models(service& with, const exchange_ptr& asked);
void get_model(service& with, const exchange_ptr& asked);
void list_public_models(service& with, const exchange_ptr& asked, wire::public_models_query query);
void get_public_model(service& with, const exchange_ptr& asked, wire::public_models_query query);

}  // namespace tessera::server::cerebras
