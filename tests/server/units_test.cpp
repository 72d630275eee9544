#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <fstream>

#include "cerebras/quota.hpp"
#include "inference/mailbox.hpp"
#include "support.hpp"
#include "support/manual_clock.hpp"
#include "web/application.hpp"

namespace tessera::server::testing {
namespace {

route named(std::string_view method, std::string_view path) {
    route made;
    made.id = made.path = path;
    made.method = method;
    return made;
}

TEST(router, literals_go_before_parameters) {
    const route jobs = named("GET", "/jobs/{id}");
    const route special = named("POST", "/jobs/special");
    const route logs = named("GET", "/jobs/{id}/logs");
    router all;
    for (const route* each : {&jobs, &special, &logs}) all.add("/api", *each);
    EXPECT_EQ(all.find("GET", "/api/jobs/7").route, &jobs);
    EXPECT_EQ(all.find("GET", "/api/jobs/7").parameters, std::vector<std::string>{"7"});
    EXPECT_EQ(all.find("POST", "/api/jobs/special").route, &special);
    // The path is the literal one, so the parameter's methods do not count.
    EXPECT_EQ(all.find("GET", "/api/jobs/special").route, nullptr);
    EXPECT_EQ(all.find("GET", "/api/jobs/special").allow, "POST, OPTIONS");
    // Only the parameter goes on from here.
    EXPECT_EQ(all.find("GET", "/api/jobs/special/logs").route, &logs);
    EXPECT_EQ(all.find("GET", "/api/jobs/special/logs").parameters,
              std::vector<std::string>{"special"});
    EXPECT_EQ(all.find("HEAD", "/api/jobs/a%2Fb%20c").parameters,
              std::vector<std::string>{"a/b c"});
    for (const char* unknown : {"/", "", "/api", "/api/jobs", "/api/jobs/", "/api/jobs/7/",
                                "/jobs/7", "/api/jobs/7/logs/x", "/api/jobs/%4", "*"})
        EXPECT_EQ(all.find("GET", unknown).allow, "") << unknown;
}

TEST(router, a_fixed_query_tells_routes_of_one_path_apart) {
    route water = named("POST", "/care");
    route feed = named("POST", "/care");
    route plain = named("POST", "/run");
    route later = named("POST", "/run");
    route lone = named("GET", "/lone");
    water.query = "kind=water";
    feed.query = "kind=feed";
    later.query = "async=true";
    lone.query = "a=1&b=2";
    router all;
    for (const route* each : {&water, &feed, &plain, &later, &lone}) all.add("", *each);
    EXPECT_EQ(all.find("POST", "/care", "kind=water").route, &water);
    EXPECT_EQ(all.find("POST", "/care", "x=1&kind=feed").route, &feed);
    for (const char* other : {"", "kind=prune", "kind"}) {
        EXPECT_EQ(all.find("POST", "/care", other).route, nullptr);
        EXPECT_EQ(all.find("POST", "/care", other).queries, "?kind=water or ?kind=feed");
    }
    EXPECT_EQ(all.find("GET", "/care", "kind=water").queries, "");
    EXPECT_EQ(all.find("POST", "/run").route, &plain);
    EXPECT_EQ(all.find("POST", "/run", "async=false").route, &plain);
    EXPECT_EQ(all.find("POST", "/run", "async=true").route, &later);
    EXPECT_EQ(all.find("GET", "/lone", "b=2&a=1").route, &lone);
    EXPECT_EQ(all.find("GET", "/lone", "a=1").route, nullptr);
}

TEST(mailbox, keeps_what_is_held_until_it_is_released) {
    asio::io_context context;
    int calls = 0;
    const auto box = std::make_shared<mailbox<int>>(context.get_executor(), [&] { ++calls; });
    std::vector<int> items;
    const auto taken = [&] {
        context.restart();
        context.poll();
        box->take(items);
        return items;
    };
    box->put(1);
    EXPECT_EQ(taken(), std::vector<int>{1});
    EXPECT_EQ(calls, 1);
    box->hold();
    box->put(2);
    box->put(3);
    EXPECT_TRUE(taken().empty());
    EXPECT_EQ(calls, 1);
    box->release();
    EXPECT_EQ(taken(), (std::vector<int>{2, 3}));
    EXPECT_EQ(calls, 2);
    box->hold();
    box->put(4);
    box->release(9);
    EXPECT_EQ(taken(), std::vector<int>{9});
    box->hold();
    box->release();
    EXPECT_TRUE(taken().empty());
    EXPECT_EQ(calls, 3);
}

TEST(origins, of_this_machine) {
    for (const char* local : {"http://localhost", "https://localhost:1", "http://127.0.0.1:80",
                              "http://127.9.9.9", "http://[::1]:3000", "http://app.localhost:1"})
        EXPECT_TRUE(is_local_origin(local)) << local;
    for (const char* foreign : {"", "null", "localhost", "http://example.com", "http://10.0.0.1",
                                "http://localhost.example.com", "http://127.0.0.1.example.com",
                                "http://127.0.0.1@example.com", "http://[::2]", "http://"})
        EXPECT_FALSE(is_local_origin(foreign)) << foreign;
}

TEST(ids, repeat_with_the_seed_alone) {
    id_source first(1);
    id_source same(1);
    id_source other(2);
    EXPECT_EQ(first.make("x-"), same.make("x-"));
    EXPECT_NE(first.make("x-"), first.make("x-"));
    EXPECT_NE(same.make("x-"), other.make("x-"));
    EXPECT_EQ(first.make("x-").size(), 26U);
}

TEST(quota, counts_requests_and_tokens_in_their_windows) {
    test::manual_clock time;  // 22:13:20 UTC
    cerebras::quota limits({.requests_per_day = 3, .tokens_per_minute = 10}, time);
    const auto header = [&](const char* name) {
        http::fields written;
        limits.write(written);
        return std::string(written.find(name).value_or("(absent)"));
    };
    EXPECT_FALSE(limits.admit());
    EXPECT_EQ(header("x-ratelimit-limit-requests-day"), "3");
    EXPECT_EQ(header("x-ratelimit-remaining-requests-day"), "2");
    EXPECT_EQ(header("x-ratelimit-reset-requests-day"), "6400.000");
    limits.spend(25);
    EXPECT_EQ(header("x-ratelimit-remaining-tokens-minute"), "0");
    auto refused = limits.admit();
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 429);
    EXPECT_EQ(refused->retry_after, std::chrono::seconds(40));
    time.advance(std::chrono::milliseconds(39'500));
    EXPECT_EQ(limits.admit()->retry_after, std::chrono::seconds(1));
    time.advance(std::chrono::milliseconds(500));
    EXPECT_EQ(header("x-ratelimit-remaining-tokens-minute"), "10");
    EXPECT_FALSE(limits.admit());
    EXPECT_FALSE(limits.admit());
    EXPECT_EQ(limits.admit()->code, "request_quota_exceeded");
    time.advance(std::chrono::hours(2));
    EXPECT_FALSE(limits.admit());
}

TEST(settings, are_read_and_checked) {
    const tessera::testing::temporary_folder folder("tessera-settings");
    const auto file = folder.path() / "settings.json";
    const auto read = [&](const std::string& text) {
        std::ofstream(file) << text;
        return with_settings({}, file);
    };
    const auto good =
        read("server: {limits: {connections: 5, idle_timeout_ms: 7}}\ncerebras: {api_key: k}");
    ASSERT_TRUE(good);
    EXPECT_EQ(good->limits.connections, 5U);
    EXPECT_EQ(good->limits.idle_timeout, std::chrono::milliseconds(7));
    EXPECT_EQ(good->cerebras.api_key, "k");
    const auto wrong = read("server:\n  limits:\n    connections: 0\nother: 1");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().message.find("settings.json, line 3: server.limits.connections: "),
              std::string::npos)
        << wrong.error().message;
    EXPECT_NE(wrong.error().message.find("settings.json, line 4: other: "), std::string::npos);
    EXPECT_FALSE(read("{"));
    EXPECT_FALSE(with_settings({}, folder.path() / "absent.json"));
}

}  // namespace
}  // namespace tessera::server::testing
