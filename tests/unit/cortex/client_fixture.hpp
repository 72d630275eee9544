#pragma once
// A gateway that answers what a script says, and clients of it.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/cortex.hpp"
#include "tessera/cortex/errors.hpp"

namespace tessera::cortex::test {

using tessera::test::for_each_request;
using tessera::test::received_request;
using tessera::test::scripted_server;
using tessera::test::session;

class gateway : public ::testing::Test {
  protected:
    using script = std::function<void(session&, const received_request&, int)>;

    void serve(script answer) { server_.emplace(for_each_request(std::move(answer))); }

    // Back-off costs no time that a test could feel.
    client_options options() const {
        static const tessera::test::fast_clock clock;
        static tessera::test::fixed_random random(0);
        client_options made{.api_key = "the-secret", .base_url = server_->url()};
        made.clock = &clock;
        made.random = &random;
        // Each a thousandth in real time.
        using std::chrono::minutes;
        made.timeout = {minutes(60), minutes(60), minutes(60), minutes(600)};
        return made;
    }
    client at_gateway() const { return client(options()); }

    std::optional<scripted_server> server_;
};

inline const openai::chat_request chat{.model = "gpt-4o", .messages = {user("Hello.")}};
inline const anthropic::message_request message{
    .model = "claude-x", .max_tokens = 9, .messages = {anthropic::user("Hello.")}};
inline const openai::embedding_request texts{
    .model = "openai:text-embedding-3-small",
    .input = std::vector<std::string>{"One text", "another"}};

}  // namespace tessera::cortex::test
