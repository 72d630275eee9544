#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::open_stream;
using call::try_open_stream;
using namespace std::chrono_literals;

std::string json_of(const std::string& part) { return R"({"part":")" + part + R"("})"; }

TEST(Streams, ChunksComeInOrderAndTheConnectionIsKept) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream("x-request-id: r\r\n");
        for (const char* part : {"a", "b", "c"}) on.event(json_of(part));
        on.chunk(": a comment\n\n");
        on.event("[DONE]");
        on.end_stream();
    }));
    client_options options;
    options.clock = &no_time_passes;
    const auto on = channel_to(server.url(), options);
    for (int round = 0; round < 3; ++round) {
        std::string text;
        event_stream<piece> stream = open_stream<piece>(*on, post("/", "{}"));
        EXPECT_EQ(stream.info().request_id, "r");
        EXPECT_EQ(stream.info().attempts, 1);
        for (const piece& each : stream) text += each.text();
        EXPECT_EQ(text, "abc");
        EXPECT_FALSE(*stream.next());
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(Streams, AnySplitOfTheBytes) {
    const std::string body =
        "data: " + json_of("a") + "\n\ndata: " + json_of("b") + "\n\ndata: [DONE]\n\n";
    scripted_server server(for_each_request([&](session& on, const received_request& request, int) {
        const std::size_t split = std::stoul(request.head.target.substr(1));
        on.begin_stream();
        on.chunk(body.substr(0, split));
        on.chunk(body.substr(split));
        on.end_stream();
    }));
    const auto on = channel_to(server.url());
    for (std::size_t split = 1; split < body.size(); ++split) {
        std::string text;
        for (const piece& each : open_stream<piece>(*on, get("/" + std::to_string(split))))
            text += each.text();
        EXPECT_EQ(text, "ab") << split;
    }
}

TEST(Streams, RefusedRequestsFailWhenTheyAreOpened) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.answer(422, R"({"detail":[{"loc":["body","model"],"msg":"missing","type":"missing"}]})");
    }));
    const auto on = channel_to(server.url());
    const auto stream = try_open_stream<piece>(*on, get("/"));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, error_kind::unprocessable);
    EXPECT_EQ(stream.error().message, "body.model: missing (HTTP 422)");
    EXPECT_THROW((void)open_stream<piece>(*on, get("/")), unprocessable_error);
}

TEST(Streams, AreRetriedUntilTheFirstEvent) {
    scripted_server server([n = std::make_shared<std::atomic<int>>(0)](session& on) {
        const int number = ++*n;
        if (!on.read_request()) return;
        switch (number) {
            case 1:
                on.answer(429, "{}", "connection: close\r\n");
                return;
            case 2:  // overloaded, told in the stream
                on.begin_stream();
                on.event(R"({"status_code":503,"error":{"message":"overloaded"}})");
                return;
            case 3:  // broken off before anything came
                on.begin_stream();
                on.chunk(": wait\n\n");
                return;
            default:
                on.begin_stream();
                on.event(json_of("a"));
                on.event("[DONE]");
                on.end_stream();
        }
    });
    client_options options = quick();
    options.max_retries = 3;
    const auto on = channel_to(server.url(), options);
    event_stream<piece> stream = open_stream<piece>(*on, get("/"));
    EXPECT_EQ(stream.info().attempts, 4);
    std::string text;
    for (const piece& each : stream) text += each.text();
    EXPECT_EQ(text, "a");
}

TEST(Streams, AreNeverReplayedAfterwards) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.event(json_of("b"));
        if (request.head.target == "/error")
            on.event(R"({"status_code":503,"error":{"message":"overloaded"}})");
        on.shut_down();
    }));
    const auto on = channel_to(server.url(), quick());
    {
        event_stream<piece> stream = open_stream<piece>(*on, get("/"));
        EXPECT_EQ((*stream.next())->part, "a");
        EXPECT_EQ((*stream.next())->part, "b");
        const auto end = stream.next();
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().kind, error_kind::incomplete_stream);
        EXPECT_EQ(end.error().body, "ab");
        EXPECT_EQ(stream.next().error().kind, error_kind::incomplete_stream);
    }
    {
        event_stream<piece> stream = open_stream<piece>(*on, get("/error"));
        (void)stream.next();
        (void)stream.next();
        const auto end = stream.next();
        ASSERT_FALSE(end);
        EXPECT_EQ(end.error().kind, error_kind::internal_server);
        EXPECT_EQ(end.error().status, 503);
        EXPECT_NE(end.error().message.find("overloaded"), std::string::npos);
    }
    EXPECT_EQ(server.connections(), 2);
    event_stream<piece> stream = open_stream<piece>(*on, get("/"));
    EXPECT_THROW(for (const piece& each : stream)(void) each, incomplete_stream_error);
}

TEST(Streams, AnEndWithoutTheTerminatorIsIncomplete) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.end_stream();
    }));
    const auto on = channel_to(server.url(), quick());
    event_stream<piece> stream = open_stream<piece>(*on, get("/"));
    (void)stream.next();
    EXPECT_EQ(stream.next().error().kind, error_kind::incomplete_stream);

    call::spec by_close = get("/");
    by_close.end = call::stream_end::close;
    std::string text;
    for (const piece& each : open_stream<piece>(*on, by_close)) text += each.text();
    EXPECT_EQ(text, "a");
}

TEST(Streams, OtherTerminators) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.chunk("event: message_start\ndata: " + json_of("a") + "\n\n");
        on.chunk("event: message_stop\ndata: " + json_of("z") + "\n\n");
        on.chunk("event: extra\ndata: " + json_of("!") + "\n\n");
        on.end_stream();
    }));
    const auto on = channel_to(server.url());
    call::spec request = get("/");
    request.end = call::stream_end::at_event("message_stop");
    std::string text;
    for (const piece& each : open_stream<piece>(*on, request)) text += each.text();
    EXPECT_EQ(text, "az");
}

TEST(Streams, UnreadableChunksAreDecodeErrors) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.event(R"({"part":7})");
        on.event(json_of("b"));
    }));
    event_stream<piece> stream = open_stream<piece>(*channel_to(server.url()), get("/"));
    EXPECT_EQ((*stream.next())->part, "a");
    const auto bad = stream.next();
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, error_kind::decode);
    EXPECT_EQ(bad.error().body, "a");
    EXPECT_FALSE(stream.next());
}

TEST(Streams, JsonWhereAStreamWasAskedForIsRefused) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(200, R"({"part":"a"})"); }));
    const auto stream = try_open_stream<piece>(*channel_to(server.url()), get("/"));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, error_kind::protocol);
    EXPECT_EQ(stream.error().body, R"({"part":"a"})");
}

TEST(Streams, ASlowReaderSlowsTheServerDown) {
    std::atomic<std::size_t> sent = 0;
    gate stuck;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        const std::string large(64 * 1024, 'x');
        timeval patience{0, 50'000};
        ::setsockopt(on.native(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        while (on.event(json_of(large))) {
            sent += large.size();
            if (sent > 200u << 20) break;
        }
        stuck.open();
    }));
    event_stream<piece> stream = open_stream<piece>(*channel_to(server.url()), get("/"));
    EXPECT_EQ((*stream.next())->part.size(), 64u * 1024);
    stuck.wait();
    EXPECT_LT(sent, 100u << 20);
}

TEST(Streams, DestroyingOneReturnsAtOnce) {
    gate gone;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.wait_for_close();
        gone.open();
    }));
    const auto on = channel_to(server.url());
    const auto began = std::chrono::steady_clock::now();
    {
        event_stream<piece> stream = open_stream<piece>(*on, get("/"));
        (void)stream.next();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_TRUE(gone.wait_for(5s));
    EXPECT_EQ(on->transport().pool.size(), 0u);
}

TEST(Streams, ClosedOnesGiveErrors) {
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.event(json_of("b"));
        on.wait_for_close();
    }));
    event_stream<piece> stream = open_stream<piece>(*channel_to(server.url()), get("/"));
    (void)stream.next();
    stream.close();
    EXPECT_EQ(stream.next().error().kind, error_kind::cancelled);
}

TEST(Streams, ServersThatDoNotEndTheAnswerLoseTheConnection) {
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(json_of("a"));
        on.event("[DONE]");
        on.wait_for_close();
    }));
    const auto on = channel_to(server.url());
    std::string text;
    for (const piece& each : open_stream<piece>(*on, get("/"))) text += each.text();
    EXPECT_EQ(text, "a");
    EXPECT_EQ(on->transport().pool.size(), 0u);
}

TEST(Streams, OversizedEventsAreRefused) {
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        while (on.chunk("data: " + std::string(1000, 'x') + "\n")) {
        }
    }));
    client_options options;
    options.stream_limits.event_bytes = 10000;
    const auto stream = try_open_stream<piece>(*channel_to(server.url(), options), get("/"));
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, error_kind::protocol);
}

}  // namespace
}  // namespace tessera::test
