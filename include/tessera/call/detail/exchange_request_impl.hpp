#pragma once

#include <array>
#include <string>
#include <utility>

#include "tessera/call/exchange.hpp"
#include "tessera/http/writer.hpp"

// The driver's requests: target, headers, redirects.
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
    if (send_body_ && spec_.body) headers.add("content-type", spec_.content_type);
    // Another origin gets none of what the caller or the API's key made: any of it may be a secret.
    if (same_origin_) {
        const std::string& key = client.api_key.reveal();
        if (!key.empty() && spec_.authentication == http::auth::bearer)
            headers.add("authorization", "Bearer " + key);
        if (!key.empty() && spec_.authentication == http::auth::api_key_header)
            headers.add("x-api-key", key);
        for (const http::fields* given : {&spec_.headers, &client.headers, &options_.headers})
            for (const http::field each : *given) {
                for (const std::string_view own : framing)
                    if (http::equal_nocase(each.name, own))
                        return error{error_kind::invalid_argument,
                                     "the header " + std::string(own) + " cannot be set: it frames the request"};
                headers.set(each.name, each.value);
            }
    }
    if (send_body_ && spec_.body)
        headers.set("content-length", std::to_string(spec_.body->size()));
    else if (method_ != "GET" && method_ != "HEAD" && method_ != "DELETE")
        headers.set("content-length", "0");
    if (absolute && !connector.proxy_authorization().empty())
        headers.set("proxy-authorization", connector.proxy_authorization().reveal());
    std::string bytes;
    if (result<void> written = http::write_head(bytes, head); !written) return std::move(written.error());
    return bytes;
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
    info_.rate_limit.requests_day = detail::rate_limit_of(info_.headers, "requests-day");
    info_.rate_limit.tokens_minute = detail::rate_limit_of(info_.headers, "tokens-minute");
}

// True: the request goes on to another URL. Credentials stay with the first origin, https stays https.
template <class Lazy>
result<bool> basic_exchange<Lazy>::follow_redirect() {
    const int status = info_.status;
    const auto location = info_.headers.find("location");
    const bool keeps_method = status == 307 || status == 308;
    if (!location || !(keeps_method || (status >= 301 && status <= 303))) return false;
    constexpr int longest_chain = 5;
    if (++redirects_ > longest_chain) return detail::protocol_failure("more than 5 redirects");
    result<http::url> next = http::resolve(url_, *location);
    if (!next) return detail::protocol_failure("a redirect to what is no URL: " + next.error().message);
    if (url_.secure() && !next->secure())
        return detail::protocol_failure("a redirect from https to http is not followed");
    if (next->origin() != url_.origin()) same_origin_ = false;
    next->userinfo.clear();
    url_ = *std::move(next);
    if (!keeps_method && method_ != "GET" && method_ != "HEAD") {
        method_ = "GET";
        send_body_ = false;
    }
    return true;
}

}  // namespace tessera::call
