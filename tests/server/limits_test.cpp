#include <gtest/gtest.h>

#include <thread>

#include "support.hpp"

namespace tessera::server::testing {
namespace {

using std::chrono::milliseconds;

options with_limits(connection_limits limits) {
    options made = tiny_options();
    made.limits = limits;
    return made;
}

TEST(limits, a_body_that_is_too_large_is_413) {
    running_server server(with_limits({.body_bytes = 1000}));
    const std::string head = "content-type: application/json\r\n" + key_line;
    const raw_response by_length = server.ask(
        head_of("POST", "/cerebras/v1/completions", head + "content-length: 1001\r\n"), "POST");
    EXPECT_EQ(by_length.status, 413);
    EXPECT_EQ(by_length.header("connection"), "close");
    EXPECT_TRUE(by_length.headers.contains("x-ratelimit-limit-requests-day"));
    const std::string chunk = "200\r\n" + std::string(512, ' ') + "\r\n";
    const raw_response by_chunks = server.ask(
        head_of("POST", "/cerebras/v1/completions", head + "transfer-encoding: chunked\r\n") +
            chunk + chunk,
        "POST");
    EXPECT_EQ(by_chunks.status, 413);
    EXPECT_EQ(server.post("/cerebras/v1/completions", json::value::object()).status, 422);
}

TEST(limits, slow_heads_and_bodies_are_408) {
    running_server server(
        with_limits({.head_timeout = milliseconds(40), .body_timeout = milliseconds(40)}));
    raw_client head(server.port());
    head.send("GET / HT");
    EXPECT_EQ(head.receive().status, 408);
    EXPECT_TRUE(head.ends());
    raw_client body(server.port());
    body.send(head_of("POST", "/cerebras/v1/completions",
                      "content-type: application/json\r\ncontent-length: 9\r\n" + key_line) +
              "{");
    EXPECT_EQ(body.receive("POST").status, 408);
    EXPECT_TRUE(body.ends());
}

TEST(limits, idle_connections_are_closed_in_silence) {
    running_server server(with_limits({.idle_timeout = milliseconds(40)}));
    raw_client client(server.port());
    EXPECT_EQ(client.rest(), "");
    raw_client used(server.port());
    used.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(used.receive().status, 200);
    EXPECT_EQ(used.rest(), "");
}

TEST(limits, connections_beyond_the_limit_are_turned_away) {
    running_server server(with_limits({.connections = 2}));
    raw_client first(server.port());
    raw_client second(server.port());
    for (raw_client* each : {&first, &second}) {
        each->send(head_of("GET", "/_tessera/health"));
        EXPECT_EQ(each->receive().status, 200);
    }
    raw_client third(server.port());
    const raw_response got = third.receive();
    EXPECT_EQ(got.status, 503);
    EXPECT_EQ(got.header("retry-after"), "1");
    first.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(first.receive().status, 200);
}

// A client that asks and asks and reads nothing.
TEST(limits, a_client_that_does_not_read_is_not_served_on_and_cut_in_the_end) {
    running_server server(
        with_limits({.write_buffer = 64 * 1024, .write_timeout = milliseconds(200)}));
    raw_client client(server.port());
    client.socket().set_option(asio::socket_base::receive_buffer_size(4096));
    const std::string request = head_of("GET", "/_tessera/openapi/cerebras.json");
    client.socket().non_blocking(true);
    std::error_code error;
    // Sending stops at last, since the server stops reading; then the server closes.
    while (!error || error == asio::error::would_block) {
        asio::write(client.socket(), asio::buffer(request), error);
        std::this_thread::yield();
    }
    EXPECT_TRUE(error == asio::error::connection_reset || error == asio::error::broken_pipe)
        << error.message();
    raw_client other(server.port());
    other.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(other.receive().status, 200);
}

TEST(limits, stopping_closes_idle_connections_and_refuses_new_ones) {
    auto server = std::make_unique<running_server>();
    const std::uint16_t port = server->port();
    raw_client client(port);
    client.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive().status, 200);
    server->stop();
    EXPECT_EQ(client.rest(), "");
    EXPECT_THROW(raw_client{port}, std::system_error);
}

TEST(limits, stopping_lets_an_answer_end) {
    auto server = std::make_unique<running_server>();
    raw_client client(server->port());
    client.send(post_of(
        "/cerebras/v1/completions",
        R"({"model":"llama3.1-8b","prompt":"a","max_tokens":300,"min_tokens":300,"stream":true})"));
    while (client.unread().find("data:") == std::string_view::npos && client.more()) {
    }
    std::thread stopping([&] { server->stop(); });
    const raw_response got = client.receive("POST");
    EXPECT_TRUE(got.whole);
    EXPECT_EQ(got.chunks().back()["choices"][0]["finish_reason"], "length");
    EXPECT_TRUE(client.ends());
    client.close();
    stopping.join();
}

TEST(limits, stopping_does_not_wait_for_ever) {
    options settings = tiny_options();
    settings.limits.drain_timeout = milliseconds(30);
    auto server = std::make_unique<running_server>(settings);
    raw_client client(server->port());
    client.send(post_of("/cerebras/v1/completions",
                        R"({"model":"llama3.1-8b","prompt":"a","min_tokens":-1,"stream":true})",
                        key_line + "x-delay-time: 600\r\n"));
    raw_client other(server->port());
    other.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(other.receive().status, 200);
    server->stop();
    EXPECT_FALSE(client.receive("POST").whole);
}

}  // namespace
}  // namespace tessera::server::testing
