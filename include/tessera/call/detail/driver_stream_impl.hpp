#pragma once

#include <utility>

#include "tessera/call/detail/driver.hpp"
#include "tessera/call/error_body.hpp"

// Streams: events out of an answer's body, up to the terminator.
namespace tessera::call::detail {

TESSERA_DEF
task<result<void>> driver::run_stream() {
    read_stream_ = &driver::read_first_event;
    return run();
}

TESSERA_DEF
task<result<void>> driver::read_first_event() {
    const auto type = info_.headers.find("content-type").value_or("");
    if (type.starts_with("application/json")) {
        result<void> read = co_await read_whole();
        if (!read) co_return read;
        answered_ = true;
        boxed_error refused =
            failed(error_kind::protocol, "the answer is JSON where a stream was asked for");
        refused->body = std::move(info_.raw);
        co_return refused;
    }
    result<void> first = co_await next_event();
    holds_first_ = first.has_value() && has_event_;
    if (!first) {
        stream_error_ = {};
        answered_ = true;
    }
    co_return first;
}

TESSERA_DEF
task<result<void>> driver::next_event() {
    watch_->begin(net::stop_cause::idle, timeout_.idle);
    for (;;) {
        if (take_buffered()) co_return std::move(outcome_);
        if (ended_) {
            static_cast<void>(co_await settle());
            continue;
        }
        const std::error_code code = co_await fill();
        if (!code) continue;
        if (!watch_->stopped() && code == asio::error::eof &&
            readers_->message.finish().event == http::reader_event::complete) {
            body_complete_ = true;
            continue;
        }
        fail(body_error(code));
    }
}

// What came already makes the outcome of a step `next`.
TESSERA_DEF
bool driver::take_buffered() {
    if (stream_error_) return fail(stream_error_);
    if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
    if (watch_->cause() == net::stop_cause::cancelled && !ended_) return fail(stop_error());
    if (std::exchange(holds_first_, false)) return hand_out(true);
    if (ended_ && !stream_) return hand_out(false);
    for (;;) {
        while (!ended_ && !event_bytes_.empty()) {
            const http::sse_reader::step piece = readers_->events.next(event_bytes_);
            event_bytes_.remove_prefix(piece.consumed);
            if (piece.kind == http::sse_reader::step::failed)
                return fail(failed(error_kind::protocol,
                                   {"the event stream is malformed: ", readers_->events.error()}));
            if (piece.kind == http::sse_reader::step::event && take_event(readers_->events.event()))
                return true;
        }
        if (body_complete_) {
            if (!ended_ && !spec_.end.or_close) return fail(body_error(asio::error::eof));
            ended_ = true;
            release_connection();
            return hand_out(false);
        }
        const http::reader_step piece = readers_->message.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::need_more) return false;
        if (piece.event == http::reader_event::body) event_bytes_ = piece.data;
        if (piece.event == http::reader_event::complete) body_complete_ = true;
        if (piece.event == http::reader_event::failed) return fail(malformed());
    }
}

// False where the event is the terminator: what is left of the body is then the connection's matter.
TESSERA_DEF
bool driver::take_event(http::sse_event& event) {
    if (!spec_.end.marker.empty() && event.data == spec_.end.marker) {
        ended_ = true;
        return false;
    }
    if (boxed_error told = error_of_event(event, spec_.errors)) return fail(std::move(told));
    if (!spec_.end.event.empty() && event.type == spec_.end.event) ended_ = true;
    event_ = std::move(event);
    return hand_out(true);
}

TESSERA_DEF
bool driver::hand_out(bool event) {
    outcome_ = {};
    has_event_ = event;
    return true;
}

TESSERA_DEF
bool driver::fail(boxed_error reason) {
    stream_.reset();
    add_facts(*reason);
    stream_error_ = reason;
    outcome_ = std::move(reason);
    return true;
}

// A server that ends its answer right behind the terminator keeps its connection.
TESSERA_DEF
task<result<void>> driver::settle() {
    constexpr std::chrono::milliseconds patience{50};
    watch_->begin(net::stop_cause::idle, patience);
    while (!body_complete_) {
        const http::reader_step piece = readers_->message.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::complete) body_complete_ = true;
        if (piece.event == http::reader_event::failed) break;
        if (piece.event != http::reader_event::need_more) continue;
        const std::error_code code = co_await fill();
        if (code) break;
    }
    release_connection();
    co_return result<void>();
}

TESSERA_DEF
boxed_error driver::body_error(std::error_code code) const {
    if (watch_->stopped()) return stop_error();
    boxed_error reason = io_error(code, "the stream ended before its last event");
    if (reason->kind == error_kind::connection) reason->kind = error_kind::incomplete_stream;
    return reason;
}

}  // namespace tessera::call::detail
