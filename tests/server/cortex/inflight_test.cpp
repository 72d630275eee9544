// What is listed while it is served, on a clock that the test moves.
#include "cortex/inflight.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "support/manual_clock.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {
namespace inflight_tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct gateway {
    test::manual_clock clock;
    inflight requests{clock};

    inflight::handle begin(std::string_view path = "/v1/chat/completions") {
        return requests.begin("POST", path);
    }
    wire::inflight_request only() {
        const wire::inflight_snapshot all = requests.snapshot();
        EXPECT_EQ(all.requests.size(), 1U);
        return all.requests.empty() ? wire::inflight_request{} : all.requests.front();
    }
};

TEST(inflight, only_requests_below_v1_are_listed) {
    SCOPED_TRACE("rule: inflight-only-v1");
    SCOPED_TRACE("rule: inflight-excluded");
    SCOPED_TRACE("rule: inflight-count");
    gateway of;
    const auto chat = of.begin();
    const auto models = of.requests.begin("GET", "/v1/models");
    for (const char* path : {"/anthropic/v1/messages", "/api/admin/inflight", "/usage",
                             "/oauth/google/status", "/v1", "/v10/models", ""})
        EXPECT_EQ((of.begin(path), of.requests.snapshot().count), 2) << path;
    const wire::inflight_snapshot all = of.requests.snapshot();
    EXPECT_EQ(all.count, 2);
    ASSERT_EQ(all.requests.size(), 2U);
    EXPECT_EQ(all.requests[0].uri, "/v1/chat/completions");
    EXPECT_EQ(all.requests[0].method, "POST");
    EXPECT_EQ(all.requests[1].uri, "/v1/models");
    EXPECT_EQ(all.requests[1].method, "GET");
}

TEST(inflight, ids_grow_and_never_come_again) {
    SCOPED_TRACE("rule: inflight-id-monotonic");
    gateway of;
    std::int64_t last = 0;
    for (int i = 0; i < 3; ++i) {
        const auto one = of.begin();
        const auto other = of.begin();
        const auto listed = of.requests.snapshot().requests;
        ASSERT_EQ(listed.size(), 2U);
        EXPECT_GT(listed[0].id, last);
        EXPECT_GT(listed[1].id, listed[0].id);
        last = listed[1].id;
    }
}

TEST(inflight, seconds_are_whole_ones_since_the_request_was_registered) {
    SCOPED_TRACE("rule: inflight-elapsed");
    gateway of;
    const auto one = of.begin();
    EXPECT_EQ(of.only().elapsed_secs, 0);
    of.clock.advance(milliseconds(1999));
    EXPECT_EQ(of.only().elapsed_secs, 1);
    of.clock.advance(milliseconds(1));
    EXPECT_EQ(of.only().elapsed_secs, 2);
}

TEST(inflight, a_stream_is_idle_since_its_last_chunk) {
    SCOPED_TRACE("rule: inflight-idle");
    gateway of;
    auto one = of.begin();
    of.clock.advance(seconds(2));
    one.streams();
    // Before its first chunk: since it was registered.
    EXPECT_EQ(of.only().idle_secs, 2);
    one.chunk();
    EXPECT_EQ(of.only().idle_secs, 0);
    of.clock.advance(milliseconds(3999));
    EXPECT_EQ(of.only().idle_secs, 3);
    one.chunk();
    EXPECT_EQ(of.only().idle_secs, 0);
    of.clock.advance(seconds(1));
    EXPECT_EQ(of.only().idle_secs, 1);
    EXPECT_EQ(of.only().elapsed_secs, 6);
}

TEST(inflight, what_does_not_stream_is_never_idle) {
    SCOPED_TRACE("rule: inflight-idle-non-streaming");
    gateway of;
    auto one = of.begin();
    of.clock.advance(seconds(1000));
    EXPECT_EQ(of.only().idle_secs, 0);
    one.chunk();
    of.clock.advance(seconds(1000));
    EXPECT_EQ(of.only().idle_secs, 0);
}

TEST(inflight, what_is_not_known_yet_is_null) {
    SCOPED_TRACE("rule: inflight-null-before-dispatch");
    SCOPED_TRACE("rule: inflight-null-before-auth");
    gateway of;
    auto one = of.begin();
    EXPECT_EQ(json::encode(of.only()),
              R"({"id":1,"method":"POST","uri":"/v1/chat/completions","elapsed_secs":0,)"
              R"("idle_secs":0,"model":null,"provider":null,"api_key_name":null})");
    one.key("Development Key");
    EXPECT_EQ(of.only().api_key_name, "Development Key");
    EXPECT_FALSE(of.only().model);
    EXPECT_FALSE(of.only().provider);
    one.dispatched("openai", "gpt-4o");
    EXPECT_EQ(of.only().provider, "openai");
    EXPECT_EQ(of.only().model, "gpt-4o");
}

TEST(inflight, what_ended_is_listed_no_more) {
    SCOPED_TRACE("rule: inflight-removed");
    gateway of;
    auto one = of.begin();
    one.streams();
    one.chunk();
    EXPECT_EQ(of.requests.snapshot().count, 1);
    one.end();
    EXPECT_EQ(of.requests.snapshot().count, 0);
    one.chunk();
    one.key("nobody");
    one.end();
    { const auto other = of.begin(); }
    EXPECT_EQ(of.requests.snapshot().count, 0);
}

TEST(inflight, handles_move) {
    gateway of;
    auto one = of.begin();
    auto other = of.begin();
    inflight::handle moved = std::move(one);
    EXPECT_EQ(of.requests.snapshot().count, 2);
    moved = std::move(other);
    EXPECT_EQ(of.only().id, 2);
    moved = {};
    EXPECT_EQ(of.requests.snapshot().count, 0);
}

TEST(inflight, handles_may_outlive_the_list) {
    auto of = std::make_optional<gateway>();
    auto one = of->begin();
    of->requests = inflight(of->clock);
    one.key("Development Key");
    EXPECT_EQ(of->requests.snapshot().count, 0);
}

}  // namespace inflight_tests
}  // namespace
}  // namespace tessera::server::cortex
