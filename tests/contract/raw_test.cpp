// Bytes that no client of ours would send, beyond those that the server's own tests know.
#include <gtest/gtest.h>

#include <string>

#include "server/support.hpp"

namespace tessera::contract {
namespace {

using server::testing::head_of;
using server::testing::key_line;
using server::testing::post_of;
using server::testing::raw_client;
using server::testing::raw_response;
using server::testing::running_server;

const std::string completions = "/cerebras/v1/completions";
const std::string start = "POST " + completions + " HTTP/1.1\r\nhost: a\r\n" + key_line +
                          "content-type: application/json\r\n";

// The answer, and that the connection ends after it.
raw_response refusal_of(const std::string& bytes) {
    raw_client client(running_server::shared().port());
    client.send(bytes);
    const raw_response got = client.receive("POST");
    EXPECT_EQ(got.header("connection"), "close") << bytes.substr(0, 200);
    EXPECT_TRUE(client.ends());
    return got;
}

TEST(raw, lengths_that_are_no_lengths) {
    for (const char* length : {"+2", "-1", "2,3", "0x2", "2 2", "", "1e1"})
        EXPECT_EQ(refusal_of(start + "content-length: " + length + "\r\n\r\n{}").status, 400)
            << length;
    // So large a body is not waited for.
    for (const char* length : {"18446744073709551615", "18446744073709551616"})
        EXPECT_EQ(refusal_of(start + "content-length: " + length + "\r\n\r\n{}").status, 413)
            << length;
}

TEST(raw, chunks_that_are_no_chunks) {
    for (const char* chunks : {"x\r\n", "-1\r\n", "2\n{}\r\n", "2\r\n{}0\r\n\r\n", "\r\n",
                               "ffffffffffffffff1\r\n", "2 \r\n{}\r\n0\r\n\r\n"})
        EXPECT_EQ(refusal_of(start + "transfer-encoding: chunked\r\n\r\n" + chunks).status, 400)
            << chunks;
    const raw_response codings =
        refusal_of(start + "transfer-encoding: chunked, gzip\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    EXPECT_TRUE(codings.status == 400 || codings.status == 501) << codings.status;
}

TEST(raw, heads_that_are_too_much) {
    std::string many = "GET /_tessera/health HTTP/1.1\r\nhost: a\r\n";
    for (int i = 0; i < 1000; ++i) many += "x-" + std::to_string(i) + ": 1\r\n";
    EXPECT_EQ(refusal_of(many + "\r\n").status, 431);
    const std::string far = "GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nhost: a\r\n\r\n";
    const int status = refusal_of(far).status;
    EXPECT_TRUE(status == 414 || status == 431) << status;
}

TEST(raw, fields_with_control_characters) {
    for (const std::string& field :
         {std::string("x: a\0b", 6), std::string("x: a\rb"), std::string("x y: a"),
          std::string(": a"), std::string("x: a\x01"), std::string("\x80: a")})
        EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nhost: a\r\n" + field + "\r\n\r\n").status, 400)
            << field;
}

TEST(raw, another_protocol) {
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(64, '\0'),
          std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), std::string("hello\r\n\r\n")}) {
        const int status = refusal_of(bytes).status;
        EXPECT_TRUE(status == 400 || status == 505) << status;
    }
}

TEST(raw, two_hosts) {
    EXPECT_EQ(refusal_of("GET /_tessera/health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n").status,
              400);
}

// What follows a body is the next request, whatever the body says.
TEST(raw, a_body_cannot_smuggle_a_request) {
    raw_client client(running_server::shared().port());
    const std::string inner = head_of("GET", "/cerebras/v1/models", key_line);
    client.send(post_of(completions, inner) + head_of("GET", "/nowhere"));
    EXPECT_EQ(client.receive("POST").status, 422);
    EXPECT_EQ(client.receive().status, 404);
    client.send(post_of(completions, "{}", key_line + "transfer-encoding: chunked\r\n") + inner);
    EXPECT_EQ(client.receive("POST").status, 400);
    EXPECT_EQ(client.rest(), "");
}

TEST(raw, json_of_odd_bytes) {
    for (const std::string& body :
         {std::string("\xef\xbb\xbf{}"), std::string("{\"a\":\"\xed\xa0\x80\"}"),
          std::string("{\"model\":\"a\0\"}", 13), std::string("{\"prompt\":\"\\ud800\"}"),
          std::string("{}{}"), std::string("nul"), std::string("{\"n\":01}"),
          std::string(50'000, '['), "{\"prompt\":" + std::string(50'000, '[')}) {
        const raw_response got = running_server::shared().ask(post_of(completions, body), "POST");
        EXPECT_EQ(got.status, 422) << body.substr(0, 40);
        EXPECT_EQ(got.json()["detail"][0]["loc"][0], "body");
        EXPECT_FALSE(got.json()["detail"][0]["msg"].get<std::string>().empty());
    }
}

// A member that comes twice must not be read in two ways.
TEST(raw, repeated_members) {
    const raw_response got = running_server::shared().ask(
        post_of(completions,
                R"({"model":"none","model":"tiny","prompt":"a","max_tokens":9,"max_tokens":1})"),
        "POST");
    EXPECT_TRUE(got.status == 422 ||
                (got.status == 200 && got.json()["usage"]["completion_tokens"] == 1))
        << got.body;
}

// Whole streams on one connection, asked for at once.
TEST(raw, pipelined_streams) {
    raw_client client(running_server::shared().port());
    const std::string body =
        R"({"model":"tiny","prompt":"a","max_tokens":5,"min_tokens":5,"stream":true,"seed":4})";
    client.send(post_of(completions, body) + post_of(completions, body) +
                head_of("GET", "/nowhere"));
    std::string texts[2];
    for (std::string& text : texts) {
        const raw_response got = client.receive("POST");
        EXPECT_TRUE(got.whole);
        for (const json::value& chunk : got.chunks()) text += chunk["choices"][0].value("text", "");
    }
    EXPECT_FALSE(texts[0].empty());
    EXPECT_EQ(texts[0], texts[1]);
    EXPECT_EQ(client.receive().status, 404);
}

}  // namespace
}  // namespace tessera::contract
