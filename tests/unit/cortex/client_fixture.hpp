#pragma once
// Clients of a gateway that answers what a script says.
#include <string>
#include <vector>

#include "support/scripted_service.hpp"
#include "tessera/cortex.hpp"
#include "tessera/cortex/errors.hpp"

namespace tessera::cortex::test {

using tessera::test::for_each_request;
using tessera::test::received_request;
using tessera::test::scripted_server;
using tessera::test::session;

class gateway : public tessera::test::scripted_service {
  protected:
    client at_gateway() const { return client(options()); }
};

inline const openai::chat_request chat{.model = "gpt-4o", .messages = {user("Hello.")}};
inline const anthropic::message_request message{
    .model = "claude-x", .max_tokens = 9, .messages = {anthropic::user("Hello.")}};
inline const openai::embedding_request texts{
    .model = "openai:text-embedding-3-small",
    .input = std::vector<std::string>{"One text", "another"}};

}  // namespace tessera::cortex::test
