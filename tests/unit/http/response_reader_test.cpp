#include <gtest/gtest.h>

#include <string>

#include "transcript.hpp"

namespace tessera::http::test {
namespace {

TEST(ResponseReader, ReadsHeadAndBody) {
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"),
              "1.1 200 OK [Content-Length: 2]\nbody <ab> keep\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"),
              "1.1 404  [Content-Length: 0]\nbody <> keep\nidle");
    EXPECT_EQ(
        read_responses(
            "HTTP/1.1 299 a \t\xe4 b\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
        "1.1 299 a \t\xe4 b [Transfer-Encoding: chunked]\nbody <x> keep\nidle");
    EXPECT_EQ(
        read_responses("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"),
        "1.0 200 OK [Content-Length: 0] [Connection: keep-alive]\nbody <> keep\nidle");
}

TEST(ResponseReader, ReadsABodyThatTheCloseEnds) {
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\n\r\nab"),
              "1.1 200 OK until-close\nbody <ab> close\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\n\r\n"),
              "1.1 200 OK until-close\nbody <> close\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\n\r\nab", "GET", {}, false),
              "1.1 200 OK until-close\nbusy");
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\n\r\nabc", "GET", {.body_bytes = 2}),
              "1.1 200 OK until-close\nbody_too_large at 21 413\n");
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\n\r\nab", "GET", {.body_bytes = 2}),
              "1.1 200 OK until-close\nbody <ab> close\nidle");
}

TEST(ResponseReader, KnowsWhatHasNoBody) {
    const std::string next = "HTTP/1.1 204 No Content\r\n\r\n";
    const std::string then = "1.1 204 No Content\nbody <> keep\nidle";
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + next, "HEAD"),
              "1.1 200 OK [Content-Length: 9]\nbody <> keep\n" + then);
    EXPECT_EQ(
        read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + next, "HEAD"),
        "1.1 200 OK [Transfer-Encoding: chunked]\nbody <> keep\n" + then);
    EXPECT_EQ(
        read_responses("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", {.body_bytes = 1}),
        "1.1 200 OK [Content-Length: 9]\nbody <> keep\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 204 N\r\nContent-Length: 9\r\n\r\n" + next),
              "1.1 204 N [Content-Length: 9]\nbody <> keep\n" + then);
    EXPECT_EQ(read_responses("HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n" + next),
              "1.1 304 N [Content-Length: 9]\nbody <> keep\n" + then);
}

// RFC 9112 section 6.3: such answers end at the empty line, whatever their fields say.
TEST(ResponseReader, LooksAtNoFramingWhereThereIsNoBody) {
    const std::string next = "HTTP/1.1 204 No Content\r\n\r\n";
    const std::string then = "1.1 204 No Content\nbody <> keep\nidle";
    for (const std::string framing :
         {"Content-Length: x", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: gzip",
          "Transfer-Encoding: chunked, chunked", "Content-Length: 99999999999999999999",
          "Content-Length: 1\r\nTransfer-Encoding: chunked"}) {
        const std::string rest = " x\r\n" + framing + "\r\n\r\n";
        std::string shown = " x [" + framing + "]\n";
        if (const auto line = shown.find("\r\n"); line != shown.npos) shown.replace(line, 2, "] [");
        for (const std::string status : {"204", "304"})
            EXPECT_EQ(read_responses("HTTP/1.1 " + status + rest + next),
                      "1.1 " + status + shown + "body <> keep\n" + then);
        EXPECT_EQ(read_responses("HTTP/1.1 103" + rest + next), "info 1.1 103" + shown + then);
        for (const std::string status : {"200", "404"})
            EXPECT_EQ(read_responses("HTTP/1.1 " + status + rest + next, "HEAD"),
                      "1.1 " + status + shown + "body <> keep\n" + then);
        const std::string upgraded = " x upgraded" + shown.substr(2) + "body <> close\nidle";
        EXPECT_EQ(read_responses("HTTP/1.1 101" + rest), "1.1 101" + upgraded);
        EXPECT_EQ(read_responses("HTTP/1.1 200" + rest, "CONNECT"), "1.1 200" + upgraded);
        for (const char* method : {"GET", "CONNECT"}) {
            const std::string refused = read_responses("HTTP/1.1 407" + rest, method);
            EXPECT_NE(refused.find(" at "), refused.npos) << refused;
        }
    }
    EXPECT_EQ(read_responses("HTTP/1.0 304 x\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "1.0 304 x [Transfer-Encoding: chunked]\nbody <> close\nidle");
}

// RFC 9112 section 5.2.
TEST(ResponseReader, UnfoldsFields) {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    EXPECT_EQ(read_responses(head + "A: b \r\n \t c\r\n\td \r\nContent-Length: 0\r\n\r\n"),
              "1.1 200 OK [A: b c d] [Content-Length: 0]\nbody <> keep\nidle");
    EXPECT_EQ(read_responses(head + "A:\r\n b: c\r\n \r\nContent-Length:\r\n 1\r\n\r\nx"),
              "1.1 200 OK [A: b: c] [Content-Length: 1]\nbody <x> keep\nidle");
    EXPECT_EQ(read_responses(head + "Transfer-Encoding: \r\n  chunked\r\n \r\n\r\n0\r\n"
                                    "T: 1\r\n 2\r\n\r\n"),
              "1.1 200 OK [Transfer-Encoding: chunked]\nbody <> [T: 1 2] keep\nidle");
    EXPECT_EQ(read_responses(head + "Connection: x,\r\n close\r\nContent-Length: 0\r\n\r\n"),
              "1.1 200 OK [Connection: x, close] [Content-Length: 0]\nbody <> close\nidle");
}

TEST(ResponseReader, FoldsHideNoFraming) {
    const std::string head = "HTTP/1.1 200 OK\r\n";
    EXPECT_EQ(read_responses(head + "Content-Length: 1\r\n 2\r\n\r\nx"),
              "bad_content_length at 33 400\n");
    EXPECT_EQ(read_responses(head + "Transfer-Encoding: chunked\r\n ,gzip\r\n\r\n"),
              "bad_transfer_encoding at 36 400\n");
    EXPECT_EQ(read_responses(head + "A: b\r\n Content-Length: 5\r\nContent-Length: 0\r\n\r\n"),
              "1.1 200 OK [A: b Content-Length: 5] [Content-Length: 0]\nbody <> keep\nidle");
    EXPECT_EQ(read_responses(head + "A: b\r\n c\r\n\r\n", "GET", {.head_bytes = 24}),
              "head_too_large at 24 431\n");
    EXPECT_EQ(read_responses(head + "Transfer-Encoding: chunked\r\n\r\n0\r\n T: 1\r\n\r\n"),
              "1.1 200 OK [Transfer-Encoding: chunked]\nobsolete_folding at 50 400\n");
}

TEST(ResponseReader, ReportsInterimResponses) {
    EXPECT_EQ(
        read_responses("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
        "info 1.1 100 Continue\ninfo 1.1 103 Early Hints [Link: x]\n"
        "1.1 200 OK [Content-Length: 1]\nbody <x> keep\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 100 Continue\r\n\r\n"),
              "info 1.1 100 Continue\nincomplete at 25 400\n");
    EXPECT_EQ(
        read_responses("HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n", "GET", {.informational = 1}),
        "info 1.1 100 C\ntoo_many_responses at 34 400\n");
}

TEST(ResponseReader, StopsBeingHttpAfterAnUpgrade) {
    EXPECT_EQ(read_responses("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
              "1.1 101 Switching Protocols upgraded [Upgrade: x]\nbody <> close\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "CONNECT"),
              "1.1 200 OK upgraded [Transfer-Encoding: chunked]\nbody <> close\nidle");
    EXPECT_EQ(read_responses("HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\nx", "CONNECT"),
              "1.1 407 No [Content-Length: 1]\nbody <x> keep\nidle");
}

TEST(ResponseReader, RefusesMalformedHeads) {
    const auto verdict = [](std::string_view input) {
        const std::string text = read_responses(input);
        return text.substr(0, text.find_last_of(' '));
    };
    EXPECT_EQ(verdict("\r\nHTTP/1.1 200 OK\r\n\r\n"), "bad_version at 0");
    EXPECT_EQ(verdict("HTTP/1.1 200\r\n\r\n"), "bad_start_line at 12");
    EXPECT_EQ(verdict("HTTP/1.1  200 OK\r\n\r\n"), "bad_start_line at 9");
    EXPECT_EQ(verdict("HTTP/1.1 20 OK\r\n\r\n"), "bad_start_line at 9");
    EXPECT_EQ(verdict("HTTP/1.1 2000 OK\r\n\r\n"), "bad_start_line at 12");
    EXPECT_EQ(verdict("HTTP/1.1 099 OK\r\n\r\n"), "bad_start_line at 9");
    EXPECT_EQ(verdict("HTTP/1.1\r\n\r\n"), "bad_start_line at 8");
    EXPECT_EQ(verdict("HTTP/2.0 200 OK\r\n\r\n"), "unsupported_version at 5");
    EXPECT_EQ(verdict("ICY 200 OK\r\n\r\n"), "bad_version at 0");
    EXPECT_EQ(verdict("HTTP/1.1 200 OK\nA: b\n\n"), "bad_line_ending at 15");
    EXPECT_EQ(verdict("HTTP/1.1 200 OK\r\n A: b\r\n\r\n"), "obsolete_folding at 17");
    EXPECT_EQ(verdict("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
              "bad_content_length at 52");
    EXPECT_EQ(
        verdict("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx"),
        "conflicting_lengths at 55");
    EXPECT_EQ(verdict("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"),
              "unsupported_transfer_encoding at 36");
    EXPECT_EQ(verdict("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
              "bad_transfer_encoding at 36");
}

TEST(ResponseReader, ExpectsAnewForEveryResponse) {
    response_reader reader;
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    reader.expect("HEAD");
    EXPECT_EQ(reader.next(head).event, reader_event::head);
    EXPECT_FALSE(reader.has_body());
    EXPECT_EQ(reader.next({}).event, reader_event::complete);
    reader.expect("GET");
    EXPECT_EQ(reader.next(head).event, reader_event::head);
    EXPECT_TRUE(reader.has_body());
    EXPECT_EQ(reader.next("x").data, "x");
    EXPECT_EQ(reader.next({}).event, reader_event::complete);
}

}  // namespace
}  // namespace tessera::http::test
