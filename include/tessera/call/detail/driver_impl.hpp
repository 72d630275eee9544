#pragma once

#include <exception>
#include <utility>

#include "tessera/call/detail/driver.hpp"
#include "tessera/call/error_body.hpp"

// Attempts, retries and what is common to whole answers and streams.
namespace tessera::call::detail {

using tessera::detail::failed;

TESSERA_DEF
driver::driver(channel& owner, spec&& request, const call_options& options, const net::executor& io)
    : exchange(io),
      channel_(owner.shared_from_this()),
      spec_(std::move(request)),
      options_(options),
      watch_(new net::watch(io, owner.time())) {
    policy_.max_retries = options_.max_retries.value_or(owner.options().max_retries);
}

TESSERA_DEF
void driver::canceller::operator()() const noexcept { owner->cancel(); }

TESSERA_DEF
task<result<void>> driver::run_step(std::shared_ptr<driver> self, step what) {
    boxed_error thrown;
    try {
        if (self->options_.stop.stop_possible() && !self->stop_callback_)
            self->stop_callback_.reset(
                new std::stop_callback<canceller>(self->options_.stop, canceller{self.get()}));
        self->outcome_ = co_await what(*self);
    } catch (const exception& e) {
        thrown = boxed_error(error(e.error()));
    } catch (const std::exception& e) {
        thrown = failed(error_kind::connection, {"the call could not be carried out: ", e.what()});
    } catch (...) {
        thrown = failed(error_kind::connection, "the call could not be carried out");
    }
    if (thrown) {
        self->stream_.reset();
        self->download_.reset();
        self->stream_error_ = thrown;
        self->outcome_ = std::move(thrown);
    }
    self->watch_->rest();
    self->running_ = false;
    co_return result<void>();
}

TESSERA_DEF
task<result<void>> driver::warm_up() {
    begin();
    url_ = channel_->base();
    if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
    ++info_.attempts;
    result<void> done = co_await connect(true);
    if (done)
        channel_->transport().pool.put(url_.origin(), *stream_);
    else
        add_facts(done.error());
    stream_.reset();
    co_return done;
}

TESSERA_DEF
void driver::stop_now() {
    watch_->stop(net::stop_cause::cancelled);
    if (!running_) close_now();
}

TESSERA_DEF
void driver::close_now() noexcept {
    stream_.reset();
    event_bytes_ = {};
    holds_first_ = false;
    if (!ended_) watch_->stop(net::stop_cause::cancelled);
}

TESSERA_DEF
const client_options& driver::client() const { return channel_->options(); }

TESSERA_DEF
std::chrono::steady_clock::time_point driver::now() const { return channel_->time().now(); }

TESSERA_DEF
int driver::most_redirects() const {
    return options_.max_redirects.value_or(client().max_redirects);
}

TESSERA_DEF
bool driver::is_success() const {
    return (info_.status >= 200 && info_.status <= 299) || hands_out_redirect();
}

TESSERA_DEF
void driver::begin() {
    const bool answers_at_once =
        is_stream() || spec_.method == "GET" || spec_.method == "HEAD" || spec_.method == "DELETE";
    timeout_ = merge(client().timeout, options_.timeout, answers_at_once);
    begun_ = now();
    if (timeout_.total.count() > 0) total_due_ = begun_ + timeout_.total;
    watch_->set_total(total_due_);
}

TESSERA_DEF
task<result<void>> driver::run() {
    begin();
    if (spec_.defect) co_return spec_.defect;
    if (options_.into && (is_stream() || !spec_.binary))
        co_return failed(
            error_kind::invalid_argument,
            "the answer is not bytes or text that could go into a sink: leave `into` out");
    for (int failures = 0;;) {
        if (options_.stop.stop_requested()) watch_->stop(net::stop_cause::cancelled);
        sent_ = answered_ = false;
        result<void> done = co_await authorize();
        if (done) done = co_await attempt();
        info_.timings.total = now() - begun_;
        if (done) co_return done;
        stream_.reset();
        const bool handed_out = download_ && !download_->can_restart();
        download_.reset();
        add_facts(done.error());
        if (watch_->cause() == net::stop_cause::total ||
            watch_->cause() == net::stop_cause::cancelled)
            co_return done;
        if (answered_ && info_.status == 401 && token_.version != 0 && same_origin_ &&
            !std::exchange(refreshed_, true)) {
            refused_token_ = token_.version;
            continue;
        }
        const retry_decision decision = decide(done.error(), ++failures, handed_out);
        if (!decision.retry || !has_time_for(decision.delay)) co_return done;
        watch_->reset();
        watch_->set_total(total_due_);
        info_.timings.waited += decision.delay;
        co_await watch_->pause(decision.delay);
        if (watch_->stopped()) {
            done = stop_error();
            add_facts(done.error());
            co_return done;
        }
    }
}

TESSERA_DEF
retry_decision driver::decide(error& reason, int failures, bool handed_out) {
    failed_attempt facts;
    facts.kind = reason.kind;
    facts.status = reason.status;
    facts.headers = answered_ ? &info_.headers : nullptr;
    facts.number = failures;
    facts.sent = sent_;
    facts.replayable = is_replayable();
    facts.handed_out = handed_out;
    const auto wall = channel_->time().wall();
    const retry_decision decision =
        decide_retry(policy_, facts, channel_->random().uniform(), wall);
    if (answered_) reason.retry_after = retry_after(info_.headers, wall);
    return decision;
}

TESSERA_DEF
task<result<void>> driver::attempt() {
    aim();
    for (bool fresh = false, goes_on = true; goes_on;) {
        // What must not be sent is refused before there is a connection to send it on.
        std::string head;
        result<void> done = write_request(head);
        if (!done) co_return done;
        ++info_.attempts;
        info_.status = 0;
        info_.headers.clear();
        info_.request_id.clear();
        done = co_await connect(fresh);
        if (done) done = co_await ask(std::move(head));
        if (!done && !fresh && was_stale(done.error())) {
            fresh = true;
            stream_.reset();
            watch_->reset();
            continue;
        }
        if (!done) co_return done;
        done = follow_redirect(goes_on);
        answered_ = !done;
        if (!done) co_return done;
        if (goes_on) stream_.reset();
    }
    if (is_stream() && is_success()) {
        if (!timeout_.total_covers_streams)
            watch_->set_total(std::chrono::steady_clock::time_point::max());
        result<void> begun = co_await (this->*read_stream_)();
        co_return begun;
    }
    result<void> read = co_await read_whole();
    if (is_success()) co_return read;
    // An answer that says no is the failure, even where its text broke off.
    if (!read && watch_->stopped()) co_return read;
    answered_ = true;
    co_return error_of_answer(info_.status, info_.raw,
                              info_.headers.find("content-type").value_or(""));
}

// The peer may have closed a kept connection at the very moment it was taken: that is no failure of
// the attempt as long as nothing was answered.
TESSERA_DEF
bool driver::was_stale(const error& reason) const {
    return stream_ && stream_->reused() && !answer_began_ && is_replayable() &&
           !watch_->stopped() && reason.kind == error_kind::connection;
}

TESSERA_DEF
task<result<void>> driver::connect(bool fresh) {
    answer_began_ = false;
    info_.timings.connect = {};
    stream_ = fresh ? nullptr : channel_->transport().pool.take(url_.origin(), io_);
    info_.connection_reused = stream_ != nullptr;
    if (stream_ && !watch_->stopped()) co_return result<void>();
    const auto began = now();
    watch_->begin(net::stop_cause::connect, timeout_.connect);
    if (watch_->stopped()) co_return stop_error();
    result<void> done = co_await channel_->transport().connector.open(url_, *watch_, stream_);
    if (watch_->stopped()) co_return stop_error();
    info_.timings.connect = now() - began;
    co_return done;
}

TESSERA_DEF
task<result<void>> driver::read_head(std::error_code write_failure) {
    readers_.reset(new readers(client()));
    readers_->message.expect(method_);
    event_bytes_ = {};
    read_ = filled_ = 0;
    body_complete_ = false;
    info_.raw.clear();
    watch_->begin(net::stop_cause::first_byte, timeout_.first_byte);
    for (;;) {
        const http::reader_step piece = readers_->message.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::head) {
            note_head();
            co_return result<void>();
        }
        if (piece.event == http::reader_event::failed) co_return malformed();
        if (piece.event == http::reader_event::informational) continue;
        const std::error_code code = co_await fill();
        if (watch_->stopped()) co_return stop_error();
        if (code)
            co_return io_error(write_failure ? write_failure : code,
                               answer_began_ ? "the connection broke in the answer's head"
                                             : "the connection broke before the answer");
        if (!answer_began_) {
            answer_began_ = true;
            info_.timings.first_byte = now() - asked_;
            watch_->begin(net::stop_cause::idle, timeout_.idle);
        }
    }
}

TESSERA_DEF
task<result<void>> driver::read_whole() {
    const std::size_t limit = is_success() ? client().max_response_bytes : longest_error_body;
    if (is_success() && options_.into) {
        auto opened = options_.into.open();
        if (!opened) co_return std::move(opened).failure();
        download_ = *std::move(opened);
    }
    for (;;) {
        const http::reader_step piece = readers_->message.next(unread());
        read_ += piece.consumed;
        if (piece.event == http::reader_event::failed) co_return malformed();
        if (piece.event == http::reader_event::complete) {
            body_complete_ = true;
            release_connection();
            co_return finish_download();
        }
        if (piece.event == http::reader_event::body) {
            if (download_) {
                result<void> taken = download_->take(piece.data);
                if (!taken) co_return taken;
                continue;
            }
            if (piece.data.size() > limit - info_.raw.size())
                co_return failed(error_kind::protocol,
                                 {"the answer is longer than ", std::to_string(limit), " bytes"});
            info_.raw.append(piece.data);
            continue;
        }
        const std::error_code code = co_await fill();
        if (watch_->stopped()) co_return stop_error();
        if (!code) continue;
        if (code == asio::error::eof &&
            readers_->message.finish().event == http::reader_event::complete) {
            stream_.reset();
            co_return finish_download();
        }
        co_return io_error(code, "the connection broke in the answer's body");
    }
}

TESSERA_DEF
result<void> driver::finish_download() {
    if (!download_) return {};
    result<void> finished = download_->finish();
    download_.reset();
    return finished;
}

// More bytes for the readers, which have used up all that came before.
TESSERA_DEF
task<std::error_code> driver::fill() {
    if (buffer_.empty()) buffer_.resize(std::size_t{32} * 1024);
    read_ = filled_ = 0;
    return stream_->read_some(buffer_.data(), buffer_.size(), filled_, *watch_);
}

TESSERA_DEF
void driver::release_connection() {
    const bool whole = body_complete_ && readers_->message.keep_alive() &&
                       !readers_->message.close_delimited() && unread().empty();
    if (whole && stream_) channel_->transport().pool.put(url_.origin(), *stream_);
    stream_.reset();
}

TESSERA_DEF
bool driver::has_time_for(std::chrono::milliseconds delay) const {
    return now() + delay < total_due_;
}

TESSERA_DEF
void driver::add_facts(error& reason) const {
    reason.attempts = info_.attempts;
    if (reason.request_id.empty()) reason.request_id = info_.request_id;
    const std::string& key = token_.text.reveal();
    redact(reason.message, key);
    redact(reason.body, key);
}

TESSERA_DEF
boxed_error driver::stop_error() const { return error_of_stop(watch_->cause(), timeout_); }

TESSERA_DEF
boxed_error driver::malformed() const {
    return failed(error_kind::protocol,
                  {"the answer is malformed: ", readers_->message.error().message});
}

TESSERA_DEF
boxed_error driver::io_error(std::error_code code, const char* what) const {
    if (watch_->stopped()) return stop_error();
    const std::string tls = stream_ ? stream_->tls_error() : std::string();
    std::string why = tls;
    if (tls.empty())
        why = code == asio::error::eof ? std::string("the server closed it") : code.message();
    return failed(tls.empty() ? error_kind::connection : error_kind::tls, {what, ": ", why});
}

}  // namespace tessera::call::detail
