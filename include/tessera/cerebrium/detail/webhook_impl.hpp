#pragma once

#include <charconv>

#include "tessera/cerebrium/webhook.hpp"
#include "tessera/core/base64.hpp"
#include "tessera/core/hmac.hpp"

namespace tessera::cerebrium {

TESSERA_DEF
std::string sign_webhook(const secret& key, std::string_view request_id, std::int64_t unix_seconds,
                         std::string_view body) {
    std::string message(request_id);
    message.append(".").append(std::to_string(unix_seconds)).append(".").append(body);
    return "v1," + encode_hex(hmac_sha256(key.reveal(), message));
}

TESSERA_DEF
call_options deliver_to(std::string endpoint, const secret& key, call_options options) {
    options.query.emplace_back("webhookEndpoint", std::move(endpoint));
    if (!key.empty()) options.headers.set("X-Webhook-Secret", key.reveal());
    return options;
}

TESSERA_DEF
result<void> verify_webhook(const secret& key, const http::fields& headers, std::string_view body,
                            const webhook_options& options) {
    const auto refuse = [](std::string why) {
        return tessera::detail::failed(error_kind::authentication,
                                       "the delivery is not to be trusted: " + std::move(why));
    };
    if (key.empty()) return refuse("there is no secret to check it with");
    for (const std::string_view name : {webhook_request_id, webhook_timestamp, webhook_signature})
        if (!headers.find(name)) return refuse("it has no header " + std::string(name));
    const std::string_view sent = *headers.find(webhook_timestamp);
    std::int64_t seconds = 0;
    const auto read = std::from_chars(sent.data(), sent.data() + sent.size(), seconds);
    if (read.ec != std::errc() || read.ptr != sent.data() + sent.size() || seconds < 0)
        return refuse("its timestamp is no number of seconds");
    if (!same_secret(*headers.find(webhook_signature),
                     sign_webhook(key, *headers.find(webhook_request_id), seconds, body)))
        return refuse("its signature is wrong");
    const clock& time = options.clock ? *options.clock : clock::system();
    const std::int64_t now =
        std::chrono::duration_cast<std::chrono::seconds>(time.wall().time_since_epoch()).count();
    const std::int64_t apart = now > seconds ? now - seconds : seconds - now;
    if (apart > options.tolerance.count())
        return refuse("it was sent " + std::to_string(apart) + " s from now");
    return {};
}

}  // namespace tessera::cerebrium
