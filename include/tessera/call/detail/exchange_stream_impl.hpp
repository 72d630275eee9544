#pragma once

#include <utility>

#include "tessera/call/error_body.hpp"
#include "tessera/call/exchange.hpp"

// The driver's streams: events out of an answer's body, up to the terminator.
namespace tessera::call {

template <class Lazy>
auto basic_exchange<Lazy>::read_first_event() -> net::task<verdict> {
    const auto type = info_.headers.find("content-type").value_or("");
    if (type.starts_with("application/json")) {
        verdict failed = co_await read_whole();
        if (failed) co_return failed;
        failure refused{detail::protocol_failure("the answer is JSON where a stream was asked for"), true};
        refused.reason.body = std::move(info_.raw);
        co_return refused;
    }
    next_result first = co_await next_event();
    if (first) {
        first_event_ = *std::move(first);
        co_return std::nullopt;
    }
    stream_error_.reset();
    co_return failure{std::move(first.error()), true};
}

template <class Lazy>
auto basic_exchange<Lazy>::next_event() -> net::task<next_result> {
    watch_->begin(net::stop_cause::idle, timeout_.idle);
    for (;;) {
        if (auto ready = next_if_buffered()) co_return *std::move(ready);
        if (ended_) {
            co_await settle();
            continue;
        }
        const std::error_code code = co_await fill();
        if (!code) continue;
        if (!watch_->stopped() && code == asio::error::eof &&
            reader_.finish().event == http::reader_event::complete) {
            body_complete_ = true;
            continue;
        }
        next_result failed = fail(body_error(code));
        co_return failed;
    }
}

template <class Lazy>
auto basic_exchange<Lazy>::next_if_buffered() -> std::optional<next_result> {
    if (stream_error_) return *stream_error_;
    if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
    if (watch_->cause() == net::stop_cause::cancelled && !ended_) return fail(stop_error());
    if (first_event_) return next_result(std::exchange(first_event_, std::nullopt));
    if (ended_ && !stream_) return next_result(std::optional<http::sse_event>());
    for (;;) {
        while (!ended_ && !event_bytes_.empty()) {
            const http::sse_reader::step piece = events_.next(event_bytes_);
            event_bytes_.remove_prefix(piece.consumed);
            if (piece.kind == http::sse_reader::step::failed)
                return fail(detail::protocol_failure("the event stream is malformed: " + events_.error()));
            if (piece.kind == http::sse_reader::step::event)
                if (auto taken = take_event(std::move(events_.event()))) return taken;
        }
        if (body_complete_) {
            if (!ended_ && spec_.end != stream_end::close) return fail(body_error(asio::error::eof));
            ended_ = true;
            release_connection();
            return next_result(std::optional<http::sse_event>());
        }
        const http::reader_step piece = reader_.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::need_more) return std::nullopt;
        if (piece.event == http::reader_event::body) event_bytes_ = piece.data;
        if (piece.event == http::reader_event::complete) body_complete_ = true;
        if (piece.event == http::reader_event::failed)
            return fail(detail::protocol_failure("the answer is malformed: " + reader_.error().message));
    }
}

// Nothing where the event is the terminator: what is left of the body is then the connection's matter.
template <class Lazy>
auto basic_exchange<Lazy>::take_event(http::sse_event event) -> std::optional<next_result> {
    if (spec_.end != stream_end::message_stop && event.data == "[DONE]") {
        ended_ = true;
        return std::nullopt;
    }
    if (std::optional<error> told = error_of_event(event)) return fail(std::move(*told));
    if (spec_.end == stream_end::message_stop && event.type == "message_stop") ended_ = true;
    return next_result(std::optional<http::sse_event>(std::move(event)));
}

// A server that ends its answer right behind the terminator keeps its connection.
template <class Lazy>
net::task<void> basic_exchange<Lazy>::settle() {
    constexpr std::chrono::milliseconds patience{50};
    watch_->begin(net::stop_cause::idle, patience);
    while (!body_complete_) {
        const http::reader_step piece = reader_.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::complete) body_complete_ = true;
        if (piece.event == http::reader_event::failed) break;
        if (piece.event != http::reader_event::need_more) continue;
        const std::error_code code = co_await fill();
        if (code) break;
    }
    release_connection();
}

template <class Lazy>
auto basic_exchange<Lazy>::fail(error reason) -> next_result {
    stream_.reset();
    stream_error_ = with_facts(std::move(reason));
    return *stream_error_;
}

template <class Lazy>
error basic_exchange<Lazy>::body_error(std::error_code code) {
    if (watch_->stopped()) return stop_error();
    error reason = io_error(code, "the stream ended before its last event");
    if (reason.kind == error_kind::connection) reason.kind = error_kind::incomplete_stream;
    return reason;
}

}  // namespace tessera::call
