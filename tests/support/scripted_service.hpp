#pragma once
// A service that answers what a script says, and how clients of it are made.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "support/manual_clock.hpp"
#include "support/scripted_server.hpp"
#include "tessera/call/options.hpp"

namespace tessera::test {

class scripted_service : public ::testing::Test {
  protected:
    using script = std::function<void(session&, const received_request&, int)>;

    void serve(script answer) { server_.emplace(for_each_request(std::move(answer))); }

    // A second of waiting is a millisecond.
    client_options options() const {
        static const fast_clock clock;
        static fixed_random random(0);
        client_options made{.api_key = "the-secret", .base_url = server_->url()};
        made.clock = &clock;
        made.random = &random;
        using std::chrono::minutes;
        made.timeout = {minutes(60), minutes(60), minutes(60), minutes(600)};
        return made;
    }
    // Where a test counts connections: one is kept however late its answer ends.
    client_options unhurried() const {
        client_options made = options();
        made.clock = &no_time_passes;
        return made;
    }
    // Before what scripts refer to.
    void TearDown() override { server_.reset(); }

    std::optional<scripted_server> server_;
};

}  // namespace tessera::test
