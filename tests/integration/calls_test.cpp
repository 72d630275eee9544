#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "integration/call_fixture.hpp"

namespace tessera::test {
namespace {

using call::invoke;
using call::try_invoke;
using namespace std::chrono_literals;

TEST(Calls, ResultCarriesEverything) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        EXPECT_EQ(request.head.method, "GET");
        EXPECT_EQ(request.head.target, "/api/v1/items?q=a%20b");
        EXPECT_EQ(request.header("host"),
                  std::string("127.0.0.1:") + request.header("host").substr(10));
        EXPECT_EQ(request.header("authorization"), "Bearer key-123");
        on.answer(200, R"({"name":"n","size":3})",
                  "x-request-id: req-1\r\n"
                  "x-ratelimit-limit-requests-day: 1000\r\n"
                  "x-ratelimit-remaining-requests-day: 999\r\n"
                  "x-ratelimit-reset-requests-day: 33011.382867\r\n"
                  "x-ratelimit-limit-tokens-minute: 60000\r\n"
                  "x-ratelimit-remaining-tokens-minute: 59990\r\n"
                  "x-ratelimit-reset-tokens-minute: 11.5\r\n");
    }));
    client_options options;
    options.api_key = "key-123";
    const auto on = channel_to(server.url() + "/api/", options);
    call::spec request = get("/v1/items");
    request.query = {{"q", "a b"}};
    const response<item> answer = invoke<item>(*on, request);
    EXPECT_EQ(answer.name, "n");
    EXPECT_EQ(answer.size, 3);
    EXPECT_EQ(answer.info.raw, R"({"name":"n","size":3})");
    EXPECT_EQ(answer.info.request_id, "req-1");
    EXPECT_EQ(answer.info.status, 200);
    EXPECT_EQ(answer.info.attempts, 1);
    EXPECT_FALSE(answer.info.connection_reused);
    EXPECT_EQ(answer.info.rate_limit("requests-day").limit, 1000);
    EXPECT_EQ(answer.info.rate_limit("requests-day").remaining, 999);
    EXPECT_DOUBLE_EQ(answer.info.rate_limit("requests-day").reset->count(), 33011.382867);
    EXPECT_EQ(answer.info.rate_limit("tokens-minute").limit, 60000);
    EXPECT_EQ(answer.info.rate_limit("tokens-minute").remaining, 59990);
    EXPECT_DOUBLE_EQ(answer.info.rate_limit("tokens-minute").reset->count(), 11.5);
    EXPECT_GT(answer.info.timings.connect.count(), 0);
    EXPECT_GT(answer.info.timings.first_byte.count(), 0);
    EXPECT_GE(answer.info.timings.total, answer.info.timings.first_byte);
    EXPECT_EQ(answer.info.headers.find("x-request-id"), "req-1");
}

TEST(Calls, ConnectionsAreKept) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(200, R"({"name":"n"})"); }));
    const auto on = channel_to(server.url());
    EXPECT_FALSE(invoke<item>(*on, get("/")).info.connection_reused);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(invoke<item>(*on, get("/")).info.connection_reused);
    EXPECT_EQ(server.connections(), 1);
}

TEST(Calls, ManyThreadsShareAChannel) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.answer(200, R"({"name":")" + request.head.target + R"("})");
    }));
    const auto on = channel_to(server.url());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&on, t] {
            for (int i = 0; i < 25; ++i) {
                const std::string path = "/" + std::to_string(t) + "-" + std::to_string(i);
                EXPECT_EQ(invoke<item>(*on, get(path)).name, path);
            }
        });
    for (std::thread& each : threads) each.join();
    EXPECT_LE(server.connections(), 4);
}

TEST(Calls, BodiesOfAnySizeArriveWhole) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        EXPECT_EQ(request.header("content-length"), std::to_string(request.body.size()));
        EXPECT_EQ(request.header("content-type"), "application/json");
        on.answer(200, request.body);
    }));
    const auto on = channel_to(server.url());
    for (const std::size_t size : {0u, 1u, 16384u, 16385u, 3000000u}) {
        const std::string body(size, 'x');
        EXPECT_EQ(invoke<std::string>(*on, post("/", body)), body) << size;
    }
}

TEST(Calls, StatusesAreTypedErrors) {
    int status = 0;
    scripted_server server(for_each_request([&](session& on, const received_request&, int) {
        on.answer(status, R"({"message":"so it is","code":"x"})", "x-request-id: r\r\n");
    }));
    client_options options;
    options.max_retries = 0;
    const auto on = channel_to(server.url(), options);
    const std::vector<std::pair<int, error_kind>> kinds = {
        {400, error_kind::bad_request},
        {401, error_kind::authentication},
        {403, error_kind::permission_denied},
        {404, error_kind::not_found},
        {409, error_kind::conflict},
        {422, error_kind::unprocessable},
        {429, error_kind::rate_limit},
        {500, error_kind::internal_server},
        {503, error_kind::internal_server},
        {418, error_kind::api},
        {304, error_kind::api},
    };
    for (const auto& [sent, kind] : kinds) {
        status = sent;
        if (sent == 304) continue;
        const auto answer = try_invoke<item>(*on, get("/"));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, kind);
        EXPECT_EQ(answer.error().status, sent);
        EXPECT_EQ(answer.error().request_id, "r");
        EXPECT_EQ(answer.error().attempts, 1);
        EXPECT_EQ(answer.error().body, R"({"message":"so it is","code":"x"})");
        EXPECT_EQ(answer.error().message, "so it is (HTTP " + std::to_string(sent) + ")");
    }
    status = 404;
    EXPECT_THROW(invoke<item>(*on, get("/")), not_found_error);
    status = 500;
    EXPECT_THROW(invoke<item>(*on, get("/")), internal_server_error);
}

TEST(Calls, AnswersThatCannotBeReadAreDecodeErrors) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.answer(200, request.head.target == "/type" ? R"({"name":7})" : R"({"name":)",
                  "x-request-id: r9\r\n");
    }));
    const auto on = channel_to(server.url());
    for (const char* path : {"/type", "/text"}) {
        const auto answer = try_invoke<item>(*on, get(path));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, error_kind::decode);
        EXPECT_EQ(answer.error().request_id, "r9");
        EXPECT_EQ(answer.error().status, 200);
        EXPECT_FALSE(answer.error().body.empty());
    }
    EXPECT_NE(try_invoke<item>(*on, get("/type")).error().message.find("name"), std::string::npos);
}

TEST(Calls, HeadersWithControlCharactersAreRefusedBeforeAByteIsSent) {
    scripted_server server([](session& on) { EXPECT_FALSE(on.read_request()); });
    const auto on = channel_to(server.url());
    using namespace std::string_literals;
    for (const std::string& value : {"a\r\nb: c"s, "a\nb"s, "a\0b"s, "a\rb"s}) {
        call_options options;
        options.headers.add("x-note", value);
        const auto answer = try_invoke<item>(*on, get("/"), options);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().kind, error_kind::invalid_argument);
        EXPECT_EQ(answer.error().message.find("b: c"), std::string::npos);
    }
    call_options options;
    options.headers.add("bad name", "x");
    EXPECT_EQ(try_invoke<item>(*on, get("/"), options).error().kind, error_kind::invalid_argument);
    options.headers = {{"Content-Length", "7"}};
    EXPECT_EQ(try_invoke<item>(*on, get("/"), options).error().kind, error_kind::invalid_argument);

    client_options with_key;
    with_key.api_key = "secret\r\nx: y";
    const auto smuggler = channel_to(server.url(), with_key);
    const auto answer = try_invoke<item>(*smuggler, get("/"));
    EXPECT_EQ(answer.error().kind, error_kind::invalid_argument);
    EXPECT_EQ(answer.error().message.find("secret"), std::string::npos);
    EXPECT_EQ(server.connections(), 0);
}

TEST(Calls, SecretsThatServersEchoAreRedacted) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        on.answer(401, R"({"message":"bad key )" + request.header("authorization") + R"("})");
    }));
    client_options options;
    options.api_key = "sk-very-secret";
    const auto on = channel_to(server.url(), options);
    const auto answer = try_invoke<item>(*on, get("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "bad key Bearer [redacted] (HTTP 401)");
    EXPECT_EQ(answer.error().body.find("sk-very-secret"), std::string::npos);
}

TEST(Calls, BadUrlsAreRefusedWhenTheClientIsMade) {
    EXPECT_THROW(channel_to("ftp://x"), invalid_argument_error);
    EXPECT_THROW(channel_to("http://user:password@x"), invalid_argument_error);
    client_options options;
    options.proxy = "https://proxy";
    EXPECT_THROW(channel_to("http://x", options), invalid_argument_error);
    options.proxy.reset();
    options.headers.add("a", "b\nc");
    EXPECT_THROW(channel_to("http://x", options), invalid_argument_error);
}

TEST(Calls, LimitsOnAnswersHold) {
    scripted_server server(for_each_request([](session& on, const received_request& request, int) {
        if (request.head.target == "/long")
            on.answer(200, std::string(2000, 'x'));
        else if (request.head.target == "/endless")
            while (on.send("X-Filler: " + std::string(1000, 'x') + "\r\n")) {
            }
        else
            on.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
    }));
    client_options options;
    options.max_response_bytes = 1000;
    const auto on = channel_to(server.url(), options);
    for (const char* path : {"/long", "/endless", "/both"})
        EXPECT_EQ(try_invoke<std::string>(*on, get(path)).error().kind, error_kind::protocol)
            << path;
}

TEST(Calls, WarmOpensAConnectionAhead) {
    scripted_server server(for_each_request(
        [](session& on, const received_request&, int) { on.answer(200, R"({"name":"n"})"); }));
    const auto on = channel_to(server.url());
    EXPECT_EQ(server.connections(), 0);
    call::warm(*on);
    EXPECT_EQ(on->transport().pool.size(), 1u);
    EXPECT_TRUE(invoke<item>(*on, get("/")).info.connection_reused);
    EXPECT_EQ(server.connections(), 1);

    client_options options;
    options.warm = true;
    const auto warm = channel_to(server.url(), options);
    EXPECT_EQ(warm->transport().pool.size(), 1u);
    options.warm = false;
    EXPECT_EQ(channel_to(server.url(), options)->transport().pool.size(), 0u);
    options.warm = true;
    EXPECT_NO_THROW(channel_to("http://127.0.0.1:1", options));
}

}  // namespace
}  // namespace tessera::test
