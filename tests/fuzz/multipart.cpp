#include "tessera/http/multipart.hpp"

#include "fuzz.hpp"

namespace tessera::fuzz {
namespace {

struct outcome {
    std::vector<http::part> parts;  // whole ones
    bool complete = false;
    std::string error;

    bool operator==(const outcome&) const = default;
};

outcome read(const pieces& body, std::string_view boundary, http::multipart_limits limits) {
    outcome seen;
    http::part part;
    http::multipart_reader reader =
        http::multipart_reader::from_content_type(
            "multipart/form-data; boundary=" + std::string(boundary), limits)
            .value();
    const auto take = [&](const http::multipart_step& step) {
        switch (step.event) {
            case http::multipart_event::need_more:
                return false;
            case http::multipart_event::part:
                part = std::move(reader.part());
                return true;
            case http::multipart_event::data:
                check(!step.data.empty(), "a data event carries data");
                part.data += step.data;
                return true;
            case http::multipart_event::part_end:
                seen.parts.push_back(part);
                return true;
            case http::multipart_event::complete:
                seen.complete = true;
                return true;
            case http::multipart_event::failed:
                seen.error = reader.error();
                return false;
        }
        return false;
    };
    for (std::string_view piece : body) {
        for (;;) {
            const http::multipart_step step = reader.next(piece);
            check(step.consumed <= piece.size(), "no more is consumed than was given");
            piece.remove_prefix(step.consumed);
            if (take(step)) continue;
            if (step.event == http::multipart_event::failed) return seen;
            check(piece.empty(), "all is consumed before more is asked for");
            break;
        }
    }
    while (take(reader.finish())) {
    }
    return seen;
}

}  // namespace

void one_input(std::string_view input) {
    same_at_splits(input, [](const pieces& body) {
        return read(body, "b", {.parts = 2, .head_bytes = 80, .part_bytes = 16});
    });
    const outcome seen =
        same_at_splits(input, [](const pieces& body) { return read(body, "b", {}); });
    if (!seen.complete) return;
    const result<http::multipart_body> written = http::write_multipart(seen.parts);
    check(written.has_value(), "parts that were read can be written");
    const auto again = http::read_multipart(written->content_type, written->body);
    check(again && *again == seen.parts, "parts survive writing and reading");
}

}  // namespace tessera::fuzz
