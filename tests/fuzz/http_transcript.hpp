#pragma once

#include <string>

#include "fuzz.hpp"
#include "tessera/http/reader_types.hpp"
#include "tessera/http/request_reader.hpp"
#include "tessera/http/response_reader.hpp"
#include "tessera/http/writer.hpp"

namespace tessera::fuzz {

inline const http::reader_limits tight = {.head_bytes = 100,
                                          .header_count = 3,
                                          .line_bytes = 40,
                                          .body_bytes = 20,
                                          .chunk_extension_bytes = 6,
                                          .trailer_bytes = 20,
                                          .informational = 1};

// A head that was read can be written, and reading that gives the same.
template <class Reader, class Head>
void check_round_trip(const Head& head, Reader reader) {
    std::string written;
    check(http::write_head(written, head).has_value(), "a head that was read can be written");
    const http::reader_step step = reader.next(written);
    check(step.event == http::reader_event::head || step.event == http::reader_event::informational,
          "a head that was written can be read");
    check(step.consumed == written.size(), "a head is read to its end");
    check(reader.head().headers == head.headers, "fields survive writing and reading");
}

// All that a reader says about a connection's bytes and its close, as text.
template <class Reader>
std::string transcript(Reader reader, const Reader& fresh, const pieces& stream) {
    std::string text, body;
    const auto take = [&](const http::reader_step& step) {
        switch (step.event) {
            case http::reader_event::need_more:
                return false;
            case http::reader_event::informational:
            case http::reader_event::head:
                body.clear();
                text += step.event == http::reader_event::head ? "head" : "informational";
                for (const http::field each : reader.head().headers)
                    text.append("\n").append(each.name).append(":").append(each.value);
                // Versions from 1.2 on are written as 1.1, which has rules of its own.
                if (reader.head().minor <= 1) check_round_trip(reader.head(), fresh);
                return true;
            case http::reader_event::body:
                check(!step.data.empty() && reader.has_body(), "a body event carries data");
                body += step.data;
                return true;
            case http::reader_event::complete:
                text.append("\ncomplete ")
                    .append(body)
                    .append(reader.keep_alive() ? " keep" : " close");
                for (const http::field each : reader.trailers())
                    text.append("\n").append(each.name).append(":").append(each.value);
                return true;
            case http::reader_event::failed:
                text.append(http::to_string(reader.error().code));
                text.append(" ").append(std::to_string(reader.error().offset));
                check(reader.error().status >= 400, "an error has a status");
                return false;
        }
        return false;
    };
    for (std::string_view piece : stream) {
        for (;;) {
            const http::reader_step step = reader.next(piece);
            check(step.consumed <= piece.size(), "no more is consumed than was given");
            piece.remove_prefix(step.consumed);
            if (take(step)) continue;
            if (step.event == http::reader_event::failed) return text;
            check(piece.empty(), "all is consumed before more is asked for");
            break;
        }
    }
    text += reader.idle() ? " idle" : " busy";
    while (take(reader.finish())) {
    }
    return text;
}

}  // namespace tessera::fuzz
