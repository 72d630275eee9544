#include "http_commands.hpp"

#include <ostream>

#include "tessera/http.hpp"

namespace tessera::probe {

namespace {

using json = nlohmann::ordered_json;

json pairs(const http::fields& headers) {
    json list = json::array();
    for (const http::field each : headers) list.push_back({each.name, each.value});
    return list;
}

std::string version(int minor) { return "HTTP/1." + std::to_string(minor); }

json describe(const http::request_reader& reader) {
    const http::request_head& head = reader.head();
    return {{"method", head.method}, {"target", head.target}, {"version", version(head.minor)}};
}

json describe(const http::response_reader& reader) {
    const http::response_head& head = reader.head();
    return {{"version", version(head.minor)}, {"status", head.status}, {"reason", head.reason}};
}

bool is_last(const http::request_reader&) { return false; }
bool is_last(const http::response_reader& reader) { return reader.upgraded(); }

template <class Reader>
class report {
  public:
    report(Reader& reader, std::ostream& out) : reader_(reader), out_(out) {}

    // Feeds one piece; false when no more is to be fed.
    bool feed(std::string_view piece) {
        for (;;) {
            const http::reader_step step = reader_.next(piece);
            piece.remove_prefix(step.consumed);
            consumed_ += step.consumed;
            if (step.event == http::reader_event::need_more) return true;
            if (!take(step)) return false;
        }
    }

    void finish() {
        for (;;) {
            const http::reader_step step = reader_.finish();
            if (step.event == http::reader_event::need_more || !take(step)) return;
        }
    }

    void print_result() {
        const http::reader_error& error = reader_.error();
        const bool failed = error.code != http::reader_errc::none;
        const bool incomplete =
            error.code == http::reader_errc::incomplete || (!failed && !done_ && !reader_.idle());
        json line = {{"result", incomplete ? "incomplete"
                                : failed   ? "error"
                                           : "ok"},
                     {"error", nullptr},
                     {"offset", failed && !incomplete ? error.offset : consumed_}};
        if (failed && !incomplete) line["error"] = http::to_string(error.code);
        print_line(out_, line);
    }

  private:
    bool take(const http::reader_step& step) {
        switch (step.event) {
            case http::reader_event::head:
                body_.clear();
                break;
            case http::reader_event::body:
                body_.append(step.data);
                break;
            case http::reader_event::informational:
                body_.clear();
                print_message(http::wants_keep_alive(reader_.head().minor, reader_.head().headers));
                break;
            case http::reader_event::complete:
                print_message(reader_.keep_alive());
                done_ = is_last(reader_);
                return !done_;
            case http::reader_event::failed:
                return false;
            case http::reader_event::need_more:
                break;
        }
        return true;
    }

    void print_message(bool keep_alive) {
        json line = describe(reader_);
        line["headers"] = pairs(reader_.head().headers);
        line["body_b64"] = base64(body_);
        line["trailers"] = pairs(reader_.trailers());
        line["keep_alive"] = keep_alive;
        print_line(out_, line);
    }

    Reader& reader_;
    std::ostream& out_;
    std::string body_;
    std::uint64_t consumed_ = 0;
    bool done_ = false;
};

template <class Reader>
int run(Reader& reader, std::span<const std::string> args, std::istream& in, std::ostream& out) {
    splitter split(args);
    const std::string input = read_all(in);
    std::string_view rest = input;
    report<Reader> to(reader, out);
    bool more = true;
    while (more && !rest.empty()) more = to.feed(split.take(rest));
    if (more && has_flag(args, "--eof")) to.finish();
    to.print_result();
    return 0;
}

}  // namespace

int http_request_command(std::span<const std::string> args, std::istream& in, std::ostream& out) {
    http::request_reader reader;
    return run(reader, args, in, out);
}

int http_response_command(std::span<const std::string> args, std::istream& in, std::ostream& out) {
    http::response_reader reader;
    if (const auto method = option(args, "--method")) reader.expect(*method);
    return run(reader, args, in, out);
}

int sse_command(std::span<const std::string> args, std::istream& in, std::ostream& out) {
    splitter split(args);
    const std::string input = read_all(in);
    std::string_view rest = input;
    http::sse_reader reader;
    while (!rest.empty() && reader.error().empty()) {
        std::string_view piece = split.take(rest);
        while (!piece.empty() && reader.error().empty()) {
            const http::sse_reader::step step = reader.next(piece);
            piece.remove_prefix(step.consumed);
            if (step.kind != http::sse_reader::step::event) continue;
            const http::sse_event& event = reader.event();
            print_line(out, {{"type", event.type}, {"data", event.data}, {"id", event.id}});
        }
    }
    json end = {{"end", true}, {"last_event_id", reader.last_event_id()}, {"retry_ms", nullptr}};
    if (reader.retry()) end["retry_ms"] = reader.retry()->count();
    if (!reader.error().empty()) end["error"] = reader.error();
    print_line(out, end);
    return 0;
}

}  // namespace tessera::probe
