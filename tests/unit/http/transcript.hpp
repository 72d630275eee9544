#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "splits.hpp"
#include "tessera/http/request_reader.hpp"
#include "tessera/http/response_reader.hpp"

namespace tessera::http::test {

inline std::string describe(const request_reader& reader) {
    const request_head& head = reader.head();
    return head.method + " " + head.target + " 1." + std::to_string(head.minor) +
           (reader.expects_continue() ? " expects-continue" : "");
}
inline std::string describe(const response_reader& reader) {
    const response_head& head = reader.head();
    return "1." + std::to_string(head.minor) + " " + std::to_string(head.status) + " " +
           head.reason + (reader.close_delimited() ? " until-close" : "") +
           (reader.upgraded() ? " upgraded" : "");
}

inline std::string describe(const fields& headers) {
    std::string text;
    for (const field each : headers)
        text.append(" [").append(each.name).append(": ").append(each.value).append("]");
    return text;
}

// What a reader made of some bytes, as text: one line an event, bodies joined.
template <class Reader>
std::string transcript(Reader reader, const std::vector<std::string_view>& pieces, bool close) {
    std::string text, body;
    const auto take = [&](const reader_step& step) {
        switch (step.event) {
            case reader_event::need_more:
                return false;
            case reader_event::informational:
                text += "info ";
                [[fallthrough]];
            case reader_event::head:
                text += describe(reader) + describe(reader.head().headers) + "\n";
                body.clear();
                return true;
            case reader_event::body:
                EXPECT_FALSE(step.data.empty());
                EXPECT_TRUE(reader.has_body());
                body += step.data;
                return true;
            case reader_event::complete:
                text += "body <" + body + ">" + describe(reader.trailers()) +
                        (reader.keep_alive() ? " keep" : " close") + "\n";
                return true;
            case reader_event::failed:
                text += std::string(to_string(reader.error().code)) + " at " +
                        std::to_string(reader.error().offset) + " " +
                        std::to_string(reader.error().status) + "\n";
                EXPECT_FALSE(reader.error().message.empty());
                EXPECT_EQ(reader.next("x").event, reader_event::failed);
                return false;
        }
        return false;
    };
    for (std::string_view piece : pieces) {
        for (;;) {
            const reader_step step = reader.next(piece);
            EXPECT_LE(step.consumed, piece.size());
            piece.remove_prefix(std::min(step.consumed, piece.size()));
            EXPECT_TRUE(step.event != reader_event::need_more || piece.empty());
            if (take(step)) continue;
            if (step.event == reader_event::failed) return text;
            break;
        }
    }
    while (close) {
        const reader_step step = reader.finish();
        if (take(step)) continue;
        if (step.event == reader_event::failed) return text;
        break;
    }
    return text + (reader.idle() ? "idle" : "busy");
}

// At every split.
inline std::string read_requests(std::string_view input, reader_limits limits = {},
                                 bool close = true) {
    return at_every_split(input, [&](const std::vector<std::string_view>& pieces) {
        return transcript(request_reader(limits), pieces, close);
    });
}
inline std::string read_responses(std::string_view input, std::string_view method = "GET",
                                  reader_limits limits = {}, bool close = true) {
    return at_every_split(input, [&](const std::vector<std::string_view>& pieces) {
        response_reader reader(limits);
        reader.expect(method);
        return transcript(reader, pieces, close);
    });
}

}  // namespace tessera::http::test
