#pragma once

#include <string>
#include <utility>

#include "tessera/call/detail/driver.hpp"
#include "tessera/http/writer.hpp"

// Requests: credential, target, headers, body, redirects.
namespace tessera::call::detail {

TESSERA_DEF
void driver::aim() {
    url_ = channel_->base();
    if (url_.path.ends_with('/')) url_.path.pop_back();
    url_.path += spec_.target_path.empty() ? "/" : spec_.target_path;
    for (const auto* pairs : {&spec_.query, &options_.query}) {
        if (pairs->empty()) continue;
        if (!url_.query.empty()) url_.query += '&';
        url_.query += http::encode_query(*pairs);
    }
    method_ = spec_.method;
    send_body_ = true;
    same_origin_ = true;
    redirects_ = 0;
}

// Another origin gets none of what the caller or the API's key made: any of it may be a secret.
TESSERA_DEF
result<void> driver::add_headers(http::fields& headers) const {
    static constexpr std::string_view framing[] = {
        "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"};
    const http::auth& shown = spec_.authentication;
    const std::string& key = token_.text.reveal();
    if (!key.empty() && shown != http::auth::none)
        headers.add(shown.header,
                    shown.scheme.empty() ? key : std::string(shown.scheme) + " " + key);
    for (const http::fields* given : {&spec_.headers, &client().headers, &options_.headers})
        for (const http::field each : *given) {
            for (const std::string_view own : framing)
                if (http::equal_nocase(each.name, own))
                    return failed(error_kind::invalid_argument,
                                  {"the header ", own, " cannot be set: it frames the request"});
            headers.set(each.name, each.value);
        }
    return {};
}

TESSERA_DEF
result<void> driver::write_request(std::string& bytes) const {
    const net::connector& connector = channel_->transport().connector;
    const bool absolute = connector.wants_absolute_form(url_);
    http::request_head head;
    head.method = method_;
    head.target = absolute ? url_.origin() + url_.target() : url_.target();
    http::fields& headers = head.headers;
    headers.add("host", url_.authority());
    headers.add("user-agent", client().user_agent);
    headers.add("accept", spec_.headers.find("accept").value_or("*/*"));
    if (has_body()) headers.add("content-type", spec_.content_type);
    if (same_origin_)
        if (result<void> added = add_headers(headers); !added) return added;
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
    return http::write_head(bytes, head);
}

// The token of the attempt that follows. A provider is waited for without a thread.
TESSERA_DEF
task<result<void>> driver::authorize() {
    token_source& tokens = *channel_->transport().tokens;
    if (spec_.authentication == http::auth::none) co_return result<void>();
    if (tokens.is_fixed()) {
        token_.text = tokens.fixed();
        co_return result<void>();
    }
    net::timer bell(io_);
    const std::shared_ptr<token_source::waiter> room(new token_source::waiter);
    const net::doorbell::waiting until_answered(*room, io_, bell);
    tokens.ask(std::exchange(refused_token_, 0), room);
    for (;;) {
        {
            const std::lock_guard lock(room->mutex);
            if (room->refused) co_return room->refused;
            if (room->answered) {
                token_ = room->given;
                co_return result<void>();
            }
        }
        if (watch_->stopped()) co_return stop_error();
        co_await watch_->wait_for(bell);
    }
}

TESSERA_DEF
task<result<void>> driver::ask(std::string head) {
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
        result<void> sent = co_await send_content(code);
        if (!sent) co_return sent;
    }
    if (watch_->stopped()) co_return stop_error();
    // A server that answers early closes its side: the answer counts, if there is one.
    result<void> read = co_await read_head(code);
    co_return read;
}

// A body that is produced piece by piece; in chunks (RFC 9112 section 7.1) where its size is not
// known. `code` says that the connection would take no more.
TESSERA_DEF
task<result<void>> driver::send_content(std::error_code& code) {
    constexpr std::size_t most = 64 * 1024;
    result<body_reader> reader = spec_.content->open();
    if (!reader) co_return std::move(reader).failure();
    const bool chunked = !spec_.content->size;
    std::uint64_t left = spec_.content->size.value_or(0);
    std::string bytes(most, '\0');
    std::string framed;
    for (bool at_end = false; !at_end && !code;) {
        result<std::size_t> size = (*reader)(bytes.data(), most);
        if (!size) co_return std::move(size).failure();
        at_end = *size == 0;
        if (!chunked && (*size > left || (at_end && left != 0)))
            co_return failed(error_kind::invalid_argument,
                             "the body's size changed while it was sent");
        framed.clear();
        if (!chunked)
            left -= *size;
        else if (at_end)
            http::write_last_chunk(framed);
        else
            http::write_chunk(framed, {bytes.data(), *size});
        const std::string_view piece =
            chunked ? std::string_view(framed) : std::string_view(bytes.data(), *size);
        code = co_await stream_->write(piece, *watch_);
    }
    co_return result<void>();
}

TESSERA_DEF
void driver::note_head() {
    http::response_head head = readers_->message.take_head();
    info_.status = head.status;
    info_.headers = std::move(head.headers);
    info_.request_id.clear();
    for (const char* name : {"x-request-id", "request-id"})
        if (const auto id = info_.headers.find(name); id && info_.request_id.empty())
            info_.request_id = *id;
}

TESSERA_DEF
bool driver::hands_out_redirect() const {
    return is_redirect(info_.status) && (most_redirects() <= 0 || is_redirect(spec_.status));
}

// Whether the request goes on to another URL. Credentials stay with the first origin, https stays
// https.
TESSERA_DEF
result<void> driver::follow_redirect(bool& goes_on) {
    goes_on = false;
    const int status = info_.status;
    const auto location = info_.headers.find("location");
    if (!location || !is_redirect(status) || hands_out_redirect()) return {};
    if (++redirects_ > most_redirects())
        return failed(error_kind::protocol,
                      {"more than ", std::to_string(most_redirects()), " redirects"});
    result<http::url> next = http::resolve(url_, *location);
    if (!next)
        return failed(error_kind::protocol,
                      {"a redirect to what is no URL: ", next.error().message});
    if (url_.secure() && !next->secure())
        return failed(error_kind::protocol, "a redirect from https to http is not followed");
    if (next->origin() != url_.origin()) same_origin_ = false;
    next->userinfo.clear();
    url_ = *std::move(next);
    goes_on = true;
    // RFC 9110 section 15.4: 303 is read by GET; 301 and 302 turn POST into GET, as ever, and
    // nothing else.
    const bool becomes_get = status == 303 ? method_ != "HEAD" : status <= 302 && method_ == "POST";
    if (becomes_get && method_ != "GET") {
        method_ = "GET";
        send_body_ = false;
    }
    return {};
}

}  // namespace tessera::call::detail
