#include "cortex/oauth/token_endpoint.hpp"

#include <algorithm>
#include <asio/bind_executor.hpp>
#include <asio/post.hpp>

#include "tessera/call/invoke.hpp"
#include "tessera/core/base64.hpp"
#include "tessera/http/grammar.hpp"
#include "tessera/http/url.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {

namespace {

using tessera::cortex::device_authorization;

constexpr std::chrono::seconds timeout{15};
constexpr json::limits reply_limits{.depth = 16, .bytes = 64 * 1024, .values = 4096};
constexpr std::int64_t longest_life = std::int64_t{10} * 366 * 86'400;
constexpr std::size_t longest_text = 16 * 1024;  // of a token
constexpr std::size_t longest_reason = 300;
// Of a token that can be renewed, where the provider does not say.
constexpr std::int64_t assumed_life = 3600;

struct token_reply {
    std::optional<std::string> access_token{};
    std::optional<std::string> key{};  // OpenRouter's name for it
    std::optional<std::string> token_type{};
    std::optional<std::int64_t> expires_in{};
    std::optional<std::string> refresh_token{};
    std::optional<std::string> scope{};
};

constexpr auto describe(json::type<token_reply>) {
    using r = token_reply;
    return json::object<r>("TokenReply",
                           json::field("access_token", &r::access_token, json::or_null),
                           json::field("key", &r::key, json::or_null),
                           json::field("token_type", &r::token_type, json::or_null),
                           json::field("expires_in", &r::expires_in, json::or_null),
                           json::field("refresh_token", &r::refresh_token, json::or_null),
                           json::field("scope", &r::scope, json::or_null));
}

struct device_reply {
    std::string device_code;
    std::string user_code;
    std::string verification_uri;
    std::optional<std::string> verification_uri_complete{};
    std::int64_t expires_in;
    std::optional<std::int64_t> interval{};
};

constexpr auto describe(json::type<device_reply>) {
    using r = device_reply;
    return json::object<r>(
        "DeviceReply", json::field("device_code", &r::device_code),
        json::field("user_code", &r::user_code),
        json::field("verification_uri", &r::verification_uri),
        json::field("verification_uri_complete", &r::verification_uri_complete, json::or_null),
        json::field("expires_in", &r::expires_in),
        json::field("interval", &r::interval, json::or_null));
}

struct error_reply {
    std::string error;
    std::optional<std::string> error_description{};
};

constexpr auto describe(json::type<error_reply>) {
    return json::object<error_reply>(
        "ErrorReply", json::field("error", &error_reply::error),
        json::field("error_description", &error_reply::error_description, json::or_null));
}

client_options options_to(const http::url& to) {
    client_options made;
    made.base_url = to.origin();
    made.timeout = {.connect = timeout, .first_byte = timeout, .idle = timeout, .total = timeout};
    made.max_retries = 0;
    made.max_redirects = 0;  // codes and tokens go where the configuration says, and nowhere else
    made.max_idle_connections = 0;
    made.max_response_bytes = reply_limits.bytes;
    made.user_agent = "tessera-server/" TESSERA_VERSION;
    return made;
}

// A provider that answers with what it was sent must not make it known.
std::string without_secrets(std::string text, const oauth_endpoint& at, const oauth_form& form) {
    static constexpr std::string_view kept_secret[] = {"code", "code_verifier", "refresh_token",
                                                       "device_code"};
    const auto hide = [&](const std::string& secret) {
        // What is shorter is no secret, and may stand in any word.
        if (secret.size() < 8) return;
        constexpr std::string_view instead = "[redacted]";
        for (std::size_t found = text.find(secret); found != text.npos;
             found = text.find(secret, found + instead.size()))
            text.replace(found, secret.size(), instead);
    };
    for (const auto& [name, value] : form)
        if (std::find(std::begin(kept_secret), std::end(kept_secret), name) !=
            std::end(kept_secret))
            hide(value);
    hide(at.client_secret);
    for (char& each : text)
        if (each < ' ' || each == '\x7f') each = ' ';
    if (text.size() > longest_reason) {
        std::size_t end = longest_reason;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
        text.resize(end);
        text += "...";
    }
    return text;
}

oauth_refusal refusal_of(const error& failed, const oauth_endpoint& at, const oauth_form& form) {
    const auto said = json::decode_text<error_reply>(failed.body, reply_limits);
    if (!said) return {{}, without_secrets(failed.message, at, form)};
    std::string reason = said->error;
    if (said->error_description && !said->error_description->empty())
        reason = *said->error_description;
    return {without_secrets(said->error, at, form), without_secrets(std::move(reason), at, form)};
}

template <class Done>
void post(asio::io_context::executor_type executor, std::stop_token stop, const oauth_endpoint& at,
          oauth_form form, Done done) {
    const auto refuse = [&](const std::string& reason) {
        asio::post(executor, [done, reason]() mutable { done(oauth_refusal{{}, reason}); });
    };
    const auto to = http::parse_url(at.url);
    if (!to) return refuse("the server does not listen yet");
    call::spec asked;
    asked.method = "POST";
    asked.target_path = to->path;
    asked.query = http::parse_query(to->query);
    asked.authentication = http::auth::none;
    asked.replayable = false;
    asked.headers.add("accept", "application/json");
    asked.content_type = "application/x-www-form-urlencoded";
    // RFC 6749 section 2.3.1: one way to say who it is, the header where there is a secret.
    if (at.client_secret.empty())
        form.emplace_back("client_id", at.client_id);
    else
        asked.headers.add("authorization",
                          "Basic " + encode_base64(http::percent_encode(at.client_id) + ":" +
                                                   http::percent_encode(at.client_secret)));
    asked.body = std::make_shared<const std::string>(http::encode_query(form));
    call_options how;
    how.stop = stop;
    try {
        const auto channel = call::channel::make(options_to(*to), executor);
        call::async_try_invoke<std::string>(
            *channel, std::move(asked), how,
            asio::bind_executor(executor, [done, at, form, stop, channel](auto answered) mutable {
                if (stop.stop_requested()) return;
                if (!answered) return done(refusal_of(answered.error(), at, form));
                // Some say what is wrong with a status of success.
                if (const auto said = json::decode_text<error_reply>(*answered, reply_limits))
                    return done(refusal_of(error{.body = *answered}, at, form));
                done(std::string(std::move(*answered)));
            }));
    } catch (const exception& thrown) {
        refuse(without_secrets(thrown.error().message, at, form));
    }
}

oauth_refusal unreadable(const std::string& why) {
    return {{}, "the provider's answer cannot be used: " + why};
}

template <class T>
std::variant<T, oauth_refusal> read(const std::string& text) {
    auto made = json::decode_text<T>(text, reply_limits);
    if (made) return *std::move(made);
    // What was read is not told: it may hold a token.
    return unreadable("it is not the JSON that RFC 6749 describes");
}

bool is_token(const std::string& text) {
    return !text.empty() && text.size() <= longest_text &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty())
        if (const auto word = http::take_until(text, ' '); !word.empty()) made.emplace_back(word);
    return made;
}

std::variant<oauth_token, oauth_refusal> token_of(token_reply reply,
                                                  std::vector<std::string> asked_for,
                                                  std::chrono::system_clock::time_point now) {
    oauth_token made;
    if (reply.access_token) made.access_token = *std::move(reply.access_token);
    if (made.access_token.empty() && reply.key) made.access_token = *std::move(reply.key);
    if (!is_token(made.access_token)) return unreadable("it has no access token");
    if (reply.token_type && !http::equal_nocase(*reply.token_type, "bearer"))
        return unreadable("its token is no bearer token");
    if (reply.refresh_token && !reply.refresh_token->empty()) {
        if (reply.refresh_token->size() > longest_text)
            return unreadable("its refresh token is too long");
        made.refresh_token = std::move(reply.refresh_token);
    }
    if (reply.expires_in && (*reply.expires_in < 1 || *reply.expires_in > longest_life))
        return unreadable("its expires_in is no life of a token");
    if (!reply.expires_in && made.refresh_token) reply.expires_in = assumed_life;
    if (reply.expires_in)
        made.expires_at =
            std::chrono::floor<std::chrono::seconds>(now) + std::chrono::seconds(*reply.expires_in);
    made.scopes = reply.scope ? words_of(*reply.scope) : std::move(asked_for);
    return made;
}

bool is_web_page(const std::string& url) {
    return url.size() <= 2048 && http::parse_url(url).has_value() &&
           std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::variant<device_authorization, oauth_refusal> device_of(device_reply reply) {
    const auto& given = reply.verification_uri_complete;
    std::string complete =
        given ? *given
              : reply.verification_uri +
                    (reply.verification_uri.find('?') == std::string::npos ? "?" : "&") +
                    "user_code=" + http::percent_encode(reply.user_code);
    const std::int64_t interval = reply.interval.value_or(5);
    if (reply.expires_in < 1 || reply.expires_in > 86'400 || interval < 1 || interval > 3600)
        return unreadable("its expires_in or interval is out of range");
    if (!is_token(reply.device_code) || reply.user_code.empty() || reply.user_code.size() > 256)
        return unreadable("it has no device_code and user_code");
    if (!is_web_page(reply.verification_uri) || !is_web_page(complete))
        return unreadable("its verification_uri is no URL of a page");
    return device_authorization{.device_code = std::move(reply.device_code),
                                .user_code = std::move(reply.user_code),
                                .verification_uri = std::move(reply.verification_uri),
                                .verification_uri_complete = std::move(complete),
                                .expires_in = reply.expires_in,
                                .interval = interval};
}

// `make` turns a reply into what is handed on.
template <class Reply, class T, class Make>
auto reading(oauth_told<T> done, Make make) {
    return [done = std::move(done), make](std::variant<std::string, oauth_refusal> came) mutable {
        if (auto* refused = std::get_if<oauth_refusal>(&came)) return done(std::move(*refused));
        auto reply = read<Reply>(std::get<std::string>(came));
        if (auto* refused = std::get_if<oauth_refusal>(&reply)) return done(std::move(*refused));
        done(make(std::get<Reply>(std::move(reply))));
    };
}

}  // namespace

void ask_token(asio::io_context::executor_type executor, std::stop_token stop,
               const oauth_endpoint& at, oauth_form form, std::vector<std::string> asked_for,
               std::chrono::system_clock::time_point now, oauth_told<oauth_token> done) {
    post(executor, std::move(stop), at, std::move(form),
         reading<token_reply>(std::move(done),
                              [asked_for = std::move(asked_for), now](token_reply reply) mutable {
                                  return token_of(std::move(reply), std::move(asked_for), now);
                              }));
}

void ask_device(asio::io_context::executor_type executor, std::stop_token stop,
                const oauth_endpoint& at, oauth_form form, oauth_told<device_authorization> done) {
    post(executor, std::move(stop), at, std::move(form),
         reading<device_reply>(std::move(done), &device_of));
}

}  // namespace tessera::server::cortex
