// Throughput of the event stream and HTTP readers, beside memchr over the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "tessera/http.hpp"

namespace {

using namespace tessera::http;

std::string event_stream(std::size_t line, std::size_t total) {
    std::string stream;
    const std::string data(line, 'x');
    while (stream.size() < total) write_sse(stream, {.data = data});
    return stream;
}

void set_bytes(benchmark::State& state, std::size_t size) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void search_memory(benchmark::State& state) {
    const std::string stream = event_stream(static_cast<std::size_t>(state.range(0)), 1 << 20);
    for (auto _ : state) benchmark::DoNotOptimize(std::memchr(stream.data(), '\r', stream.size()));
    set_bytes(state, stream.size());
}

// Arguments: bytes of a data line; bytes of a piece, as a socket would give them.
void read_events(benchmark::State& state) {
    const std::string stream = event_stream(static_cast<std::size_t>(state.range(0)), 1 << 20);
    const auto piece_size = static_cast<std::size_t>(state.range(1));
    sse_reader reader({.line_bytes = 1 << 26, .event_bytes = 1 << 26});
    for (auto _ : state) {
        std::size_t events = 0;
        for (std::string_view rest = stream; !rest.empty();) {
            std::string_view piece = rest.substr(0, piece_size);
            rest.remove_prefix(piece.size());
            while (!piece.empty()) {
                const sse_reader::step step = reader.next(piece);
                piece.remove_prefix(step.consumed);
                events += step.kind == sse_reader::step::event;
            }
        }
        benchmark::DoNotOptimize(events);
    }
    set_bytes(state, stream.size());
}

template <class Reader>
void read_messages(benchmark::State& state, const std::string& message) {
    Reader reader;
    for (auto _ : state) {
        std::string_view rest = message;
        for (reader_step step; step.event != reader_event::complete;) {
            step = reader.next(rest);
            rest.remove_prefix(step.consumed);
        }
        benchmark::DoNotOptimize(reader.head());
    }
    set_bytes(state, message.size());
    state.SetItemsProcessed(state.iterations());
}

void read_request(benchmark::State& state) {
    read_messages<request_reader>(state,
                                  "POST /cerebras/v1/chat/completions HTTP/1.1\r\n"
                                  "Host: 127.0.0.1:8090\r\n"
                                  "Authorization: Bearer csk-tessera-dev\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Accept: application/json\r\n"
                                  "User-Agent: tessera/0.1.0\r\n"
                                  "Content-Length: 200\r\n\r\n" +
                                      std::string(200, 'x'));
}

void read_chunked_response(benchmark::State& state) {
    std::string message = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 64; ++i)
        write_chunk(message, std::string(static_cast<std::size_t>(state.range(0)), 'x'));
    write_last_chunk(message);
    read_messages<response_reader>(state, message);
}

void write_response_head(benchmark::State& state) {
    response_head head;
    head.status = 200;
    head.headers = {{"Content-Type", "application/json"},
                    {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                    {"x-request-id", "0123456789abcdef0123456789abcdef"},
                    {"Content-Length", "200"}};
    std::string out;
    for (auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(write_head(out, head));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(search_memory)->Arg(1 << 20);
BENCHMARK(read_events)
    ->ArgNames({"line", "piece"})
    ->Args({40, 16384})
    ->Args({250, 16384})
    ->Args({4096, 16384})
    ->Args({65536, 16384})
    ->Args({65536, 1 << 20})
    ->Args({1 << 20, 1 << 20});
BENCHMARK(read_request);
BENCHMARK(read_chunked_response)->Arg(200)->Arg(16384);
BENCHMARK(write_response_head);

}  // namespace
