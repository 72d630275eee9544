#pragma once

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <exception>
#include <utility>

#include "tessera/call/detail/answer.hpp"
#include "tessera/call/error_body.hpp"
#include "tessera/call/exchange.hpp"
#include "tessera/http/writer.hpp"

// The driver: attempts, retries and what is common to whole answers and streams.
namespace tessera::call {

template <class Lazy>
basic_exchange<Lazy>::basic_exchange(std::shared_ptr<channel> owner, spec request, call_options options,
                          net::executor io)
    : channel_(std::move(owner)),
      io_(std::move(io)),
      spec_(std::move(request)),
      options_(std::move(options)),
      timeout_(detail::merge(channel_->options().timeout, options_.timeout)),
      watch_(std::make_shared<net::watch>(io_, channel_->time())),
      reader_(channel_->options().limits),
      events_(channel_->options().stream_limits) {
    policy_.max_retries = options_.max_retries.value_or(channel_->options().max_retries);
}

template <class Lazy>
void basic_exchange<Lazy>::start(step what, std::function<void()> done) {
    running_ = true;
    if (options_.stop.stop_possible() && !stop_callback_)
        stop_callback_.emplace(options_.stop, [this] { cancel(); });
    asio::co_spawn(io_, run_step(this->shared_from_this(), what),
                   [done = std::move(done)](std::exception_ptr) { done(); });
}

template <class Lazy>
net::task<void> basic_exchange<Lazy>::run_step(std::shared_ptr<basic_exchange> self, step what) {
    std::optional<error> thrown;
    try {
        switch (what) {
            case step::perform: self->outcome_ = co_await self->run(); break;
            case step::open:
                self->streaming_ = true;
                self->outcome_ = co_await self->run();
                break;
            case step::next: self->event_ = co_await self->next_event(); break;
            case step::warm: self->outcome_ = co_await self->warm(); break;
        }
    } catch (const exception& e) {
        thrown = e.error();
    } catch (const std::exception& e) {
        thrown.emplace();
        thrown->kind = error_kind::connection;
        thrown->message = std::string("the call could not be carried out: ") + e.what();
    }
    if (thrown) {
        self->stream_.reset();
        self->outcome_ = *thrown;
        self->event_ = *thrown;
    }
    self->watch_->rest();
    self->running_ = false;
}

template <class Lazy>
void basic_exchange<Lazy>::cancel() {
    asio::post(io_, [target = this->weak_from_this()] {
        const auto self = target.lock();
        if (!self) return;
        self->watch_->stop(net::stop_cause::cancelled);
        if (!self->running_) self->close();
    });
}

template <class Lazy>
void basic_exchange<Lazy>::close() noexcept {
    stream_.reset();
    event_bytes_ = {};
    first_event_.reset();
    if (!ended_) watch_->stop(net::stop_cause::cancelled);
}

template <class Lazy>
net::task<result<void>> basic_exchange<Lazy>::run() {
    begun_ = now();
    if (timeout_.total.count() > 0) total_due_ = begun_ + timeout_.total;
    watch_->set_total(total_due_);
    if (spec_.defect) co_return *spec_.defect;
    for (int retries = 0;; ++retries) {
        if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
        verdict failed = co_await attempt();
        info_.timings.total = now() - begun_;
        if (!failed) co_return result<void>();
        stream_.reset();
        failed->reason = with_facts(std::move(failed->reason));
        if (watch_->cause() == net::stop_cause::total || watch_->cause() == net::stop_cause::cancelled)
            co_return std::move(failed->reason);
        failed_attempt facts;
        facts.kind = failed->reason.kind;
        facts.status = failed->reason.status;
        facts.headers = failed->answered ? &info_.headers : nullptr;
        facts.number = retries + 1;
        facts.replayable = spec_.replayable;
        const auto wall = channel_->time().wall();
        const retry_decision decision =
            decide_retry(policy_, facts, channel_->random().uniform(), wall);
        if (failed->answered) failed->reason.retry_after = retry_after(info_.headers, wall);
        if (!decision.retry || !has_time_for(decision.delay)) co_return std::move(failed->reason);
        watch_->reset();
        watch_->set_total(total_due_);
        info_.timings.waited += decision.delay;
        co_await watch_->pause(decision.delay);
        if (watch_->stopped()) co_return with_facts(stop_error());
    }
}

template <class Lazy>
auto basic_exchange<Lazy>::attempt() -> net::task<verdict> {
    aim();
    for (bool fresh = false;;) {
        // What must not be sent is refused before there is a connection to send it on.
        result<std::string> head = write_request();
        if (!head) co_return failure{std::move(head.error())};
        ++info_.attempts;
        info_.status = 0;
        info_.headers.clear();
        info_.request_id.clear();
        verdict failed = co_await connect(fresh);
        if (!failed) failed = co_await ask(*std::move(head));
        if (failed && !fresh && was_stale(*failed)) {
            fresh = true;
            stream_.reset();
            watch_->reset();
            continue;
        }
        if (failed) co_return failed;
        auto redirected = follow_redirect();
        if (!redirected) co_return failure{std::move(redirected.error()), true};
        if (!*redirected) break;
        stream_.reset();
    }
    verdict failed = co_await read_answer();
    co_return failed;
}

// The peer may have closed a kept connection at the very moment it was taken: that is no failure of
// the attempt as long as nothing was answered.
template <class Lazy>
bool basic_exchange<Lazy>::was_stale(const failure& failed) const {
    return stream_ && stream_->reused() && !answer_began_ && spec_.replayable && !watch_->stopped() &&
           failed.reason.kind == error_kind::connection;
}

template <class Lazy>
auto basic_exchange<Lazy>::connect(bool fresh) -> net::task<verdict> {
    answer_began_ = false;
    info_.timings.connect = {};
    stream_ = fresh ? nullptr : channel_->pool().take(url_.origin(), io_);
    info_.connection_reused = stream_ != nullptr;
    if (stream_ && !watch_->stopped()) co_return std::nullopt;
    const auto began = now();
    watch_->begin(net::stop_cause::connect, timeout_.connect);
    if (watch_->stopped()) co_return failure{stop_error()};
    auto opened = co_await channel_->connector().open(url_, *watch_);
    if (watch_->stopped()) co_return failure{stop_error()};
    if (!opened) co_return failure{std::move(opened.error())};
    stream_ = *std::move(opened);
    info_.timings.connect = now() - began;
    co_return std::nullopt;
}

template <class Lazy>
auto basic_exchange<Lazy>::ask(std::string head) -> net::task<verdict> {
    sent_ = now();
    watch_->begin(net::stop_cause::idle, timeout_.idle);
    const std::string* const body = send_body_ ? spec_.body.get() : nullptr;
    constexpr std::size_t worth_copying = 16 * 1024;
    const bool apart = body != nullptr && body->size() > worth_copying;
    if (body != nullptr && !apart) head.append(*body);
    std::error_code code = co_await stream_->write(head, *watch_);
    if (!code && apart) code = co_await stream_->write(*body, *watch_);
    if (watch_->stopped()) co_return failure{stop_error()};
    // A server that answers early closes its side: the answer counts, if there is one.
    verdict failed = co_await read_head(code);
    co_return failed;
}

template <class Lazy>
auto basic_exchange<Lazy>::read_head(std::error_code write_failure) -> net::task<verdict> {
    reader_ = http::response_reader(channel_->options().limits);
    reader_.expect(method_);
    events_ = http::sse_reader(channel_->options().stream_limits);
    event_bytes_ = {};
    read_ = filled_ = 0;
    body_complete_ = false;
    info_.raw.clear();
    watch_->begin(net::stop_cause::first_byte, timeout_.first_byte);
    for (;;) {
        const http::reader_step piece = reader_.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::head) {
            note_head();
            co_return std::nullopt;
        }
        if (piece.event == http::reader_event::failed)
            co_return failure{detail::protocol_failure("the answer is malformed: " + reader_.error().message)};
        if (piece.event == http::reader_event::informational) continue;
        const std::error_code code = co_await fill();
        if (watch_->stopped()) co_return failure{stop_error()};
        if (code)
            co_return failure{io_error(write_failure ? write_failure : code,
                                       answer_began_ ? "the connection broke in the answer's head"
                                                     : "the connection broke before the answer")};
        if (!answer_began_) {
            answer_began_ = true;
            info_.timings.first_byte = now() - sent_;
            watch_->begin(net::stop_cause::idle, timeout_.idle);
        }
    }
}

template <class Lazy>
auto basic_exchange<Lazy>::read_answer() -> net::task<verdict> {
    if (streaming_ && is_success()) {
        if (timeout_.total_covers_streams == false)
            watch_->set_total(std::chrono::steady_clock::time_point::max());
        verdict failed = co_await read_first_event();
        co_return failed;
    }
    verdict failed = co_await read_whole();
    if (is_success()) co_return failed;
    // An answer that says no is the failure, even where its text broke off.
    if (failed && watch_->stopped()) co_return failed;
    co_return failure{error_of_answer(info_.status, info_.raw), true};
}

template <class Lazy>
auto basic_exchange<Lazy>::read_whole() -> net::task<verdict> {
    const std::size_t limit =
        is_success() ? channel_->options().max_response_bytes : detail::longest_error_body;
    for (;;) {
        const http::reader_step piece = reader_.next(unread());
        read_ += piece.consumed;
        switch (piece.event) {
            case http::reader_event::body:
                if (piece.data.size() > limit - info_.raw.size())
                    co_return failure{detail::protocol_failure("the answer is longer than " +
                                                               std::to_string(limit) + " bytes")};
                info_.raw.append(piece.data);
                break;
            case http::reader_event::complete:
                body_complete_ = true;
                release_connection();
                co_return std::nullopt;
            case http::reader_event::failed:
                co_return failure{
                    detail::protocol_failure("the answer is malformed: " + reader_.error().message)};
            default: {
                const std::error_code code = co_await fill();
                if (watch_->stopped()) co_return failure{stop_error()};
                if (!code) break;
                if (code == asio::error::eof &&
                    reader_.finish().event == http::reader_event::complete) {
                    stream_.reset();
                    co_return std::nullopt;
                }
                co_return failure{io_error(code, "the connection broke in the answer's body")};
            }
        }
    }
}

// More bytes for the readers, which have used up all that came before.
template <class Lazy>
net::task<std::error_code> basic_exchange<Lazy>::fill() {
    constexpr std::size_t size = 32 * 1024;
    if (buffer_.empty()) buffer_.resize(size);
    read_ = filled_ = 0;
    const net::stream::transfer read = co_await stream_->read_some(buffer_.data(), buffer_.size(), *watch_);
    filled_ = read.code ? 0 : read.bytes;
    co_return read.code;
}

template <class Lazy>
net::task<result<void>> basic_exchange<Lazy>::warm() {
    begun_ = now();
    url_ = channel_->base();
    if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
    ++info_.attempts;
    verdict failed = co_await connect(true);
    if (failed) co_return with_facts(std::move(failed->reason));
    channel_->pool().put(url_.origin(), *stream_);
    stream_.reset();
    co_return result<void>();
}

template <class Lazy>
void basic_exchange<Lazy>::release_connection() {
    const bool whole = body_complete_ && reader_.keep_alive() && !reader_.close_delimited() && unread().empty();
    if (whole && stream_) channel_->pool().put(url_.origin(), *stream_);
    stream_.reset();
}

template <class Lazy>
bool basic_exchange<Lazy>::has_time_for(std::chrono::milliseconds delay) const {
    return now() + delay < total_due_;
}

template <class Lazy>
error basic_exchange<Lazy>::with_facts(error reason) const {
    reason.attempts = info_.attempts;
    if (reason.request_id.empty()) reason.request_id = info_.request_id;
    const std::string& key = channel_->options().api_key.reveal();
    detail::redact(reason.message, key);
    detail::redact(reason.body, key);
    return reason;
}

template <class Lazy>
error basic_exchange<Lazy>::stop_error() const {
    return detail::error_of_stop(watch_->cause(), timeout_);
}

template <class Lazy>
error basic_exchange<Lazy>::io_error(std::error_code code, std::string_view what) const {
    if (watch_->stopped()) return stop_error();
    const std::string tls = stream_ ? stream_->tls_error() : std::string();
    error reason;
    reason.kind = tls.empty() ? error_kind::connection : error_kind::tls;
    reason.message = std::string(what) + ": " +
                     (!tls.empty() ? tls
                      : code == asio::error::eof ? std::string("the server closed it") : code.message());
    return reason;
}

}  // namespace tessera::call

#include "tessera/call/detail/exchange_request_impl.hpp"
#include "tessera/call/detail/exchange_stream_impl.hpp"
