#include <gtest/gtest.h>

#include <condition_variable>
#include <stop_token>
#include <string>
#include <thread>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::open_stream;
using call::try_invoke;
using call::try_open_stream;
using namespace std::chrono_literals;

client_options once() {
    client_options options;
    options.max_retries = 0;
    return options;
}

void silent(session& on) {
    (void)on.read_request();
    on.wait_for_close();
}

TEST(Deadlines, FirstByte) {
    scripted_server server(silent);
    client_options options = once();
    options.timeout.first_byte = 20ms;
    const auto answer = try_invoke<item>(*channel_to(server.url(), options), get("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
    EXPECT_NE(answer.error().message.find("no byte of an answer within 20 ms"), std::string::npos);
}

TEST(Deadlines, FirstByteIsRetriedAndTotalIsNot) {
    scripted_server server(silent);
    client_options options = quick();
    options.timeout.first_byte = 5s;
    auto answer = try_invoke<item>(*channel_to(server.url(), options), get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
    EXPECT_EQ(answer.error().attempts, 3);
    options.timeout.first_byte = 0s;
    options.timeout.total = 5s;
    answer = try_invoke<item>(*channel_to(server.url(), options), get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
    EXPECT_EQ(answer.error().attempts, 1);
    EXPECT_NE(answer.error().message.find("within 5000 ms"), std::string::npos);
}

TEST(Deadlines, IdleBetweenBytes) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal");
        on.wait_for_close();
    }));
    call_options options;
    options.timeout.idle = 20ms;
    const auto answer = try_invoke<item>(*channel_to(server.url(), once()), get("/"), options);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
    EXPECT_NE(answer.error().message.find("not one more byte"), std::string::npos);
}

TEST(Deadlines, IdleCoversSending) {
    scripted_server server([](session& on) {
        gate never;
        (void)never.wait_for(300ms);
        on.shut_down();
    });
    call_options options;
    options.timeout.idle = 20ms;
    const auto answer = try_invoke<item>(*channel_to(server.url(), once()),
                                         post("/", std::string(64 << 20, 'x')), options);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
}

TEST(Deadlines, ConnectCoversTheNameLookup) {
    // The lookup's thread is left behind, so that what it uses must be its own.
    const auto release = std::make_shared<gate>();
    client_options options = once();
    options.timeout.connect = 20ms;
    options.resolve = [release](const std::string&) -> result<std::vector<std::string>> {
        release->wait();
        return std::vector<std::string>{};
    };
    const auto answer = try_invoke<item>(*channel_to("http://slow.test", options), get("/"));
    release->open();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
    EXPECT_NE(answer.error().message.find("no connection within 20 ms"), std::string::npos);
}

TEST(Deadlines, ConnectCoversTheTlsHandshake) {
    scripted_server server([](session& on) { on.wait_for_close(); });
    client_options options = once();
    options.timeout.connect = 20ms;
    const auto answer =
        try_invoke<item>(*channel_to("https://" + server.authority(), options), get("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, error_kind::timeout);
}

TEST(Deadlines, TotalSparesStreamsUnlessAsked) {
    gate late;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"part":"a"})");
        late.wait();
        on.event(R"({"part":"b"})");
        on.event("[DONE]");
        on.end_stream();
    }));
    manual_clock clock;
    client_options client = once();
    client.clock = &clock;
    const auto on = channel_to(server.url(), client);
    call_options options;
    options.timeout.total_covers_streams = true;
    event_stream<piece> spared = open_stream<piece>(*on, get("/"));
    event_stream<piece> covered = open_stream<piece>(*on, get("/"), options);
    EXPECT_EQ((*spared.next())->part, "a");
    EXPECT_EQ((*covered.next())->part, "a");
    clock.advance(601s);
    const auto ended = covered.next();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, error_kind::timeout);
    EXPECT_EQ(ended.error().body, "a");
    late.open();
    const auto second = spared.next();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ((*second)->part, "b");
    const auto last = spared.next();
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_FALSE(*last);
}

TEST(Deadlines, IdleBetweenEvents) {
    scripted_server server(for_each_request([](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"part":"a"})");
        on.wait_for_close();
    }));
    call_options options;
    options.timeout.idle = 20ms;
    event_stream<piece> stream = open_stream<piece>(*channel_to(server.url(), once()), get("/"), options);
    EXPECT_TRUE(stream.next());
    EXPECT_EQ(stream.next().error().kind, error_kind::timeout);
}

// A stop request from another thread ends the call; `reached` says that it is where it should be.
void expect_cancelled(const std::function<result<void>(std::stop_token)>& run, gate& reached) {
    std::stop_source source;
    std::thread stopper([&] {
        reached.wait();
        source.request_stop();
    });
    const auto began = std::chrono::steady_clock::now();
    const result<void> ended = run(source.get_token());
    stopper.join();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, error_kind::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

result<void> call_with(call::channel& on, std::stop_token stop) {
    call_options options;
    options.stop = std::move(stop);
    auto answer = try_invoke<item>(on, get("/"), options);
    if (!answer) return answer.error();
    return {};
}

TEST(Cancellation, ReachesTheNameLookup) {
    const auto reached = std::make_shared<gate>();
    const auto release = std::make_shared<gate>();
    client_options options;
    options.resolve = [reached, release](const std::string&) -> result<std::vector<std::string>> {
        reached->open();
        release->wait();
        return std::vector<std::string>{};
    };
    const auto on = channel_to("http://slow.test", options);
    expect_cancelled([&](std::stop_token stop) { return call_with(*on, stop); }, *reached);
    release->open();
}

TEST(Cancellation, ReachesTheConnection) {
    gate reached;
    scripted_server server([&](session& on) {
        reached.open();
        on.wait_for_close();
    });
    const auto on = channel_to("https://" + server.authority());
    expect_cancelled([&](std::stop_token stop) { return call_with(*on, stop); }, reached);
}

TEST(Cancellation, ReachesTheRead) {
    gate reached;
    scripted_server server([&](session& on) {
        (void)on.read_request();
        reached.open();
        on.wait_for_close();
    });
    const auto on = channel_to(server.url());
    expect_cancelled([&](std::stop_token stop) { return call_with(*on, stop); }, reached);
}

TEST(Cancellation, ReachesThePause) {
    gate reached;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.answer(503, "{}", "retry-after: 50\r\n");
        reached.open();
    }));
    const auto on = channel_to(server.url());
    expect_cancelled([&](std::stop_token stop) { return call_with(*on, stop); }, reached);
}

TEST(Cancellation, ReachesAStream) {
    gate reached;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.begin_stream();
        on.event(R"({"part":"a"})");
        on.wait_for_close();
    }));
    const auto on = channel_to(server.url());
    expect_cancelled(
        [&](std::stop_token stop) -> result<void> {
            call_options options;
            options.stop = stop;
            event_stream<piece> stream = open_stream<piece>(*on, get("/"), options);
            (void)stream.next();
            reached.open();
            auto next = stream.next();
            if (!next) return next.error();
            return {};
        },
        reached);
}

TEST(Cancellation, StoppedTokensStopAtOnce) {
    scripted_server server([](session& on) { EXPECT_FALSE(on.read_request()); });
    std::stop_source source;
    source.request_stop();
    const auto on = channel_to(server.url());
    EXPECT_EQ(call_with(*on, source.get_token()).error().kind, error_kind::cancelled);
    EXPECT_EQ(server.connections(), 0);
}

}  // namespace
}  // namespace tessera::test
