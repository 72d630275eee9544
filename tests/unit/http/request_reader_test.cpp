#include <gtest/gtest.h>

#include <string>

#include "transcript.hpp"

namespace tessera::http::test {
namespace {

using namespace std::string_literals;

std::string with_head(std::string_view lines) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

TEST(RequestReader, ReadsAHeadAndItsFieldsInOrder) {
    EXPECT_EQ(read_requests("GET /a?b=c HTTP/1.1\r\nHost: h:80\r\nX:\r\nx: \t y z \t\r\n\r\n"),
              "GET /a?b=c 1.1 [Host: h:80] [X: ] [x: y z]\nbody <> keep\nidle");
    EXPECT_EQ(read_requests(""), "idle");
}

TEST(RequestReader, ReadsABodyOfKnownLength) {
    EXPECT_EQ(read_requests(with_head("Content-Length: 5\r\n") + "hello"),
              "POST / 1.1 [Host: h] [Content-Length: 5]\nbody <hello> keep\nidle");
    EXPECT_EQ(read_requests(with_head("Content-Length: 0\r\n")),
              "POST / 1.1 [Host: h] [Content-Length: 0]\nbody <> keep\nidle");
    EXPECT_EQ(read_requests(with_head("content-length:0005\r\n") + "hello"),
              "POST / 1.1 [Host: h] [content-length: 0005]\nbody <hello> keep\nidle");
}

TEST(RequestReader, ReadsAChunkedBodyWithExtensionsAndTrailers) {
    EXPECT_EQ(
        read_requests(with_head("Transfer-Encoding: Chunked\r\n") +
                      "5\r\nhello\r\n0000a ; a = b;c=\"d;\\\"e\";f\r\n, world!\r\n\r\n0\r\nT: "
                      "1\r\nU: 2\r\n\r\n"),
        "POST / 1.1 [Host: h] [Transfer-Encoding: Chunked]\nbody <hello, world!\r\n> [T: 1] [U: 2] "
        "keep\nidle");
    EXPECT_EQ(read_requests(with_head("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
              "POST / 1.1 [Host: h] [Transfer-Encoding: chunked]\nbody <> keep\nidle");
}

TEST(RequestReader, ReadsPipelinedRequests) {
    EXPECT_EQ(read_requests("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                            "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
                            "\r\nGET /3 HTTP/1.0\r\n\r\n"),
              "GET /1 1.1 [Host: h]\nbody <> keep\n"
              "POST /2 1.1 [Host: h] [Content-Length: 2]\nbody <ab> keep\n"
              "GET /3 1.0\nbody <> close\nidle");
}

TEST(RequestReader, IgnoresEmptyLinesBeforeARequestWithinTheLimit) {
    EXPECT_EQ(read_requests("\r\n\r\nGET / HTTP/1.0\r\n\r\n\r\n"),
              "GET / 1.0\nbody <> close\nidle");
    EXPECT_EQ(read_requests("\r\n\r\n\r\n\r\n", {.head_bytes = 6}), "head_too_large at 6 414\n");
    EXPECT_EQ(read_requests("\r"), "incomplete at 1 400\n");
}

TEST(RequestReader, KnowsWhetherTheConnectionStays) {
    const auto last = [](std::string_view start, std::string_view lines) {
        const std::string text =
            read_requests(std::string(start) + "\r\nHost: h\r\n" + std::string(lines) + "\r\n");
        return text.substr(text.find("<> ") + 3);
    };
    EXPECT_EQ(last("GET / HTTP/1.1", ""), "keep\nidle");
    EXPECT_EQ(last("GET / HTTP/1.1", "Connection: close\r\n"), "close\nidle");
    EXPECT_EQ(last("GET / HTTP/1.1", "Connection: x, ClOsE\r\n"), "close\nidle");
    EXPECT_EQ(last("GET / HTTP/1.1", "Connection: x\r\nConnection: close\r\n"), "close\nidle");
    EXPECT_EQ(last("GET / HTTP/1.1", "Connection: closed\r\n"), "keep\nidle");
    EXPECT_EQ(last("GET / HTTP/1.0", ""), "close\nidle");
    EXPECT_EQ(last("GET / HTTP/1.0", "Connection: Keep-Alive\r\n"), "keep\nidle");
    EXPECT_EQ(last("GET / HTTP/1.0", "Connection: keep-alive, close\r\n"), "close\nidle");
    EXPECT_EQ(last("GET / HTTP/1.7", ""), "keep\nidle");
}

TEST(RequestReader, SeesExpectContinue) {
    EXPECT_EQ(read_requests(with_head("Expect: 100-Continue\r\nContent-Length: 1\r\n") + "x"),
              "POST / 1.1 expects-continue [Host: h] [Expect: 100-Continue] [Content-Length: 1]\n"
              "body <x> keep\nidle");
    EXPECT_EQ(
        read_requests("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"),
        "POST / 1.0 [Expect: 100-continue] [Content-Length: 1]\nbody <x> close\nidle");
}

TEST(RequestReader, TakesTheFourFormsOfATarget) {
    for (const std::string line : {"GET /", "GET /a%20b?x={|}", "GET http://h/p", "GET HTTPS://h:1",
                                   "GET http://[::1]:80/?q", "OPTIONS *", "OPTIONS /",
                                   "CONNECT h:443", "CONNECT [::1]:443", "x-y /"})
        EXPECT_EQ(read_requests(line + " HTTP/1.1\r\nHost: h\r\n\r\n"),
                  line + " 1.1 [Host: h]\nbody <> keep\nidle");
    for (const std::string line :
         {"GET *", "GET a", "GET h:443", "CONNECT /", "CONNECT h", "CONNECT h:", "CONNECT :1",
          "CONNECT u@h:1", "GET ftp://h/", "GET http:///", "GET http://u@h/", "GET http:/h",
          "GET /#a", "GET /\x80", "GET /\ta", "GET http://h:99999/", "GET ?"}) {
        const std::string text = read_requests(line + " HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_TRUE(text.starts_with("bad_target at ")) << line << text;
    }
}

struct refused {
    std::string input;
    std::string verdict;
};

class Refused : public testing::TestWithParam<refused> {};

TEST_P(Refused, AtEverySplit) {
    EXPECT_EQ(read_requests(GetParam().input), GetParam().verdict + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, Refused,
    testing::Values(
        refused{"GET / HTTP/1.1\nHost: h\n\n", "bad_line_ending at 14 400"},
        refused{"GET / HTTP/1.1\rHost: h\r\r", "bad_line_ending at 14 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\n\r\n", "bad_line_ending at 23 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\r\n\n", "bad_line_ending at 25 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\r\n\rG", "bad_line_ending at 25 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", "bad_line_ending at 23 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", "bad_line_ending at 23 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s, "bad_character at 29 400"},
        refused{"GET / HTTP/1.1\r\nHost: h\r\nX: a\x7f\r\n\r\n", "bad_character at 29 400"},
        refused{"\x16\x03\x01", "bad_character at 0 400"},
        refused{"\nGET", "bad_line_ending at 0 400"}));

INSTANTIATE_TEST_SUITE_P(
    StartLines, Refused,
    testing::Values(refused{"GET /\r\n\r\n", "bad_start_line at 5 400"},
                    refused{"GET\r\n\r\n", "bad_start_line at 3 400"},
                    refused{"GET  / HTTP/1.1\r\n\r\n", "bad_version at 5 400"},
                    refused{" GET / HTTP/1.1\r\n\r\n", "bad_start_line at 0 400"},
                    refused{"GET / HTTP/1.1 \r\n\r\n", "bad_version at 6 400"},
                    refused{"GET /a b HTTP/1.1\r\n\r\n", "bad_version at 7 400"},
                    refused{"G@T / HTTP/1.1\r\n\r\n", "bad_start_line at 0 400"},
                    refused{"GET / http/1.1\r\n\r\n", "bad_version at 6 400"},
                    refused{"GET / HTTP/1\r\n\r\n", "bad_version at 6 400"},
                    refused{"GET / HTTP/11.1\r\n\r\n", "bad_version at 6 400"},
                    refused{"GET / HTTP/1.10\r\n\r\n", "bad_version at 6 400"},
                    refused{"GET / HTTP/2.0\r\n\r\n", "unsupported_version at 11 505"},
                    refused{"GET / HTTP/0.9\r\n\r\n", "unsupported_version at 11 505"},
                    refused{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "unsupported_version at 11 505"}));

INSTANTIATE_TEST_SUITE_P(
    Fields, Refused,
    testing::Values(refused{with_head("X : y\r\n"), "bad_field at 27 400"},
                    refused{with_head("X\t: y\r\n"), "bad_field at 27 400"},
                    refused{with_head("X y: z\r\n"), "bad_field at 27 400"},
                    refused{with_head(": y\r\n"), "bad_field at 26 400"},
                    refused{with_head("X\r\n"), "bad_field at 27 400"},
                    refused{with_head("X(: y\r\n"), "bad_field at 27 400"},
                    refused{with_head("X: y\r\n z\r\n"), "obsolete_folding at 32 400"},
                    refused{with_head("X: y\r\n\tz: a\r\n"), "obsolete_folding at 32 400"},
                    refused{"GET / HTTP/1.1\r\n Host: h\r\n\r\n", "obsolete_folding at 16 400"},
                    refused{"GET / HTTP/1.1\r\n\r\n", "bad_host at 16 400"},
                    refused{with_head("host: h\r\n"), "bad_host at 32 400"},
                    refused{"GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", "bad_host at 31 400"},
                    refused{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "bad_host at 22 400"},
                    refused{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad_host at 22 400"},
                    refused{"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", "bad_host at 22 400"},
                    refused{"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "bad_host at 22 400"},
                    refused{"GET / HTTP/1.1\r\nHost: h:1x\r\n\r\n", "bad_host at 22 400"}));

INSTANTIATE_TEST_SUITE_P(
    Framing, Refused,
    testing::Values(
        refused{with_head("Content-Length: 1\r\nContent-Length: 1\r\n"),
                "bad_content_length at 61 400"},
        refused{with_head("Content-Length: 1\r\ncontent-length: 2\r\n"),
                "bad_content_length at 61 400"},
        refused{with_head("Content-Length: 1, 1\r\n"), "bad_content_length at 42 400"},
        refused{with_head("Content-Length: +1\r\n"), "bad_content_length at 42 400"},
        refused{with_head("Content-Length: -1\r\n"), "bad_content_length at 42 400"},
        refused{with_head("Content-Length: 0x1\r\n"), "bad_content_length at 42 400"},
        refused{with_head("Content-Length: 1 1\r\n"), "bad_content_length at 42 400"},
        refused{with_head("Content-Length:\r\n"), "bad_content_length at 41 400"},
        refused{with_head("Content-Length: 18446744073709551616\r\n"),
                "bad_content_length at 42 413"},
        refused{with_head("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"),
                "conflicting_lengths at 64 400"},
        refused{with_head("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"),
                "conflicting_lengths at 70 400"},
        refused{with_head("Transfer-Encoding: gzip\r\n"),
                "unsupported_transfer_encoding at 45 501"},
        refused{with_head("Transfer-Encoding: gzip, chunked\r\n"),
                "unsupported_transfer_encoding at 45 501"},
        refused{with_head("Transfer-Encoding: identity\r\n"),
                "unsupported_transfer_encoding at 45 501"},
        refused{with_head("Transfer-Encoding: xchunked\r\n"),
                "unsupported_transfer_encoding at 45 501"},
        refused{with_head("Transfer-Encoding: chunked, chunked\r\n"),
                "bad_transfer_encoding at 45 400"},
        refused{with_head("Transfer-Encoding: chunked, gzip\r\n"),
                "bad_transfer_encoding at 45 400"},
        refused{with_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
                "bad_transfer_encoding at 73 400"},
        refused{with_head("Transfer-Encoding: , chunked\r\n"), "bad_transfer_encoding at 45 400"},
        refused{with_head("Transfer-Encoding:\r\n"), "bad_transfer_encoding at 44 400"},
        refused{with_head("Transfer-Encoding: \"chunked\"\r\n"), "bad_transfer_encoding at 45 400"},
        refused{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "bad_transfer_encoding at 36 400"}));

class RefusedChunks : public testing::TestWithParam<refused> {};

TEST_P(RefusedChunks, AtEverySplit) {
    const std::string text = read_requests(
        "POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n" + GetParam().input);
    EXPECT_EQ(text.substr(text.find('\n') + 1), GetParam().verdict + "\n");
}

// The body begins at offset 54.
INSTANTIATE_TEST_SUITE_P(
    Chunks, RefusedChunks,
    testing::Values(
        refused{"\r\n", "bad_chunk at 54 400"}, refused{"x\r\n", "bad_chunk at 54 400"},
        refused{"-1\r\n", "bad_chunk at 54 400"}, refused{"+1\r\n", "bad_chunk at 54 400"},
        refused{"0x1\r\n", "bad_chunk at 55 400"}, refused{" 1\r\n", "bad_chunk at 54 400"},
        refused{"1 \r\nx\r\n", "bad_chunk at 56 400"},
        refused{"1;\r\nx\r\n", "bad_chunk at 56 400"},
        refused{"1;a=\r\nx\r\n", "bad_chunk at 58 400"},
        refused{"1;a=\"b\r\nx\r\n", "bad_chunk at 60 400"},
        refused{"1;a=\"b\\\r\nx\r\n", "bad_chunk at 61 400"},
        refused{"1;a b\r\nx\r\n", "bad_chunk at 58 400"},
        refused{"1\nx\r\n", "bad_line_ending at 55 400"},
        refused{"1;a\nx\r\n", "bad_line_ending at 57 400"},
        refused{"1\rx", "bad_line_ending at 55 400"}, refused{"1\r\nxy", "bad_chunk at 58 400"},
        refused{"1\r\nx\n", "bad_chunk at 58 400"},
        refused{"1\r\nx\rz", "bad_line_ending at 58 400"},
        refused{"00000000000000001\r\n", "bad_chunk at 70 400"},
        refused{"ffffffffffffffff\r\nx", "incomplete at 73 400"},
        refused{"1\r\nx\r\nffffffffffffffff\r\n", "body_too_large at 60 413"},
        refused{"0\r\nT : x\r\n\r\n", "bad_field at 58 400"},
        refused{"0\r\n T: x\r\n\r\n", "obsolete_folding at 57 400"},
        refused{"0\r\nT: x\n\r\n", "bad_line_ending at 61 400"},
        refused{"0\r\n", "incomplete at 57 400"}, refused{"1\r\nx", "incomplete at 58 400"}));

TEST(RequestReader, BoundsEveryDimension) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    EXPECT_EQ(read_requests("GET /aaaaaaaaaaaaaaaa HTTP/1.1\r\n", {.line_bytes = 20}),
              "line_too_long at 20 414\n");
    EXPECT_EQ(read_requests("GET /aaaaaaaaaaaaaaaa HTTP/1.1\r\n", {.head_bytes = 20}),
              "head_too_large at 20 414\n");
    EXPECT_EQ(read_requests(head + "X: aaaaaaaaaaaaaaaaaaaaa\r\n\r\n", {.line_bytes = 20}),
              "line_too_long at 46 431\n");
    EXPECT_EQ(read_requests(head + "X: aaaaaaaaaaaaaaaaaaaaa\r\n\r\n", {.head_bytes = 40}),
              "head_too_large at 40 431\n");
    EXPECT_EQ(read_requests(head + "A: 1\r\nB: 2\r\n\r\n", {.header_count = 2}),
              "too_many_fields at 32 431\n");
    EXPECT_EQ(read_requests(head + "Content-Length: 9\r\n\r\n", {.body_bytes = 8}),
              "body_too_large at 45 413\n");
    const std::string chunked = "POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string chunked_head = "POST / 1.1 [Host: ] [Transfer-Encoding: chunked]\n";
    EXPECT_EQ(read_requests(chunked + "5\r\nhello\r\n4\r\n", {.body_bytes = 8}),
              chunked_head + "body_too_large at 64 413\n");
    EXPECT_EQ(read_requests(chunked + "0\r\nA: 1\r\nB: 2\r\n\r\n", {.trailer_bytes = 10}),
              chunked_head + "trailers_too_large at 67 431\n");
    EXPECT_EQ(read_requests(chunked + "0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", {.header_count = 2}),
              chunked_head + "too_many_fields at 69 431\n");
}

TEST(RequestReader, LetsExtensionsGrowWithTheBodyOnly) {
    const std::string head = "POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string seen = "POST / 1.1 [Host: ] [Transfer-Encoding: chunked]\n";
    const reader_limits limits{.chunk_extension_bytes = 4};
    EXPECT_EQ(read_requests(head + "4;abc\r\nxxxx\r\n4;def\r\nxxxx\r\n0\r\n\r\n", limits),
              seen + "body <xxxxxxxx> keep\nidle");
    EXPECT_EQ(read_requests(head + "1;abc\r\nx\r\n1;def\r\nx\r\n0\r\n\r\n", limits),
              seen + "chunk_extensions_too_large at 69 400\n");
    EXPECT_EQ(read_requests(head + "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", limits),
              seen + "chunk_extensions_too_large at 74 400\n");
}

TEST(RequestReader, TellsACloseBetweenMessagesFromOneInside) {
    EXPECT_EQ(read_requests("GET"), "incomplete at 3 400\n");
    EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost: h\r\n"), "incomplete at 25 400\n");
    EXPECT_EQ(read_requests(with_head("Content-Length: 2\r\n") + "a"),
              "POST / 1.1 [Host: h] [Content-Length: 2]\nincomplete at 48 400\n");
    EXPECT_EQ(read_requests("GET", {}, false), "busy");
}

TEST(RequestReader, HandsOutViewsOfTheInput) {
    const std::string input = with_head("Content-Length: 5\r\n") + "hello";
    request_reader reader;
    const reader_step head = reader.next(input);
    ASSERT_EQ(head.event, reader_event::head);
    const std::string_view rest = std::string_view(input).substr(head.consumed);
    const reader_step body = reader.next(rest);
    ASSERT_EQ(body.event, reader_event::body);
    EXPECT_EQ(body.data.data(), rest.data());
    EXPECT_EQ(body.data, "hello");
    const request_head taken = reader.take_head();
    EXPECT_EQ(taken.headers.find("content-length"), "5");
    EXPECT_EQ(reader.next({}).event, reader_event::complete);
    EXPECT_TRUE(reader.idle());
}

}  // namespace
}  // namespace tessera::http::test
