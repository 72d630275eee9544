// So many requests in any minute, on a clock that the test moves.
#include "cortex/rate_limits.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/manual_clock.hpp"
#include "tessera/call/response.hpp"

namespace tessera::server::cortex {
namespace {
namespace rate_limit_tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(rate_limits, so_many_pass_in_any_minute) {
    test::manual_clock clock;
    rate_limits limits(clock);
    EXPECT_TRUE(limits.admit("a", 2).passes);
    clock.advance(seconds(40));
    EXPECT_TRUE(limits.admit("a", 2).passes);
    EXPECT_FALSE(limits.admit("a", 2).passes);
    clock.advance(milliseconds(19'999));
    EXPECT_FALSE(limits.admit("a", 2).passes);
    // The first is a minute ago, and the second is not: where a minute of the clock begins means
    // nothing.
    clock.advance(milliseconds(1));
    EXPECT_TRUE(limits.admit("a", 2).passes);
    EXPECT_FALSE(limits.admit("a", 2).passes);
    clock.advance(seconds(40));
    EXPECT_TRUE(limits.admit("a", 2).passes);
    EXPECT_FALSE(limits.admit("a", 2).passes);
}

TEST(rate_limits, what_did_not_pass_does_not_count) {
    test::manual_clock clock;
    rate_limits limits(clock);
    EXPECT_TRUE(limits.admit("a", 1).passes);
    for (int i = 0; i < 59; ++i) {
        clock.advance(seconds(1));
        EXPECT_FALSE(limits.admit("a", 1).passes);
    }
    clock.advance(seconds(1));
    EXPECT_TRUE(limits.admit("a", 1).passes);
}

TEST(rate_limits, each_key_has_its_own) {
    SCOPED_TRACE("rule: auth-rate-limit");
    test::manual_clock clock;
    rate_limits limits(clock);
    EXPECT_TRUE(limits.admit("a", 1).passes);
    EXPECT_FALSE(limits.admit("a", 1).passes);
    EXPECT_TRUE(limits.admit("b", 1).passes);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limits.admit("c", 0).passes);
}

TEST(rate_limits, tell_what_remains_and_how_long_it_takes) {
    test::manual_clock clock;
    rate_limits limits(clock);
    const rate_standing first = limits.admit("a", 2);
    EXPECT_EQ(first.limit, 2);
    EXPECT_EQ(first.remaining, 1);
    EXPECT_EQ(first.reset, seconds(60));
    EXPECT_EQ(first.wait, seconds(0));
    clock.advance(milliseconds(10'500));
    EXPECT_EQ(limits.admit("a", 2).remaining, 0);
    clock.advance(seconds(10));
    const rate_standing refused = limits.admit("a", 2);
    EXPECT_FALSE(refused.passes);
    EXPECT_EQ(refused.remaining, 0);
    EXPECT_EQ(refused.wait, milliseconds(39'500));
    EXPECT_EQ(refused.reset, seconds(50));
    const problem told = too_many_requests(refused);
    EXPECT_EQ(told.status, 429);
    EXPECT_EQ(told.type, "rate_limit_error");
    EXPECT_EQ(told.retry_after, seconds(40));
    EXPECT_EQ(told.message,
              "the key's 2 requests a minute are used up: try again in 39.500 seconds");
}

TEST(rate_limits, a_limit_that_was_lowered_holds_at_once) {
    test::manual_clock clock;
    rate_limits limits(clock);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limits.admit("a", 3).passes);
        clock.advance(seconds(10));
    }
    const rate_standing refused = limits.admit("a", 1);
    EXPECT_FALSE(refused.passes);
    EXPECT_EQ(refused.remaining, 0);
    EXPECT_EQ(refused.wait, seconds(50));
    EXPECT_TRUE(limits.admit("a", 4).passes);
}

TEST(rate_limits, threads_together_get_no_more) {
    test::manual_clock clock;
    rate_limits limits(clock);
    std::atomic<int> passed{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&] {
            for (int n = 0; n < 50; ++n) passed += limits.admit("a", 100).passes;
        });
    for (std::thread& each : all) each.join();
    EXPECT_EQ(passed, 100);
}

TEST(rate_limits, headers_are_what_clients_of_each_dialect_read) {
    test::manual_clock clock;
    rate_limits limits(clock);
    limits.admit("a", 5);
    clock.advance(milliseconds(1500));
    const rate_standing now = limits.admit("a", 5);
    call_info openai;
    write_openai_headers(now, openai.headers);
    EXPECT_EQ(openai.headers.find("x-ratelimit-reset-requests"), "60.000");
    call_info anthropic;
    write_anthropic_headers(now, clock.wall(), anthropic.headers);
    EXPECT_EQ(anthropic.headers.find("anthropic-ratelimit-requests-reset"),
              "2023-11-14T22:14:21.500Z");
    for (const call_info& each : {openai, anthropic}) {
        const rate_limit_window window = each.rate_limit("requests");
        EXPECT_EQ(window.limit, 5);
        EXPECT_EQ(window.remaining, 3);
        EXPECT_TRUE(window.reset);
    }
    http::fields none;
    write_openai_headers({}, none);
    write_anthropic_headers({}, clock.wall(), none);
    EXPECT_EQ(none.begin(), none.end());
}

}  // namespace rate_limit_tests
}  // namespace
}  // namespace tessera::server::cortex
