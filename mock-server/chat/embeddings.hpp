#pragma once
// Embeddings as OpenAI has them, for every API that answers them.
#include <functional>
#include <string>

#include "chat/refusal.hpp"
#include "chat/sampling.hpp"
#include "inference/model.hpp"
#include "tessera/openai/embeddings.hpp"
#include "web/exchange.hpp"

namespace tessera::server {

/// What a model is asked for; what is wrong with the request goes to `issues`.
embedding_task read_embedding(const openai::embedding_request& request, const model_card& card,
                              issue_list& issues);
openai::embedding_response embedding_response_of(embeddings made,
                                                 openai::embedding_encoding encoding,
                                                 std::string model);
/// As embeddings call the parts of a task.
part_names embedding_names();

/// Asks the model for the vectors and calls `answered` with them, on the exchange's I/O thread: it
/// gives the answer, in the API's envelope. Whatever is wrong with the request, or goes wrong, is
/// answered here, in the form of the request's API; a client that leaves ends the work. The model
/// is named `name` in the answer.
void begin_embedding(const exchange_ptr& asked, model& with,
                     const openai::embedding_request& request, std::string name,
                     std::function<void(openai::embedding_response)> answered);

}  // namespace tessera::server
