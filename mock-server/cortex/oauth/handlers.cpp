#include "cortex/oauth/handlers.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <iterator>
#include <utility>

#include "core/random_token.hpp"
#include "tessera/cortex/operations.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server::cortex {
namespace {

namespace operations = tessera::cortex::operations;
namespace wire = tessera::cortex;

// Nothing of a flow belongs into a cache, into the address of another page, or into a page that
// shows what it was sent as more than text.
answer guarded(answer made) {
    made.headers.add("cache-control", "no-store");
    made.headers.add("referrer-policy", "no-referrer");
    made.headers.add("x-content-type-options", "nosniff");
    return made;
}

answer text_answer(int status, std::string text) {
    answer made{.status = status, .body = std::move(text)};
    made.headers.add("content-type", "text/plain; charset=utf-8");
    return guarded(std::move(made));
}

template <class T>
answer value_answer(const T& value, int status = 200) {
    return guarded(json_answer(status, json::encode(value)));
}

answer failure(int status, std::string reason) {
    return value_answer(wire::oauth_error{.error = std::move(reason)}, status);
}

// On the exchange's thread, from any.
void respond_there(const exchange_ptr& asked, answer made) {
    asio::post(asked->executor(),
               [asked, made = std::move(made)]() mutable { asked->respond(std::move(made)); });
}

std::string not_configured(const std::string& provider) {
    return "OAuth not configured for provider: " + provider;
}

const std::string& provider_of(const exchange_ptr& asked) {
    return asked->request().parameters.front();
}

std::string cookie_of(const request& asked, const std::string& name) {
    for (std::string_view line : asked.head.headers.all("cookie"))
        while (!line.empty()) {
            std::string_view pair = http::trim(http::take_until(line, ';'));
            if (http::take_until(pair, '=') == name) return std::string(pair);
        }
    return {};
}

// Lax: it comes along when the provider's page sends the browser back, and with nothing else from
// elsewhere.
std::string cookie(const std::string& name, const std::string& value, std::string_view path,
                   std::chrono::seconds life, bool is_secure) {
    return name + "=" + value + "; Path=" + std::string(path) +
           "; Max-Age=" + std::to_string(life.count()) + "; HttpOnly; SameSite=Lax" +
           (is_secure ? "; Secure" : "");
}

std::string path_of_callback(const request& asked, const std::string& provider) {
    const std::string_view folder = asked.path.starts_with("/cortex/") ? "/cortex" : "";
    return std::string(folder) + "/oauth/" + http::percent_encode(provider) + "/callback";
}

std::vector<std::string> redirect_hosts(const cortex_options& settings) {
    return settings.oauth.redirect_hosts.value_or(std::vector<std::string>());
}

void authorize(oauth_service& of, const exchange_ptr& asked, wire::oauth_authorize_query query) {
    const std::string& provider = provider_of(asked);
    const auto client = of.client(provider);
    if (!client) return asked->respond(text_answer(400, not_configured(provider)));
    const auto hosts = redirect_hosts(of.settings());
    const auto origin = origin_of(asked->request(), of.server().host, hosts);
    if (!origin)
        return asked->respond(
            text_answer(400,
                        "This host is not the gateway's: open it at the address that it "
                        "listens on, or add the host to cortex.oauth.redirect_hosts"));
    if (query.redirect_url && !may_end_at(*query.redirect_url, *origin, hosts))
        return asked->respond(text_answer(
            400,
            "redirect_url must be an http or https URL on this machine, on the gateway's "
            "host, or on one of cortex.oauth.redirect_hosts"));
    if (client->places.authorize.empty())
        return asked->respond(
            text_answer(400, "OAuth of " + provider + " has no authorize_url: it is for devices"));
    const std::string path = path_of_callback(asked->request(), provider);
    const oauth_flow flow{.provider = provider,
                          .redirect_uri = *origin + path,
                          .redirect_url = std::move(query.redirect_url),
                          .verifier = secret(random_token())};
    const flow_handle handle = of.flows.begin(flow);
    std::string scope;
    for (const std::string& each : client->scopes()) scope += (scope.empty() ? "" : " ") + each;
    oauth_form parameters{{"response_type", "code"},
                          {"client_id", client->settings.client_id},
                          {"redirect_uri", flow.redirect_uri}};
    if (!scope.empty()) parameters.emplace_back("scope", std::move(scope));
    parameters.emplace_back("state", handle.state);
    parameters.emplace_back("code_challenge", pkce_challenge(flow.verifier.reveal()));
    parameters.emplace_back("code_challenge_method", "S256");
    // The browser finds the bundled identity provider where it found this server.
    const std::string page =
        client->settings.is_bundled() ? *origin + "/identity/authorize" : client->places.authorize;
    answer made{.status = asked->request().route->status};
    made.headers.add("location", with_query(page, parameters));
    made.headers.add("set-cookie", cookie(flow_cookie_name(handle.state), handle.cookie, path,
                                          oauth_flows::life, origin->starts_with("https:")));
    asked->respond(guarded(std::move(made)));
}

wire::oauth_success success_of(const std::string& provider, const oauth_token& token) {
    return {.provider = provider, .expires_at = token.expires_at};
}

// RFC 9207: a provider that says who it is must be the one that was asked, and one that is known to
// say so must say it.
bool is_of(const oauth_client& client, const std::optional<std::string>& issuer) {
    if (!client.places.issuer.empty()) return issuer == client.places.issuer;
    if (!issuer) return true;
    const auto said = http::parse_url(*issuer);
    const auto asked = http::parse_url(client.places.authorize);
    return said && asked && said->origin() == asked->origin();
}

// A parameter of the query that comes twice is refused for that.
std::optional<std::string> issuer_in(const request& asked) {
    std::optional<std::string> made;
    for (auto& [name, value] : http::parse_query(asked.query))
        if (name == "iss") made = made ? std::string() : std::move(value);
    return made;
}

void callback(oauth_service& of, const exchange_ptr& asked, wire::oauth_callback_query query) {
    const std::string& provider = provider_of(asked);
    const auto client = of.client(provider);
    if (!client) return asked->respond(text_answer(400, not_configured(provider)));
    std::optional<oauth_flow> flow;
    std::string clear;
    if (query.state) {
        const std::string name = flow_cookie_name(*query.state);
        flow = of.flows.take(*query.state, provider, cookie_of(asked->request(), name));
        clear = cookie(name, "", path_of_callback(asked->request(), provider),
                       std::chrono::seconds(0), false);
    }
    const auto end = [asked, clear](answer made) {
        if (!clear.empty()) made.headers.add("set-cookie", clear);
        respond_there(asked, std::move(made));
    };
    if (query.error) {
        std::string text = "OAuth error: " + *query.error;
        if (query.error_description) text += " - " + *query.error_description;
        return end(text_answer(400, std::move(text)));
    }
    if (!flow)
        return end(text_answer(
            400,
            "The state is missing, unknown, used or expired, or it is of another provider or "
            "browser: begin again at /oauth/" +
                provider + "/authorize"));
    if (!is_of(*client, issuer_in(asked->request())))
        return end(text_answer(400, "The answer is of another issuer than the one asked"));
    if (!query.code || query.code->empty()) return end(text_answer(400, "The code is missing"));
    of.exchange(
        *client, *flow, *query.code, [provider, url = flow->redirect_url, end](const auto& came) {
            if (const auto* refused = std::get_if<oauth_refusal>(&came))
                return end(text_answer(500, "Failed to exchange the code: " + refused->reason));
            if (!url) return end(value_answer(success_of(provider, std::get<oauth_token>(came))));
            answer made{.status = 302};
            made.headers.add("location", *url);
            end(guarded(std::move(made)));
        });
}

void show_status(oauth_service& of, const exchange_ptr& asked) {
    const std::string& provider = provider_of(asked);
    wire::oauth_status made{.provider = provider,
                            .configured = of.client(provider).has_value(),
                            .authenticated = false};
    if (const auto token = of.valid_token(provider)) {
        made.authenticated = true;
        made.expires_at = token->expires_at;
        if (token->expires_at)
            made.scopes = token->scopes;
        else
            made.token_type = "permanent";
    }
    asked->respond(value_answer(made));
}

void refresh(oauth_service& of, const exchange_ptr& asked) {
    const std::string provider = provider_of(asked);
    if (!of.client(provider)) return asked->respond(failure(400, not_configured(provider)));
    const auto token = of.tokens.find(provider);
    if (!token || !token->refresh_token)
        return asked->respond(failure(400, "No refresh token for provider: " + provider));
    of.refresh(provider, [asked, provider](const auto& came) {
        if (const auto* refused = std::get_if<oauth_refusal>(&came))
            return respond_there(asked,
                                 failure(500, "Failed to refresh token: " + refused->reason));
        const auto& fresh = std::get<oauth_token>(came);
        respond_there(asked, value_answer(wire::oauth_refreshed{.provider = provider,
                                                                .expires_at = *fresh.expires_at}));
    });
}

void delete_token(oauth_service& of, const exchange_ptr& asked) {
    const std::string provider = provider_of(asked);
    const std::string failed = "Failed to delete token: ";
    if (!of.tokens.find(provider))
        return asked->respond(
            text_answer(500, failed + "token not found for provider: " + provider));
    of.forget(provider, [asked, provider, failed](const result<void>& gone) {
        if (!gone) return respond_there(asked, text_answer(500, failed + gone.error().message));
        respond_there(asked, value_answer(wire::oauth_deleted{
                                 .provider = provider, .message = "Token revoked successfully"}));
    });
}

constexpr const char* device_provider = "qwen";

void begin_device(oauth_service& of, const exchange_ptr& asked) {
    const auto client = of.client(device_provider);
    if (!client || client->places.device.empty())
        return asked->respond(failure(400, not_configured(device_provider)));
    of.begin_device(*client, [asked](const auto& came) {
        if (const auto* refused = std::get_if<oauth_refusal>(&came))
            return respond_there(
                asked, failure(500, "Failed to begin the flow of a device: " + refused->reason));
        respond_there(asked, value_answer(std::get<wire::device_authorization>(came)));
    });
}

void poll_device(oauth_service& of, const exchange_ptr& asked, wire::device_poll which) {
    of.poll_device(which.device_code, [asked](const auto& came) {
        if (const auto* refused = std::get_if<oauth_refusal>(&came)) {
            wire::oauth_error made{.error = refused->code, .error_description = refused->reason};
            if (made.error.empty()) made.error = "authorization_pending";
            return respond_there(asked, value_answer(made, 400));
        }
        respond_there(asked,
                      value_answer(success_of(device_provider, std::get<oauth_token>(came))));
    });
}

// The others are for browsers and their people.
bool fails_in_json(std::string_view path) {
    static constexpr std::string_view ends[] = {"/status", "/refresh", "/device", "/poll"};
    return std::any_of(std::begin(ends), std::end(ends),
                       [&](std::string_view end) { return path.ends_with(end); });
}

json::value plain_text(json::value&) { return {{"type", "string"}, {"minLength", 1}}; }
json::value plain_error(json::value&) {
    return {{"type", "object"},
            {"properties", {{"error", {{"type", "string"}}}}},
            {"required", json::value::array({"error"})}};
}

}  // namespace

std::vector<route> oauth_routes(oauth_service& of) {
    std::vector<route> made;
    const auto serve = [&](const auto& operation, auto handler) {
        made.push_back(
            make_route(operation, [&of, handler](const exchange_ptr& asked, auto... parts) {
                handler(of, asked, std::move(parts)...);
            }));
    };
    serve(operations::oauth_authorize, &authorize);
    serve(operations::oauth_callback, &callback);
    serve(operations::oauth_status_of, &show_status);
    serve(operations::oauth_refresh, &refresh);
    serve(operations::oauth_delete_token, &delete_token);
    serve(operations::oauth_qwen_device, &begin_device);
    serve(operations::oauth_qwen_device_poll, &poll_device);
    return made;
}

answer oauth_problem(std::string_view path, const problem& reason) {
    if (reason.status == 405) return text_answer(405, "Method not allowed");
    if (fails_in_json(path)) return failure(reason.status, reason.message);
    return text_answer(reason.status, reason.message);
}

std::span<const error_schema> oauth_errors(const route& of) {
    using http::media;
    static constexpr error_schema in_json[] = {{0, &plain_error}, {405, &plain_text, media::text}};
    static constexpr error_schema of_poll[] = {{0, &component_schema<wire::oauth_error>},
                                               {405, &plain_text, media::text}};
    static constexpr error_schema in_text[] = {{0, &plain_text, media::text}};
    static constexpr error_schema of_callback[] = {{302}, {0, &plain_text, media::text}};
    if (of.id == operations::oauth_callback.id) return of_callback;
    if (of.id == operations::oauth_qwen_device_poll.id) return of_poll;
    if (fails_in_json(of.path)) return in_json;
    return in_text;
}

}  // namespace tessera::server::cortex
