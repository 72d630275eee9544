#include "tessera/http/sse.hpp"

#include "fuzz.hpp"

namespace tessera::fuzz {
namespace {

struct outcome {
    std::vector<http::sse_event> events;
    std::string last_id;
    std::optional<std::chrono::milliseconds> retry;
    std::string error;

    bool operator==(const outcome&) const = default;
};

outcome read(const pieces& stream, http::sse_limits limits) {
    http::sse_reader reader(limits);
    outcome seen;
    for (std::string_view piece : stream) {
        while (!piece.empty() && reader.error().empty()) {
            const http::sse_reader::step step = reader.next(piece);
            check(step.consumed <= piece.size(), "no more is consumed than was given");
            piece.remove_prefix(step.consumed);
            if (step.kind == http::sse_reader::step::event)
                seen.events.push_back(std::move(reader.event()));
            else
                check(piece.empty() || step.kind == http::sse_reader::step::failed,
                      "all is consumed before more is asked for");
        }
    }
    seen.last_id = reader.last_event_id();
    seen.retry = reader.retry();
    seen.error = reader.error();
    return seen;
}

}  // namespace

void one_input(std::string_view input) {
    same_at_splits(input, [](const pieces& stream) {
        return read(stream, {.line_bytes = 24, .event_bytes = 32});
    });
    const outcome seen =
        same_at_splits(input, [](const pieces& stream) { return read(stream, {}); });
    std::string written;
    std::size_t comparable = 0;
    for (const http::sse_event& event : seen.events) {
        if (event.type.find('\0') != event.type.npos) break;
        http::write_sse(written, {.data = event.data, .event = event.type});
        http::write_sse_comment(written, event.data);
        ++comparable;
    }
    const outcome again = read({written}, {});
    check(again.events.size() == comparable, "what is written is read");
    for (std::size_t i = 0; i < comparable; ++i)
        check(again.events[i].data == seen.events[i].data &&
                  again.events[i].type == seen.events[i].type,
              "an event survives writing and reading");
}

}  // namespace tessera::fuzz
