#include <gtest/gtest.h>

#include "support.hpp"

namespace tessera::server::testing {
namespace {

const std::string models = "/cerebras/v1/models";

raw_response ask(const std::string& bytes, std::string_view method = "GET") {
    return running_server::shared().ask(bytes, method);
}

TEST(session, every_answer_has_date_id_server_and_length) {
    const raw_response got = ask(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.headers.contains("date"));
    EXPECT_TRUE(got.header("x-request-id").starts_with("req_"));
    EXPECT_TRUE(got.header("server").starts_with("tessera/"));
    EXPECT_EQ(got.header("content-length"), std::to_string(got.body.size()));
    EXPECT_NE(got.header("x-request-id"), ask(head_of("GET", "/nowhere")).header("x-request-id"));
}

TEST(session, a_connection_serves_many_requests) {
    raw_client client(running_server::shared().port());
    for (int i = 0; i < 3; ++i) {
        client.send(head_of("GET", models, key_line));
        EXPECT_EQ(client.receive().status, 200);
    }
}

TEST(session, pipelined_requests_are_answered_in_order) {
    raw_client client(running_server::shared().port());
    client.send(head_of("GET", models, key_line) + head_of("GET", "/nowhere") +
                post_of("/cerebras/v1/chat/completions", "{}") + head_of("HEAD", models, key_line) +
                head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(client.receive().status, 404);
    EXPECT_EQ(client.receive("POST").status, 422);
    EXPECT_EQ(client.receive("HEAD").status, 200);
    EXPECT_EQ(client.receive().json()["status"], "ok");
}

TEST(session, bytes_may_come_one_at_a_time) {
    raw_client client(running_server::shared().port());
    for (const char byte : head_of("GET", models, key_line)) client.send({&byte, 1});
    EXPECT_EQ(client.receive().status, 200);
}

TEST(session, more_pipelined_bytes_than_the_read_buffer_holds) {
    raw_client client(running_server::shared().port());
    std::string all;
    for (int i = 0; i < 400; ++i) all += head_of("GET", "/_tessera/health");
    client.send(all);
    for (int i = 0; i < 400; ++i) ASSERT_EQ(client.receive().status, 200) << i;
}

TEST(session, head_is_get_without_the_body) {
    const raw_response get = ask(head_of("GET", models, key_line));
    const raw_response head = ask(head_of("HEAD", models, key_line), "HEAD");
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), get.header("content-length"));
    EXPECT_TRUE(head.body.empty());
}

TEST(session, unknown_paths_and_methods) {
    EXPECT_EQ(ask(head_of("GET", "/")).status, 404);
    EXPECT_EQ(ask(head_of("GET", models + "/")).status, 404);
    EXPECT_EQ(ask(head_of("GET", "/cerebras/v1/%zz", key_line)).status, 404);
    const raw_response got = ask(head_of("DELETE", models, key_line), "DELETE");
    EXPECT_EQ(got.status, 405);
    EXPECT_EQ(got.header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(ask(head_of("GET", "/cerebras/v1/chat/completions")).header("allow"),
              "POST, OPTIONS");
    EXPECT_EQ(got.json()["code"], "method_not_allowed");
    EXPECT_EQ(ask(head_of("OPTIONS", "/nowhere"), "OPTIONS").status, 404);
}

TEST(session, absolute_form_and_encoded_paths_lead_to_the_same_place) {
    EXPECT_EQ(ask(head_of("GET", "http://localhost/_tessera/health")).status, 200);
    EXPECT_EQ(ask(head_of("GET", "/_tessera/h%65alth?x=1")).status, 200);
    EXPECT_EQ(ask(head_of("OPTIONS", "*"), "OPTIONS").status, 204);
}

TEST(session, pages_of_this_machine_may_read_the_answers) {
    const std::string origin = "origin: http://localhost:3000\r\n";
    const raw_response asked =
        ask(head_of("OPTIONS", models,
                    origin + "access-control-request-method: GET\r\n"
                             "access-control-request-headers: authorization, x-own\r\n"),
            "OPTIONS");
    EXPECT_EQ(asked.status, 204);
    EXPECT_EQ(asked.header("access-control-allow-origin"), "http://localhost:3000");
    EXPECT_EQ(asked.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(asked.header("access-control-allow-headers"), "authorization, x-own");
    EXPECT_EQ(asked.header("allow"), "GET, HEAD, OPTIONS");
    const raw_response got = ask(head_of("GET", models, origin + key_line));
    EXPECT_EQ(got.header("access-control-allow-origin"), "http://localhost:3000");
    for (const char* foreign : {"http://example.com", "null", "http://localhost.example.com"}) {
        const std::string line = std::string("origin: ") + foreign + "\r\n";
        EXPECT_EQ(
            ask(head_of("GET", models, line + key_line)).header("access-control-allow-origin"),
            "(absent)");
        EXPECT_EQ(
            ask(head_of("OPTIONS", models, line), "OPTIONS").header("access-control-allow-methods"),
            "(absent)");
    }
}

TEST(session, http_1_0_closes_unless_asked_to_stay) {
    raw_client client(running_server::shared().port());
    client.send("GET /_tessera/health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.receive().header("connection"), "keep-alive");
    client.send("GET /_tessera/health HTTP/1.0\r\n\r\n");
    EXPECT_EQ(client.receive().header("connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST(session, connection_close_is_honoured) {
    raw_client client(running_server::shared().port());
    client.send(head_of("GET", "/_tessera/health", "connection: close\r\n") +
                head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive().header("connection"), "close");
    EXPECT_EQ(client.rest(), "");
}

TEST(session, a_half_closed_client_gets_its_answer) {
    raw_client client(running_server::shared().port());
    client.send(head_of("GET", "/_tessera/health"));
    client.send_end();
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.ends());
}

TEST(session, malformed_requests_end_the_connection) {
    struct wrong {
        std::string bytes;
        int status;
    };
    const wrong all[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},                   // no Host
        {"GET / HTTP/1.1\nhost: a\n\n", 400},              // bare LF
        {"GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400},       // space before the colon
        {"GET / HTTP/1.1\r\nhost: a\r\n b\r\n\r\n", 400},  // folded line
        {"GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505},
        {"GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501},
        {"GET / HTTP/1.1\r\nhost: a\r\nx: " + std::string(20000, 'x') + "\r\n\r\n", 431},
    };
    for (const wrong& each : all) {
        raw_client client(running_server::shared().port());
        client.send(each.bytes);
        const raw_response got = client.receive();
        EXPECT_EQ(got.status, each.status) << each.bytes.substr(0, 80);
        EXPECT_EQ(got.header("connection"), "close");
        EXPECT_TRUE(got.json().contains("message"));
        EXPECT_TRUE(client.ends());
    }
}

TEST(session, chunked_bodies_are_read_and_what_follows_too) {
    raw_client client(running_server::shared().port());
    client.send(
        head_of("POST", "/cerebras/v1/chat/completions",
                "content-type: application/json\r\ntransfer-encoding: chunked\r\n" + key_line) +
        "1;x=y\r\n{\r\n1\r\n}\r\n0\r\ntrailer: t\r\n\r\n" + head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive("POST").status, 422);
    EXPECT_EQ(client.receive().status, 200);
}

TEST(session, continue_is_sent_before_a_body_that_is_wanted) {
    raw_client client(running_server::shared().port());
    const std::string head =
        head_of("POST", "/cerebras/v1/chat/completions",
                "content-type: application/json\r\ncontent-length: 2\r\nexpect: 100-continue\r\n" +
                    key_line);
    client.send(head);
    while (client.unread().empty() && client.more()) {
    }
    EXPECT_EQ(client.unread(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}");
    const raw_response got = client.receive("POST");
    EXPECT_TRUE(got.continued);
    EXPECT_EQ(got.status, 422);
}

TEST(session, continue_is_not_sent_for_a_body_that_is_refused) {
    raw_client client(running_server::shared().port());
    client.send(head_of("POST", "/cerebras/v1/chat/completions",
                        "content-type: application/json\r\ncontent-length: 2\r\n"
                        "expect: 100-continue\r\n"));
    const raw_response got = client.receive("POST");
    EXPECT_FALSE(got.continued);
    EXPECT_EQ(got.status, 401);
    EXPECT_EQ(got.header("connection"), "close");
}

TEST(session, a_refused_request_with_its_body_keeps_the_connection) {
    raw_client client(running_server::shared().port());
    client.send(post_of("/cerebras/v1/chat/completions", "{}", ""));
    EXPECT_EQ(client.receive("POST").status, 401);
    client.send(head_of("GET", "/_tessera/health"));
    EXPECT_EQ(client.receive().status, 200);
}

}  // namespace
}  // namespace tessera::server::testing
