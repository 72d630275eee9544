#include "tessera/http/message.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tessera/http/date.hpp"
#include "tessera/http/operation.hpp"
#include "tessera/http/request_reader.hpp"
#include "tessera/http/writer.hpp"

namespace tessera::http {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;

TEST(Fields, KeepOrderAndIgnoreTheCaseOfNames) {
    fields headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
    EXPECT_EQ(headers.size(), 3U);
    EXPECT_EQ(headers.find("B"), "2");
    EXPECT_EQ(headers.find("a"), "1");
    EXPECT_EQ(headers.find("c"), std::nullopt);
    EXPECT_EQ(headers.all("A"), (std::vector<std::string_view>{"1", "3"}));
    EXPECT_EQ(headers.count("A"), 2U);
    headers.set("a", "4");
    EXPECT_EQ(headers, (fields{{"a", "4"}, {"B", "2"}}));
    headers.set("C", "5");
    EXPECT_EQ(headers[2], (field{"C", "5"}));
    EXPECT_EQ(headers.remove("A"), 1U);
    EXPECT_EQ(headers.remove("A"), 0U);
    EXPECT_FALSE(headers.contains("a"));
    std::string all;
    for (const auto& [name, value] : headers)
        all.append(name).append("=").append(value).append(" ");
    EXPECT_EQ(all, "b=2 C=5 ");
    headers.clear();
    EXPECT_TRUE(headers.empty());
}

TEST(Fields, MayBeChangedWithTheirOwnViews) {
    fields headers{{"first", "value"}};
    for (int i = 0; i < 100; ++i) headers.add(headers[0].name, headers[headers.size() - 1].value);
    EXPECT_EQ(headers.count("first"), 101U);
    EXPECT_EQ(headers[100].value, "value");
    headers.set(headers[5].name, headers[7].value);
    EXPECT_EQ(headers, (fields{{"first", "value"}}));
    headers.remove(headers[0].name);
    EXPECT_TRUE(headers.empty());
}

TEST(Fields, LookIntoLists) {
    const fields headers{{"Connection", "a , Upgrade"}, {"connection", "close"}};
    EXPECT_TRUE(headers.lists("connection", "upgrade"));
    EXPECT_TRUE(headers.lists("connection", "CLOSE"));
    EXPECT_FALSE(headers.lists("connection", "up"));
    EXPECT_FALSE(headers.lists("other", "a"));
}

TEST(Writer, WritesHeads) {
    std::string out = "x";
    request_head request{"GET", "/a?b", 1, {{"Host", "h"}, {"X", ""}}};
    EXPECT_TRUE(write_head(out, request));
    EXPECT_EQ(out, "xGET /a?b HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n");
    out.clear();
    response_head response;
    response.status = 404;
    EXPECT_TRUE(write_head(out, response));
    EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\n\r\n");
    out.clear();
    response.reason = "Gone away";
    response.minor = 0;
    EXPECT_TRUE(write_head(out, response));
    EXPECT_EQ(out, "HTTP/1.0 404 Gone away\r\n\r\n");
}

TEST(Writer, RefusesWhatWouldSmuggle) {
    std::string out = "kept";
    const auto refuses = [&](const auto& head) {
        const result<void> written = write_head(out, head);
        return !written && written.error().kind == error_kind::invalid_argument && out == "kept";
    };
    for (const std::string& bad : {"a\rb"s, "a\nb"s, "a\r\nX: y"s, "a\0b"s, "\x7f"s, "\x01"s}) {
        EXPECT_TRUE(refuses(request_head{"GET", "/", 1, {{"Ok", "1"}, {"X", bad}}})) << bad;
        EXPECT_TRUE(refuses(request_head{"GET", "/", 1, {{bad, "x"}}})) << bad;
        EXPECT_TRUE(refuses(request_head{"GET", "/" + bad, 1, {}})) << bad;
        EXPECT_TRUE(refuses(request_head{bad, "/", 1, {}})) << bad;
        EXPECT_TRUE(refuses(response_head{200, bad, 1, {}})) << bad;
        EXPECT_TRUE(refuses(response_head{200, "", 1, {{"X", bad}}})) << bad;
    }
    EXPECT_TRUE(refuses(request_head{"GET", "", 1, {}}));
    EXPECT_TRUE(refuses(request_head{"GET", "/a b", 1, {}}));
    EXPECT_TRUE(refuses(request_head{"GET", "/\xc3\xa4", 1, {}}));
    EXPECT_TRUE(refuses(request_head{"GET", "/", 1, {{"", "x"}}}));
    EXPECT_TRUE(refuses(request_head{"GET", "/", 1, {{"X ", "x"}}}));
    EXPECT_TRUE(refuses(response_head{99, "", 1, {}}));
    EXPECT_TRUE(refuses(response_head{1000, "", 1, {}}));
}

TEST(Writer, WritesChunksThatTheReaderReads) {
    std::string out = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string data(300, 'x');
    write_chunk(out, "hello");
    write_chunk(out, "");
    write_chunk(out, data);
    write_last_chunk(out, {{"T", "1"}, {"Bad", "a\nb"}});
    request_reader reader;
    std::string_view rest = out;
    std::string body;
    for (reader_step step; step.event != reader_event::complete;) {
        step = reader.next(rest);
        ASSERT_NE(step.event, reader_event::failed);
        rest.remove_prefix(step.consumed);
        body += step.data;
    }
    EXPECT_EQ(body, "hello" + data);
    EXPECT_EQ(reader.trailers(), (fields{{"T", "1"}}));
    EXPECT_TRUE(rest.empty());
}

// The three examples of RFC 9110 section 5.6.7 are one moment.
TEST(Date, ReadsAllThreeForms) {
    const std::chrono::system_clock::time_point moment{784111777s};
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), moment);
    EXPECT_EQ(http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-30 08:49:37 GMT", moment),
              std::chrono::system_clock::time_point{1920185377s});
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994"), moment + 240h);
}

TEST(Date, WritesWhatItReads) {
    for (const std::chrono::seconds since :
         {0s, 951782400s, 951868799s, 1709164800s, 4107542399s}) {
        const std::chrono::system_clock::time_point moment{since};
        EXPECT_EQ(parse_http_date(http_date(moment)), moment) << http_date(moment);
    }
    EXPECT_EQ(http_date(std::chrono::system_clock::time_point{951782400s + 999ms}),
              "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST(Date, ClampsWhatTheClockCannotHold) {
    using clock_time = std::chrono::system_clock::time_point;
    EXPECT_EQ(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT"),
              std::min<std::chrono::sys_seconds>(
                  std::chrono::floor<std::chrono::seconds>(clock_time::max()),
                  std::chrono::sys_seconds(253402300799s)));
    EXPECT_LT(parse_http_date("Sat, 01 Jan 0000 00:00:00 GMT"), clock_time{});
}

TEST(Date, RefusesOthers) {
    for (const std::string text : {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
                                   "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
                                   "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                                   "Sun, 06 nov 1994 08:49:37 GMT",
                                   "Sun, 06 Nov 1994 08:49:37 GMT ", "1994-11-06T08:49:37Z", "120"})
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

TEST(Operation, ExpandsItsPath) {
    constexpr operation<void, int> get_model{"getModel", "GET", "/v1/models/{model_id}",
                                             auth::bearer};
    EXPECT_EQ(expand_path(get_model.path, {"a/b c"}), "/v1/models/a%2Fb%20c");
    EXPECT_EQ(expand_path("/{a}/x/{b}", {"1", "2"}), "/1/x/2");
    EXPECT_EQ(expand_path("/{a}/x", {}), "//x");
    EXPECT_EQ(expand_path("/x", {"1"}), "/x");
}

TEST(Timestamps, AreThoseOfRfc3339) {
    using namespace std::chrono;
    const auto seconds_of = [](std::string_view text) -> std::optional<std::int64_t> {
        const auto read = parse_timestamp(text);
        if (!read) return std::nullopt;
        return duration_cast<seconds>(read->time_since_epoch()).count();
    };
    EXPECT_EQ(seconds_of("1994-11-06T08:49:37Z"), 784'111'777);
    EXPECT_EQ(seconds_of("1994-11-06T08:49:37.123456789Z"), 784'111'777);
    EXPECT_EQ(seconds_of("1994-11-06t08:49:37z"), 784'111'777);
    EXPECT_EQ(seconds_of("1994-11-06T09:49:37+01:00"), 784'111'777);
    EXPECT_EQ(seconds_of("1994-11-06 03:19:37-05:30"), 784'111'777);
    for (const char* none :
         {"", "1994-11-06", "1994-11-06T08:49:37", "1994-13-06T08:49:37Z", "1994-11-06T24:49:37Z",
          "1994-11-06T08:49:37.Z", "1994-11-06T08:49:37Zx", "94-11-06T08:49:37Z"})
        EXPECT_FALSE(seconds_of(none)) << none;
}

TEST(Timestamps, KeepTheirFractions) {
    using namespace std::chrono;
    const system_clock::time_point whole(seconds(784'111'777));
    EXPECT_EQ(parse_timestamp("1994-11-06T08:49:37.5Z"), whole + milliseconds(500));
    EXPECT_EQ(parse_timestamp("1994-11-06T08:49:37.000001234567Z"),
              whole + floor<system_clock::duration>(nanoseconds(1234)));
    EXPECT_EQ(parse_timestamp("1969-12-31T23:59:59.75Z"),
              system_clock::time_point(milliseconds(-250)));
}

TEST(Timestamps, AreWrittenAsTheyAreRead) {
    using namespace std::chrono;
    const system_clock::time_point whole(seconds(784'111'777));
    EXPECT_EQ(timestamp(whole), "1994-11-06T08:49:37Z");
    EXPECT_EQ(timestamp(whole + milliseconds(50)), "1994-11-06T08:49:37.050Z");
    EXPECT_EQ(timestamp(whole + microseconds(50)), "1994-11-06T08:49:37.000050Z");
    EXPECT_EQ(timestamp(system_clock::time_point(milliseconds(-250))), "1969-12-31T23:59:59.750Z");
    for (const auto when : {whole, whole + system_clock::duration(1), whole - milliseconds(999),
                            system_clock::time_point()})
        EXPECT_EQ(parse_timestamp(timestamp(when)), when);
}

TEST(Timestamps, BeyondTheClockAreTheNearestThatItHas) {
    for (const char* text : {"9999-12-31T23:59:59.999-23:59", "0000-01-01T00:00:00+23:59"}) {
        const auto read = parse_timestamp(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(*read > std::chrono::system_clock::time_point(), text[0] == '9');
        EXPECT_TRUE(parse_timestamp(timestamp(*read))) << timestamp(*read);
    }
}

}  // namespace
}  // namespace tessera::http
