#pragma once
// A service that answers what a script says, and clients of it.
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/emissary.hpp"
#include "tessera/emissary/errors.hpp"

namespace tessera::emissary::test {

using tessera::test::for_each_request;
using tessera::test::received_request;
using tessera::test::scripted_server;
using tessera::test::session;

class service : public ::testing::Test {
  protected:
    using script = std::function<void(session&, const received_request&, int)>;

    void serve(script answer) { server_.emplace(for_each_request(std::move(answer))); }

    // A second of waiting is a millisecond.
    client_options options() const {
        static const tessera::test::fast_clock clock;
        static tessera::test::fixed_random random(0);
        client_options made{.api_key = "the-secret", .base_url = server_->url()};
        made.clock = &clock;
        made.random = &random;
        using std::chrono::minutes;
        made.timeout = {minutes(60), minutes(60), minutes(60), minutes(600)};
        return made;
    }
    client at_service() const { return client(options()); }
    // Before what scripts refer to.
    void TearDown() override { server_.reset(); }

    std::optional<scripted_server> server_;
};

}  // namespace tessera::emissary::test
