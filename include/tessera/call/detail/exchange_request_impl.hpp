#pragma once

#include <array>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <mutex>
#include <string>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/http/writer.hpp"

// The driver's requests: credential, target, headers, body, redirects.
namespace tessera::call {

template <class Lazy>
void basic_exchange<Lazy>::aim() {
    url_ = channel_->base();
    if (url_.path.ends_with('/')) url_.path.pop_back();
    url_.path += spec_.target_path.empty() ? "/" : spec_.target_path;
    auto query = spec_.query;
    query.insert(query.end(), options_.query.begin(), options_.query.end());
    if (std::string text = http::encode_query(query); !text.empty())
        url_.query = url_.query.empty() ? std::move(text) : url_.query + "&" + text;
    method_ = spec_.method;
    send_body_ = true;
    same_origin_ = true;
    redirects_ = 0;
}

template <class Lazy>
result<std::string> basic_exchange<Lazy>::write_request() const {
    static constexpr std::array<std::string_view, 7> framing = {
        "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"};
    const client_options& client = channel_->options();
    const net::connector& connector = channel_->connector();
    const bool absolute = connector.wants_absolute_form(url_);
    http::request_head head;
    head.method = method_;
    head.target = absolute ? url_.origin() + url_.target() : url_.target();
    http::fields& headers = head.headers;
    headers.add("host", url_.authority());
    headers.add("user-agent", client.user_agent);
    headers.add("accept", spec_.headers.find("accept").value_or("*/*"));
    if (has_body()) headers.add("content-type", spec_.content_type);
    // Another origin gets none of what the caller or the API's key made: any of it may be a secret.
    if (same_origin_) {
        const http::auth& shown = spec_.authentication;
        const std::string& key = token_.text.reveal();
        if (!key.empty() && shown != http::auth::none)
            headers.add(shown.header,
                        shown.scheme.empty() ? key : std::string(shown.scheme) + " " + key);
        for (const http::fields* given : {&spec_.headers, &client.headers, &options_.headers})
            for (const http::field each : *given) {
                for (const std::string_view own : framing)
                    if (http::equal_nocase(each.name, own))
                        return error{error_kind::invalid_argument,
                                     "the header " + std::string(own) +
                                         " cannot be set: it frames the request"};
                headers.set(each.name, each.value);
            }
    }
    const bool sized = has_body() && (spec_.body || spec_.content->size);
    if (sized)
        headers.set("content-length",
                    std::to_string(spec_.body ? spec_.body->size() : *spec_.content->size));
    else if (has_body())
        headers.set("transfer-encoding", "chunked");
    else if (method_ != "GET" && method_ != "HEAD" && method_ != "DELETE")
        headers.set("content-length", "0");
    if (absolute && !connector.proxy_authorization().empty())
        headers.set("proxy-authorization", connector.proxy_authorization().reveal());
    std::string bytes;
    if (result<void> written = http::write_head(bytes, head); !written)
        return std::move(written.error());
    return bytes;
}

// The token of the attempt that follows. A provider is waited for without a thread.
template <class Lazy>
auto basic_exchange<Lazy>::authorize() -> net::task<verdict> {
    detail::token_source& tokens = channel_->tokens();
    if (spec_.authentication == http::auth::none) co_return std::nullopt;
    if (tokens.is_fixed()) {
        token_.text = tokens.fixed();
        co_return std::nullopt;
    }
    // What the provider's answer finds when it comes, perhaps when the call and its context are
    // gone.
    struct waiting_room {
        std::mutex mutex;
        std::optional<net::executor> io;  // while the call waits
        std::optional<result<detail::token_source::token>> given;
    };
    struct waiting_here {
        explicit waiting_here(std::shared_ptr<waiting_room> room) : in(std::move(room)) {}
        waiting_here(const waiting_here&) = delete;
        waiting_here& operator=(const waiting_here&) = delete;
        ~waiting_here() {
            const std::lock_guard lock(in->mutex);
            in->io.reset();
        }
        std::shared_ptr<waiting_room> in;
    };
    asio::steady_timer timer(io_, asio::steady_timer::time_point::max());
    const auto room = std::make_shared<waiting_room>();
    room->io = io_;
    const waiting_here until_answered(room);
    tokens.ask(std::exchange(refused_token_, 0),
               [room, bell = &timer](result<detail::token_source::token> given) {
                   const std::lock_guard lock(room->mutex);
                   room->given = std::move(given);
                   if (!room->io) return;
                   asio::post(*room->io, [room, bell] {
                       const std::lock_guard still(room->mutex);
                       if (room->io) bell->cancel();
                   });
               });
    const auto answered = [&room] {
        const std::lock_guard lock(room->mutex);
        return room->given.has_value();
    };
    while (!answered() && !watch_->stopped()) {
        net::watch::waiting guard(*watch_, [&timer] { timer.cancel(); });
        std::error_code ignored;
        co_await timer.async_wait(net::into<Lazy>(ignored));
    }
    const std::lock_guard lock(room->mutex);
    if (!room->given) co_return failure{stop_error()};
    if (!*room->given) co_return failure{std::move(room->given->error())};
    token_ = *std::move(*room->given);
    co_return std::nullopt;
}

template <class Lazy>
auto basic_exchange<Lazy>::ask(std::string head) -> net::task<verdict> {
    asked_ = now();
    watch_->begin(net::stop_cause::idle, timeout_.idle);
    const std::string* const body = send_body_ ? spec_.body.get() : nullptr;
    constexpr std::size_t worth_copying = 16 * 1024;
    const bool apart = body != nullptr && body->size() > worth_copying;
    if (body != nullptr && !apart) head.append(*body);
    sent_ = true;
    std::error_code code = co_await stream_->write(head, *watch_);
    if (!code && apart) code = co_await stream_->write(*body, *watch_);
    if (!code && send_body_ && spec_.content) {
        result<std::error_code> sent = co_await send_content();
        if (!sent) co_return failure{std::move(sent.error())};
        code = *sent;
    }
    if (watch_->stopped()) co_return failure{stop_error()};
    // A server that answers early closes its side: the answer counts, if there is one.
    verdict failed = co_await read_head(code);
    co_return failed;
}

// A body that is produced piece by piece; in chunks (RFC 9112 section 7.1) where its size is not
// known.
template <class Lazy>
net::task<result<std::error_code>> basic_exchange<Lazy>::send_content() {
    constexpr std::size_t most = 64 * 1024;
    result<body_reader> reader = spec_.content->open();
    if (!reader) co_return std::move(reader.error());
    const bool chunked = !spec_.content->size;
    std::uint64_t left = spec_.content->size.value_or(0);
    std::string bytes(most, '\0');
    std::string framed;
    for (;;) {
        const result<std::size_t> size = (*reader)(bytes.data(), most);
        if (!size) co_return size.error();
        const bool at_end = *size == 0;
        if (!chunked && (*size > left || (at_end && left != 0)))
            co_return error{error_kind::invalid_argument,
                            "the body's size changed while it was sent"};
        framed.clear();
        if (!chunked)
            left -= *size;
        else if (at_end)
            http::write_last_chunk(framed);
        else
            http::write_chunk(framed, {bytes.data(), *size});
        const std::string_view piece =
            chunked ? std::string_view(framed) : std::string_view(bytes.data(), *size);
        const std::error_code code = co_await stream_->write(piece, *watch_);
        if (code || at_end) co_return code;
    }
}

template <class Lazy>
void basic_exchange<Lazy>::note_head() {
    http::response_head head = reader_.take_head();
    info_.status = head.status;
    info_.headers = std::move(head.headers);
    info_.request_id.clear();
    for (const char* name : {"x-request-id", "request-id"})
        if (const auto id = info_.headers.find(name); id && info_.request_id.empty())
            info_.request_id = *id;
}

template <class Lazy>
bool basic_exchange<Lazy>::hands_out_redirect() const {
    return detail::is_redirect(info_.status) &&
           (most_redirects() <= 0 || detail::is_redirect(spec_.status));
}

// True: the request goes on to another URL. Credentials stay with the first origin, https stays
// https.
template <class Lazy>
result<bool> basic_exchange<Lazy>::follow_redirect() {
    const int status = info_.status;
    const auto location = info_.headers.find("location");
    if (!location || !detail::is_redirect(status) || hands_out_redirect()) return false;
    if (++redirects_ > most_redirects())
        return detail::protocol_failure("more than " + std::to_string(most_redirects()) +
                                        " redirects");
    result<http::url> next = http::resolve(url_, *location);
    if (!next)
        return detail::protocol_failure("a redirect to what is no URL: " + next.error().message);
    if (url_.secure() && !next->secure())
        return detail::protocol_failure("a redirect from https to http is not followed");
    if (next->origin() != url_.origin()) same_origin_ = false;
    next->userinfo.clear();
    url_ = *std::move(next);
    // RFC 9110 section 15.4: 303 is read by GET; 301 and 302 turn POST into GET, as ever, and
    // nothing else.
    const bool becomes_get = status == 303 ? method_ != "HEAD" : status <= 302 && method_ == "POST";
    if (becomes_get && method_ != "GET") {
        method_ = "GET";
        send_body_ = false;
    }
    return true;
}

}  // namespace tessera::call
