#include "tessera/http/sse.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "splits.hpp"

namespace tessera::http::test {
namespace {

using namespace std::string_literals;

std::string transcript(const std::vector<std::string_view>& pieces, sse_limits limits) {
    sse_reader reader(limits);
    std::string text;
    for (std::string_view piece : pieces) {
        while (!piece.empty()) {
            const sse_reader::step step = reader.next(piece);
            piece.remove_prefix(step.consumed);
            if (step.kind == sse_reader::step::failed) {
                EXPECT_EQ(reader.next("data: x\n\n").kind, sse_reader::step::failed);
                return text + reader.error();
            }
            if (step.kind == sse_reader::step::need_more) {
                EXPECT_TRUE(piece.empty());
                break;
            }
            const sse_event event = std::move(reader.event());
            text += event.type + "<" + event.data + ">" + event.id + ";";
        }
    }
    text += std::string(reader.last_event_id());
    if (reader.retry()) text += " retry " + std::to_string(reader.retry()->count());
    return text;
}

std::string read(std::string_view stream, sse_limits limits = {}) {
    return at_every_split(stream, [&](const std::vector<std::string_view>& pieces) {
        return transcript(pieces, limits);
    });
}

// The examples of WHATWG HTML section 9.2.6.
TEST(SseReader, ReadsTheExamplesOfTheStandard) {
    EXPECT_EQ(read("data: YHOO\ndata: +2\ndata: 10\n\n"), "message<YHOO\n+2\n10>;");
    EXPECT_EQ(read(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  "
                   "third event\n\n"),
              "message<first event>1;message<second event>;message< third event>;");
    EXPECT_EQ(read("data\n\ndata\ndata\n\ndata:"), "message<>;message<\n>;");
    EXPECT_EQ(read("data:test\n\ndata: test\n\n"), "message<test>;message<test>;");
    EXPECT_EQ(read("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: "
                   "113411\n\n"),
              "add<73857293>;remove<2153>;add<113411>;");
}

TEST(SseReader, EndsLinesWithCrLfOrBoth) {
    for (const std::string end : {"\n", "\r", "\r\n"})
        EXPECT_EQ(read("data: a" + end + "data: b" + end + end + "data: c" + end + end),
                  "message<a\nb>;message<c>;");
    EXPECT_EQ(read("data: a\r\r\ndata: b\n\r\n"), "message<a>;message<b>;");
    EXPECT_EQ(read("data: a\n\rdata: b\r\n\n"), "message<a>;message<b>;");
}

TEST(SseReader, DispatchesAtTheCrOfTheEmptyLine) {
    sse_reader reader;
    EXPECT_EQ(reader.next("data: a\r\n\r").kind, sse_reader::step::event);
    EXPECT_EQ(reader.event().data, "a");
    EXPECT_EQ(reader.next("\n").kind, sse_reader::step::need_more);
}

TEST(SseReader, SkipsOneByteOrderMarkAtTheBeginning) {
    EXPECT_EQ(read("\xef\xbb\xbf"
                   "data: a\n\n\xef\xbb\xbf"
                   "data: b\n\n"),
              "message<a>;");
    EXPECT_EQ(read("\xef\xbb\xbf\xef\xbb\xbf"
                   "data: a\n\n"),
              "");
    EXPECT_EQ(read("\xef\xbb"
                   "data: a\n\ndata: b\n\n"),
              "message<b>;");
    EXPECT_EQ(read("\xef\n\ndata: b\n\n"), "message<b>;");
    EXPECT_EQ(read("\xef\xbb\xbf\n\ndata: b\n\n"), "message<b>;");
}

TEST(SseReader, LeavesOutOneSpaceAfterTheColonOnly) {
    EXPECT_EQ(read("data:  a \n\ndata:\tb\n\ndata: \n\ndata:c\n\ndata:  \n\n"),
              "message< a >;message<\tb>;message<>;message<c>;message< >;");
}

TEST(SseReader, IgnoresCommentsAndUnknownFields) {
    EXPECT_EQ(
        read(":data: x\n:\n: \ndata : x\nDATA: x\n data: x\ndat\ndatas: x\nfoo: x\ndata: y\n\n"),
        "message<y>;");
}

TEST(SseReader, KeepsTheLastEventId) {
    EXPECT_EQ(read("id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\nid: 2\n\ndata: d\n\n"),
              "message<a>1;message<b>1;message<c>;message<d>2;2");
    EXPECT_EQ(read("id: 1\ndata: a\n\nid: 2\n"), "message<a>1;1");
    EXPECT_EQ(read("id: 1\nid: a\0b\ndata: a\n\n"s), "message<a>1;1");
}

TEST(SseReader, TakesRetryFromDigitsOnly) {
    EXPECT_EQ(read("retry: 100\nretry: 1x\nretry: -1\nretry:\nretry:  5\nretry: 1.5\n"),
              " retry 100");
    EXPECT_EQ(read("retry: 99999999999999999999999\n"), " retry 9223372036854775807");
    EXPECT_EQ(read("retry: 7"), "");
}

TEST(SseReader, DropsTypesOfEventsWithoutDataAndUnfinishedEvents) {
    EXPECT_EQ(read("event: a\n\ndata: b\n\nevent: c\ndata: d\n\ndata: e\n\ndata: f\n"),
              "message<b>;c<d>;message<e>;");
    EXPECT_EQ(read("event: a\nevent:\ndata: b\n\nevent: a\nevent: c\ndata: d\n\n"),
              "message<b>;c<d>;");
}

TEST(SseReader, ReplacesWhatIsNotUtf8) {
    EXPECT_EQ(read("data: a\xff\xe2\x82z\xf0\x9f\x98\x80\xc0\x80\n\n"),
              "message<a\ufffd\ufffdz\U0001f600\ufffd\ufffd>;");
    EXPECT_EQ(read("event: \xe2\x82\nid: \xed\xa0\x80\ndata: \xf0\x9f\x98\ndata: \x80\n\n"),
              "\ufffd<\ufffd\n\ufffd>\ufffd\ufffd\ufffd;\ufffd\ufffd\ufffd");
}

TEST(SseReader, KeepsNulInData) { EXPECT_EQ(read("data: a\0b\n\n"s), "message<a\0b>;"s); }

TEST(SseReader, BoundsLinesAndEvents) {
    const sse_limits limits{.line_bytes = 10, .event_bytes = 8};
    const std::string line = "a line of the event stream is longer than the limit of 10 bytes";
    const std::string data =
        "an event's data of the event stream is longer than the limit of 8 bytes";
    EXPECT_EQ(read("data: abcd\n\n", limits), "message<abcd>;");
    EXPECT_EQ(read("data: abcde\n\n", limits), line);
    EXPECT_EQ(read(":aaaaaaaaaa\n", limits), line);
    EXPECT_EQ(read("data: abc\ndata: defg\n\n", limits), "message<abc\ndefg>;");
    EXPECT_EQ(read("data: abcd\ndata: efgh\n\n", limits), data);
    EXPECT_EQ(read("data\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\ndata\n", limits), data);
}

TEST(SseReader, ReadsLongLinesThroughEveryWindow) {
    for (const std::size_t size : {255UL, 256UL, 257UL, 1000UL, 40000UL}) {
        const std::string data(size, 'x');
        for (const std::string end : {"\n", "\r", "\r\n"}) {
            sse_reader reader;
            const std::string stream = "data: " + data + end + end;
            const sse_reader::step step = reader.next(stream);
            ASSERT_EQ(step.kind, sse_reader::step::event);
            EXPECT_EQ(reader.event().data, data);
            EXPECT_EQ(step.consumed, stream.size() - (end.size() - 1));
        }
    }
}

TEST(SseWriter, WritesWhatTheReaderReads) {
    const auto round_trip = [](const sse_message& message) {
        std::string stream;
        write_sse(stream, message);
        write_sse_comment(stream, "keep\nalive\r");
        write_sse(stream, {.data = "end"});
        return read(stream);
    };
    EXPECT_EQ(round_trip({.data = "a"}), "message<a>;message<end>;");
    EXPECT_EQ(round_trip({.data = ""}), "message<>;message<end>;");
    EXPECT_EQ(round_trip({.data = " a\nb\r\n\rc\n"}), "message< a\nb\n\nc\n>;message<end>;");
    EXPECT_EQ(round_trip({.data = "a",
                          .event = "x\ny",
                          .id = "1\r\n\0z"s,
                          .retry = std::chrono::milliseconds(9)}),
              "xy<a>1z;message<end>1z;1z retry 9");
    std::string stream;
    write_sse(stream, {.data = "{}"});
    EXPECT_EQ(stream, "data: {}\n\n");
}

}  // namespace
}  // namespace tessera::http::test
