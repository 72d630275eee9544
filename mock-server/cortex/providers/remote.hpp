#pragma once
// A provider that has a URL, and is really asked.
#include <memory>

#include "cortex/providers/connection.hpp"
#include "cortex/providers/provider.hpp"

namespace tessera::server::cortex {

std::unique_ptr<caller<chats>> remote_chats(std::shared_ptr<connection> on);
std::unique_ptr<caller<messages>> remote_messages(std::shared_ptr<connection> on);

std::unique_ptr<pending> remote_embedding(std::shared_ptr<connection> on,
                                          openai::embedding_request asked,
                                          provider::executor_type executor,
                                          provider::told<openai::embedding_response> done);
std::unique_ptr<pending> remote_models(std::shared_ptr<connection> on,
                                       provider::executor_type executor,
                                       provider::told<std::vector<shown_model>> done);

}  // namespace tessera::server::cortex
