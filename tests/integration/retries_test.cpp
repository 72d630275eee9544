#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::try_invoke;
using namespace std::chrono_literals;

TEST(Retries, FailingStatusesAreTriedTwiceMore) {
    for (const int status : {408, 409, 429, 500, 503}) {
        scripted_server server(for_each_request([status](session& on, const received_request&, int n) {
            if (n < 3)
                on.answer(status, "{}");
            else
                on.answer(200, R"({"name":"at last"})");
        }));
        const auto on = channel_to(server.url(), quick());
        const auto answer = invoke<item>(*on, get("/"));
        EXPECT_EQ(answer.name, "at last");
        EXPECT_EQ(answer.info.attempts, 3);
        EXPECT_EQ(answer.info.timings.waited, 1500ms);
    }
}

TEST(Retries, TheLastErrorIsTheCallersAfterwards) {
    scripted_server server(for_each_request([](session& on, const received_request&, int n) {
        on.answer(503, "{}", "x-request-id: r" + std::to_string(n) + "\r\n");
    }));
    const auto on = channel_to(server.url(), quick());
    auto answer = try_invoke<item>(*on, get("/"));
    EXPECT_EQ(answer.error().attempts, 3);
    EXPECT_EQ(answer.error().request_id, "r3");
    call_options once;
    once.max_retries = 0;
    answer = try_invoke<item>(*on, get("/"), once);
    EXPECT_EQ(answer.error().attempts, 1);
    call::spec single = post("/", "{}");
    single.replayable = false;
    EXPECT_EQ(try_invoke<item>(*on, single).error().attempts, 1);
}

TEST(Retries, OtherStatusesAreNot) {
    scripted_server server(
        for_each_request([](session& on, const received_request&, int) { on.answer(404, "{}"); }));
    const auto on = channel_to(server.url(), quick());
    EXPECT_EQ(try_invoke<item>(*on, get("/")).error().attempts, 1);
}

TEST(Retries, BodiesAreSentAgain) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int n) {
        EXPECT_EQ(request.body, R"({"a":1})");
        if (n == 1)
            on.answer(500, "{}");
        else
            on.answer(200, R"({"name":"n"})");
    }));
    const auto on = channel_to(server.url(), quick());
    EXPECT_EQ(invoke<item>(*on, post("/", R"({"a":1})")).info.attempts, 2);
}

TEST(Retries, ConnectionErrorsAre) {
    scripted_server server([n = std::make_shared<std::atomic<int>>(0)](session& on) {
        const int number = ++*n;
        if (!on.read_request()) return;
        if (number == 1) return on.reset();
        if (number == 2) {
            on.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            return;
        }
        on.answer(200, R"({"name":"n"})");
    });
    const auto on = channel_to(server.url(), quick());
    EXPECT_EQ(invoke<item>(*on, get("/")).info.attempts, 3);
}

TEST(Retries, ARefusedConnectionIsAConnectionError) {
    std::string url;
    {
        scripted_server gone([](session&) {});
        url = gone.url();
    }
    const auto on = channel_to(url, quick());
    const auto answer = try_invoke<item>(*on, get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::connection);
    EXPECT_EQ(answer.error().attempts, 3);
    EXPECT_EQ(answer.error().status, 0);
}

TEST(Retries, PausesFollowTheClock) {
    gate first, second;
    scripted_server server(for_each_request([&](session& on, const received_request&, int n) {
        if (n == 1) {
            on.answer(503, "{}");
            first.open();
            return;
        }
        second.open();
        on.answer(200, R"({"name":"n"})");
    }));
    manual_clock clock;
    fixed_random random(0);
    client_options options;
    options.clock = &clock;
    options.random = &random;
    const auto on = channel_to(server.url(), options);
    std::thread caller([&] { EXPECT_EQ(invoke<item>(*on, get("/")).info.attempts, 2); });
    first.wait();
    // The caller begins its pause at some time after this; the clock stands until then.
    EXPECT_FALSE(second.wait_for(20ms));
    clock.advance(499ms);
    EXPECT_FALSE(second.wait_for(20ms));
    clock.advance(1ms);
    second.wait();
    caller.join();
}

TEST(Retries, ServersSayHowLong) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int n) {
        if (n % 2 == 0)
            on.answer(200, R"({"name":"n"})");
        else
            on.answer(429, "{}", request.header("x-want") + "\r\n");
    }));
    const auto on = channel_to(server.url(), quick());
    const auto waited = [&](const std::string& header) {
        call_options options;
        options.headers.add("x-want", header);
        return invoke<item>(*on, get("/"), options).info.timings.waited;
    };
    EXPECT_EQ(waited("retry-after-ms: 1234"), 1234ms);
    EXPECT_EQ(waited("retry-after: 3"), 3s);
}

TEST(Retries, ALongerWaitIsReturnedAsTheErrorItIs) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(429, "{}", "retry-after: 61\r\n"); }));
    const auto on = channel_to(server.url(), quick());
    const auto answer = try_invoke<item>(*on, get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::rate_limit);
    EXPECT_EQ(answer.error().attempts, 1);
    EXPECT_EQ(answer.error().retry_after, 61s);
}

TEST(Retries, ServersOverrideTheRule) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        if (request.head.target == "/never")
            on.answer(503, "{}", "x-should-retry: false\r\n");
        else
            on.answer(400, "{}", "x-should-retry: true\r\n");
    }));
    const auto on = channel_to(server.url(), quick());
    EXPECT_EQ(try_invoke<item>(*on, get("/never")).error().attempts, 1);
    EXPECT_EQ(try_invoke<item>(*on, get("/always")).error().attempts, 3);
}

TEST(Retries, NoPauseGoesBeyondTheTotalDeadline) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(503, "{}", "retry-after: 50\r\n"); }));
    const auto on = channel_to(server.url());
    call_options options;
    options.timeout.total = 40s;
    const auto answer = try_invoke<item>(*on, get("/"), options);
    EXPECT_EQ(answer.error().kind, error_kind::internal_server);
    EXPECT_EQ(answer.error().attempts, 1);
}

TEST(StaleConnections, GetOneMoreAttempt) {
    // Every connection answers once and is closed when the second request has arrived.
    scripted_server server([](session& on) {
        if (!on.read_request()) return;
        on.answer(200, R"({"name":"n"})");
        (void)on.read_request();
    });
    client_options options;
    options.max_retries = 0;
    const auto on = channel_to(server.url(), options);
    EXPECT_EQ(invoke<item>(*on, get("/")).info.attempts, 1);
    const auto second = invoke<item>(*on, post("/", "{}"));
    EXPECT_EQ(second.info.attempts, 2);
    EXPECT_FALSE(second.info.connection_reused);
    call::spec single = post("/", "{}");
    single.replayable = false;
    EXPECT_EQ(try_invoke<item>(*on, single).error().kind, error_kind::connection);
}

TEST(StaleConnections, NotAfterAByteOfTheAnswer) {
    scripted_server server([n = std::make_shared<std::atomic<int>>(0)](session& on) {
        ++*n;
        if (!on.read_request()) return;
        on.answer(200, R"({"name":"n"})");
        if (!on.read_request()) return;
        on.send("H");
    });
    client_options options;
    options.max_retries = 0;
    const auto on = channel_to(server.url(), options);
    EXPECT_TRUE(try_invoke<item>(*on, get("/")));
    const auto second = try_invoke<item>(*on, get("/"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, error_kind::connection);
    EXPECT_EQ(second.error().attempts, 1);
}

TEST(StaleConnections, TheNewConnectionGetsNoMore) {
    scripted_server server([n = std::make_shared<std::atomic<int>>(0)](session& on) {
        if (!on.read_request()) return;
        if (++*n > 1) return;
        on.answer(200, R"({"name":"n"})");
        (void)on.read_request();
    });
    client_options options;
    options.max_retries = 0;
    const auto on = channel_to(server.url(), options);
    EXPECT_TRUE(try_invoke<item>(*on, get("/")));
    const auto second = try_invoke<item>(*on, get("/"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().attempts, 2);
    EXPECT_EQ(server.connections(), 2);
}

TEST(StaleConnections, ClosedOnesAreSeenBeforeTheyAreUsed) {
    gate closed;
    scripted_server server([&, n = std::make_shared<std::atomic<int>>(0)](session& on) {
        const bool first = ++*n == 1;
        while (on.read_request()) {
            on.answer(200, R"({"name":"n"})");
            if (!first) continue;
            on.shut_down();
            closed.open();
            return;
        }
    });
    const auto on = channel_to(server.url());
    EXPECT_EQ(invoke<item>(*on, get("/")).info.attempts, 1);
    closed.wait();
    call::spec single = post("/", "{}");
    single.replayable = false;
    EXPECT_EQ(invoke<item>(*on, single).info.attempts, 1);
}

TEST(StaleConnections, IdleOnesAreDropped) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(200, R"({"name":"n"})"); }));
    manual_clock clock;
    client_options options;
    options.clock = &clock;
    options.max_connection_idle = 10s;
    const auto on = channel_to(server.url(), options);
    EXPECT_FALSE(invoke<item>(*on, get("/")).info.connection_reused);
    clock.advance(9s);
    EXPECT_TRUE(invoke<item>(*on, get("/")).info.connection_reused);
    clock.advance(10s);
    EXPECT_FALSE(invoke<item>(*on, get("/")).info.connection_reused);
}

TEST(Redirects, SameOriginIsFollowedWithCredentials) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        EXPECT_EQ(request.header("authorization"), "Bearer key-123");
        if (request.head.target == "/a/b") return (void)on.answer(307, "", "location: ../c?x=1\r\n");
        EXPECT_EQ(request.head.target, "/c?x=1");
        EXPECT_EQ(request.head.method, "POST");
        EXPECT_EQ(request.body, "{}");
        on.answer(200, R"({"name":"n"})");
    }));
    client_options options;
    options.api_key = "key-123";
    const auto on = channel_to(server.url(), options);
    EXPECT_EQ(invoke<item>(*on, post("/a/b", "{}")).name, "n");
}

TEST(Redirects, AnotherOriginGetsNoCredentials) {
    scripted_server other(for_each_request([](session& on, const received_request& request, int) {
        EXPECT_FALSE(request.head.headers.contains("authorization"));
        EXPECT_FALSE(request.head.headers.contains("x-mine"));
        EXPECT_FALSE(request.head.headers.contains("cookie"));
        EXPECT_EQ(request.body, "{}");
        on.answer(200, R"({"name":"n"})");
    }));
    scripted_server server(for_each_request([&](session& on, const received_request& request, int) {
        EXPECT_EQ(request.header("x-mine"), "secret");
        on.answer(308, "", "location: " + other.url() + "/\r\n");
    }));
    client_options options;
    options.api_key = "key-123";
    options.headers = {{"x-mine", "secret"}, {"cookie", "a=b"}};
    const auto on = channel_to(server.url(), options);
    EXPECT_EQ(invoke<item>(*on, post("/", "{}")).name, "n");
}

TEST(Redirects, SeeOtherBecomesGet) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        if (request.head.target == "/") return (void)on.answer(303, "", "location: /got\r\n");
        EXPECT_EQ(request.head.method, "GET");
        EXPECT_EQ(request.body, "");
        on.answer(200, R"({"name":"n"})");
    }));
    EXPECT_EQ(invoke<item>(*channel_to(server.url()), post("/", "{}")).name, "n");
}

TEST(Redirects, ChainsEnd) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(302, "", "location: /again\r\n"); }));
    const auto answer = try_invoke<item>(*channel_to(server.url()), get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::protocol);
}

}  // namespace
}  // namespace tessera::test
