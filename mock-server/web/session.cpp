#include "web/session.hpp"

#include <asio/buffer.hpp>
#include <charconv>
#include <cstring>
#include <utility>

#include "tessera/http/writer.hpp"
#include "web/api.hpp"
#include "web/form.hpp"
#include "web/worker.hpp"

namespace tessera::server {
namespace {

// A body may come slowly, yet not slower than this.
constexpr std::uint64_t bytes_per_second = 16 * 1024;
// What a client may send after the last answer before the connection is cut.
constexpr std::size_t linger_bytes = 1024 * 1024;

http::reader_limits reader_limits_of(const connection_limits& limits) {
    http::reader_limits made;
    made.head_bytes = limits.head_bytes;
    return made;
}

bool too_long(std::string_view content_length, std::uint64_t limit) {
    std::uint64_t length = 0;
    std::from_chars(content_length.data(), content_length.data() + content_length.size(), length);
    return length > limit;
}

// How large the body may be, and with which status a larger one is refused.
std::pair<std::uint64_t, int> body_limit(const request& asked, const connection_limits& limits) {
    if (!asked.route) return {limits.body_bytes, 413};
    const http::body_rules& rules = asked.route->body;
    return {rules.most_bytes != 0 ? rules.most_bytes : limits.body_bytes, rules.too_large};
}

problem body_too_large(std::pair<std::uint64_t, int> limit) {
    return {.status = limit.second,
            .message = "the body is larger than " + std::to_string(limit.first) +
                       " bytes, the most that is accepted"};
}

// What the disk refuses is the server's failure.
template <class Work>
std::optional<problem> or_failure(Work work) {
    try {
        return work();
    } catch (const std::exception& thrown) {
        return problem{.status = 500, .message = thrown.what()};
    }
}

}  // namespace

session::session(asio::ip::tcp::socket socket, worker& owner)
    : socket_(std::move(socket)),
      worker_(owner),
      limits_(owner.limits()),
      reader_(reader_limits_of(limits_)),
      in_(std::make_unique<char[]>(read_buffer)) {}

void session::start() {
    std::error_code error;
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    const auto peer = socket_.remote_endpoint(error);
    if (error) return close();
    const asio::ip::address address = peer.address();
    from_loopback_ =
        address.is_loopback() ||
        (address.is_v6() && address.to_v6().is_v4_mapped() &&
         asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback());
    enter(phase::idle);
    read();
}

void session::turn_away() {
    refuse({.status = 503,
            .message = "the server has as many connections as it takes",
            .retry_after = std::chrono::seconds(1)});
}

void session::enter(phase next) {
    phase_ = next;
    phase_began_ = clock::now();
}

void session::read() {
    if (reading_ || closed_ || at_end_ || in_end_ == read_buffer) return;
    reading_ = true;
    socket_.async_read_some(asio::buffer(in_.get() + in_end_, read_buffer - in_end_),
                            [self = shared_from_this()](std::error_code error, std::size_t size) {
                                self->on_read(error, size);
                            });
}

void session::on_read(std::error_code error, std::size_t size) {
    reading_ = false;
    if (closed_) return;
    if (error) {
        // A client that closes its sending side during an answer counts as gone: nothing tells it
        // from one that closed the connection until the answer's bytes are refused.
        at_end_ = true;
        if (phase_ == phase::answering || phase_ == phase::lingering || error != asio::error::eof)
            return close();
        last_answer_ = true;
        return flush();
    }
    if (phase_ == phase::lingering) {
        lingered_ += size;
        if (lingered_ > linger_bytes) return close();
        return read();
    }
    in_end_ += size;
    process();
}

void session::process() {
    if (processing_ || closed_ || phase_ == phase::lingering) return;
    processing_ = true;
    while (!closed_ && !last_answer_ && phase_ != phase::answering && !congested() && step()) {
    }
    processing_ = false;
    if (closed_) return;
    std::memmove(in_.get(), in_.get() + in_begin_, in_end_ - in_begin_);
    in_end_ -= std::exchange(in_begin_, 0);
    flush();
    read();
}

bool session::step() {
    const http::reader_step next =
        reader_.next(std::string_view(in_.get() + in_begin_, in_end_ - in_begin_));
    in_begin_ += next.consumed;
    switch (next.event) {
        case http::reader_event::head:
            take_head();
            return true;
        case http::reader_event::body:
            take_body(next.data);
            return true;
        case http::reader_event::complete:
            take_complete();
            return true;
        case http::reader_event::failed:
            refuse({.status = reader_.error().status, .message = reader_.error().message});
            return true;
        case http::reader_event::informational:
        case http::reader_event::need_more:
            break;
    }
    if (phase_ == phase::idle && !reader_.idle()) enter(phase::head);
    return false;
}

void session::take_head() {
    enter(phase::body);
    keep_alive_ = reader_.keep_alive();
    body_bytes_ = 0;
    request asked;
    asked.head = reader_.take_head();
    asked.from_loopback = from_loopback_;
    asked.arrived = phase_began_;
    http_1_0_ = asked.head.minor == 0;
    head_only_ = asked.head.method == "HEAD";
    current_ = std::make_shared<exchange>(shared_from_this(), std::move(asked));
    request& kept = current_->request();
    early_answer_ = worker_.handler().admit(kept);
    form_.reset();
    if (const auto limit = body_limit(kept, limits_);
        !early_answer_ && too_long(kept.header("content-length"), limit.first))
        return refuse(body_too_large(limit));
    if (!early_answer_ && kept.route->takes == http::media::form &&
        kept.head.headers.contains("content-type")) {
        const auto wrong =
            form_receiver::begin(form_, kept.header("content-type"), kept.route->body);
        if (wrong) early_answer_ = worker_.handler().explain(&kept, *wrong);
    }
    if (!reader_.expects_continue()) return;
    if (early_answer_) {
        // The client will not send the body now, and nothing tells whether it will after all.
        last_answer_ = true;
        enter(phase::answering);
        current_->respond(std::move(*early_answer_));
    } else {
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
}

void session::take_body(std::string_view piece) {
    body_bytes_ += piece.size();
    request& asked = current_->request();
    if (const auto limit = body_limit(asked, limits_); body_bytes_ > limit.first)
        return refuse(body_too_large(limit));
    if (early_answer_) return;
    if (!form_) {
        asked.body += piece;
        return;
    }
    const auto refused = or_failure([&] { return form_->take(piece); });
    if (refused) refuse(*refused);
}

void session::take_complete() {
    enter(phase::answering);
    if (!early_answer_ && form_) {
        received_form& whole = current_->request().form.emplace();
        const auto refused = or_failure([&] { return form_->finish(whole); });
        form_.reset();
        if (refused) early_answer_ = worker_.handler().explain(&current_->request(), *refused);
    }
    if (early_answer_)
        current_->respond(std::move(*early_answer_));
    else
        worker_.handler().handle(current_);
}

// Answers what cannot be read on; the connection ends with it.
void session::refuse(const problem& reason) {
    last_answer_ = true;
    if (!current_) head_only_ = http_1_0_ = false;
    const request* asked = current_ ? &current_->request() : nullptr;
    respond(worker_.handler().explain(asked, reason));
}

void session::respond(answer whole) {
    write_answer(std::move(whole), true);
    answer_ended();
}

void session::start_answer(answer head) { write_answer(std::move(head), false); }

void session::finish_answer() {
    close_chunk();
    if (std::exchange(chunked_, false)) out_ += "0\r\n\r\n";
    answer_ended();
}

void session::answer_ended() {
    if (const exchange_ptr ended = std::exchange(current_, nullptr)) ended->detach();
    early_answer_.reset();
    last_answer_ |= draining_;
    enter(phase::idle);
    process();
}

void session::write_answer(answer whole, bool has_length) {
    worker_.handler().decorate(current_ ? &current_->request() : nullptr, whole);
    const bool no_body = whole.status == 204 || whole.status == 304;
    chunked_ = !has_length && !http_1_0_ && !head_only_;
    if (has_length && !no_body)
        whole.headers.set("content-length", std::to_string(whole.body.size()));
    else if (!has_length && !http_1_0_)
        whole.headers.set("transfer-encoding", "chunked");
    last_answer_ = last_answer_ || !keep_alive_ || draining_ || (!has_length && http_1_0_);
    if (last_answer_)
        whole.headers.set("connection", "close");
    else if (http_1_0_)
        whole.headers.set("connection", "keep-alive");
    whole.headers.set("date", worker_.date());
    http::response_head head{.status = whole.status,
                             .reason = std::string(http::reason_phrase(whole.status)),
                             .minor = 1,
                             .headers = std::move(whole.headers)};
    if (!http::write_head(out_, head)) return close();
    if (!head_only_ && !no_body) out_ += whole.body;
}

std::string& session::body() {
    if (head_only_) {
        current_->discarded_.clear();
        return current_->discarded_;
    }
    if (chunked_ && chunk_begin_ == no_chunk) open_chunk();
    return out_;
}

// One chunk takes all that is appended until it is sent; its size is filled in then. RFC 9112
// section 7.1 allows leading zeros.
void session::open_chunk() {
    chunk_begin_ = out_.size();
    out_ += "00000000\r\n";
}

void session::close_chunk() {
    if (chunk_begin_ == no_chunk) return;
    constexpr std::size_t digits = 8;
    std::size_t size = out_.size() - chunk_begin_ - digits - 2;
    if (size == 0) {
        out_.resize(chunk_begin_);
    } else {
        for (std::size_t i = chunk_begin_ + digits; i-- > chunk_begin_; size >>= 4)
            out_[i] = "0123456789abcdef"[size & 15];
        out_ += "\r\n";
    }
    chunk_begin_ = no_chunk;
}

void session::flush() {
    if (writing_ || closed_ || phase_ == phase::lingering) return;
    close_chunk();
    if (out_.empty()) {
        if (last_answer_ && phase_ != phase::answering) linger();
        return;
    }
    std::swap(out_, sending_);
    sent_ = 0;
    writing_ = true;
    write_some();
}

void session::write_some() {
    write_deadline_ = clock::now() + limits_.write_timeout;
    socket_.async_write_some(asio::buffer(sending_.data() + sent_, sending_.size() - sent_),
                             [self = shared_from_this()](std::error_code error, std::size_t size) {
                                 self->on_write(error, size);
                             });
}

void session::on_write(std::error_code error, std::size_t size) {
    if (closed_) return;
    if (error) return close();
    sent_ += size;
    if (sent_ < sending_.size()) return write_some();
    sending_.clear();
    sent_ = 0;
    if (sending_.capacity() > limits_.write_buffer) sending_.shrink_to_fit();
    writing_ = false;
    write_deadline_ = clock::time_point::max();
    if (current_ && phase_ == phase::answering) current_->room();
    process();
}

// RFC 9112 section 9.6: the connection stays half open for a while, lest a reset destroys the
// answer on its way to a client that is still sending.
void session::linger() {
    if (at_end_) return close();
    std::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    enter(phase::lingering);
    in_begin_ = in_end_ = 0;
    read();
}

void session::drain() {
    draining_ = true;
    if (phase_ != phase::idle) return;
    last_answer_ = true;
    if (!writing_ && out_.empty())
        close();
    else
        flush();
}

void session::close() {
    if (std::exchange(closed_, true)) return;
    const auto self = shared_from_this();
    std::error_code ignored;
    socket_.close(ignored);
    worker_.forget(this);
    if (const exchange_ptr left = std::exchange(current_, nullptr)) left->gone();
}

void session::check(clock::time_point now) {
    if (closed_) return;
    if (now >= write_deadline_) return close();
    const auto since = now - phase_began_;
    switch (phase_) {
        case phase::idle:
            if (!writing_ && since >= limits_.idle_timeout) close();
            break;
        case phase::head:
            if (since >= limits_.head_timeout)
                refuse({.status = 408, .message = "the head of the request took too long"});
            break;
        case phase::body:
            if (since >=
                limits_.body_timeout + std::chrono::seconds(body_bytes_ / bytes_per_second))
                refuse({.status = 408, .message = "the body of the request took too long"});
            break;
        case phase::lingering:
            if (since >= limits_.linger_timeout) close();
            break;
        case phase::answering:
            break;
    }
}

}  // namespace tessera::server
