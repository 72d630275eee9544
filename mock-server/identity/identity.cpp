#include "identity/identity.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "core/random_token.hpp"
#include "identity/grants.hpp"
#include "identity/pages.hpp"
#include "identity/wire.hpp"
#include "tessera/core/base64.hpp"
#include "tessera/core/secret.hpp"
#include "tessera/http/url.hpp"
#include "tessera/json.hpp"
#include "web/application.hpp"

namespace tessera::server {
namespace identity {
namespace {

constexpr std::string_view cookie_name = "tessera-identity";
constexpr std::size_t most_tickets = 4096;
constexpr std::chrono::minutes ticket_life{10};
constexpr std::uint64_t most_body = 64 * 1024;

std::string cookie_of(const request& asked) {
    for (std::string_view line : asked.head.headers.all("cookie"))
        while (!line.empty()) {
            std::string_view pair = http::trim(http::take_until(line, ';'));
            if (http::take_until(pair, '=') == cookie_name) return std::string(pair);
        }
    return {};
}

// What a person is asked, until it is answered.
struct pending_question {
    client of;
    std::string redirect_uri{};  // empty: of a device
    std::string state{};
    std::string challenge{};
    std::string user_code{};
    std::vector<std::string> scopes{};
    secret cookie{};
    std::chrono::steady_clock::time_point asked{};
};

class identity_provider : public api {
  public:
    identity_provider(const options& settings, std::function<std::string()> own_url)
        : settings_(settings.identity),
          time_(*settings.clock),
          own_url_(std::move(own_url)),
          clients_(clients_of(settings.cortex)),
          users_(settings_.users.value_or(
              std::vector<identity_user>{{"ada", "Ada Lovelace"}, {"alan", "Alan Turing"}})),
          grants_(settings_, time_) {
        add("GET", "/.well-known/openid-configuration", &identity_provider::discover);
        add("GET", "/.well-known/oauth-authorization-server", &identity_provider::discover);
        add("GET", "/authorize", &identity_provider::ask_for_code);
        add("POST", "/authorize", &identity_provider::decide);
        add("POST", "/token", &identity_provider::give_token);
        add("POST", "/revoke", &identity_provider::revoke);
        add("GET", "/userinfo", &identity_provider::show_user);
        add("POST", "/device", &identity_provider::begin_device);
        add("GET", "/activate", &identity_provider::ask_for_device);
    }

    std::string_view name() const override { return "identity"; }
    bool is_of_a_vendor() const override { return false; }
    std::span<const route> routes() const override { return routes_; }

  private:
    void add(std::string_view method, std::string_view path,
             void (identity_provider::*handler)(const exchange_ptr&)) {
        routes_.push_back(
            {.id = path,
             .method = method,
             .path = path,
             .handle = [this, handler](const exchange_ptr& asked) { (this->*handler)(asked); },
             .documented = false,
             .body = {.optional = true, .most_bytes = most_body}});
    }

    std::string issuer() const { return own_url_() + "/identity"; }

    void discover(const exchange_ptr& asked) {
        const std::string here = issuer();
        give(asked, 200,
             json::value{{"issuer", here},
                         {"authorization_endpoint", here + "/authorize"},
                         {"token_endpoint", here + "/token"},
                         {"revocation_endpoint", here + "/revoke"},
                         {"userinfo_endpoint", here + "/userinfo"},
                         {"device_authorization_endpoint", here + "/device"},
                         {"response_types_supported", {"code"}},
                         {"grant_types_supported",
                          {"authorization_code", "refresh_token",
                           "urn:ietf:params:oauth:grant-type:device_code"}},
                         {"code_challenge_methods_supported", {"S256"}},
                         {"token_endpoint_auth_methods_supported",
                          {"client_secret_basic", "client_secret_post", "none"}},
                         {"authorization_response_iss_parameter_supported", true}});
    }

    // The client whose callback this is: at the host where this server was asked, or on its
    // machine, at any port (RFC 8252 section 7.3).
    const client* client_at(const request& asked, const std::string& id,
                            const std::string& redirect_uri) const {
        const auto to = http::parse_url(redirect_uri);
        if (!to || !to->userinfo.empty() || !to->query.empty() ||
            redirect_uri.find('#') != redirect_uri.npos)
            return nullptr;
        if (!is_local_host(to->authority()) && to->authority() != asked.header("host"))
            return nullptr;
        for (const client& each : clients_) {
            const std::string path = "/oauth/" + http::percent_encode(each.provider) + "/callback";
            if (each.id == id && (to->path == path || to->path == "/cortex" + path)) return &each;
        }
        return nullptr;
    }

    void ask_for_code(const exchange_ptr& asked) {
        const parameters given(asked->request().query);
        const std::string redirect_uri = given.get("redirect_uri");
        const client* const of = client_at(asked->request(), given.get("client_id"), redirect_uri);
        // Nobody is sent to a place that no client has named.
        if (!of || given.every("redirect_uri").size() != 1)
            return asked->respond(message_page(
                400, "This link is wrong",
                "No client has this client_id and this redirect_uri. Clients are those of "
                "cortex.oauth.providers, and come back to /oauth/PROVIDER/callback."));
        const std::string state = given.get("state");
        const auto refuse_there = [&](const std::string& code, const std::string& why) {
            asked->respond(
                back_to(redirect_uri, state, {{"error", code}, {"error_description", why}}));
        };
        if (given.repeats()) return refuse_there("invalid_request", "a parameter comes twice");
        if (given.get("response_type") != "code")
            return refuse_there("unsupported_response_type", "response_type must be code");
        const std::string challenge = given.get("code_challenge");
        if (given.get("code_challenge_method") != "S256")
            return refuse_there("invalid_request", "code_challenge_method must be S256");
        const auto hash = decode_base64url(challenge);
        if (!hash || hash->size() != 32)
            return refuse_there("invalid_request",
                                "code_challenge must be 32 bytes in base64url: PKCE is required");
        auto scopes = scopes_of(*of, given.get("scope"));
        if (!scopes)
            return refuse_there("invalid_scope", "a scope is none that this client may ask for");
        ask_person(asked, {.of = *of,
                           .redirect_uri = redirect_uri,
                           .state = state,
                           .challenge = challenge,
                           .scopes = *std::move(scopes)});
    }

    // Of those that the client has; nothing for others.
    static std::optional<std::vector<std::string>> scopes_of(const client& of,
                                                             std::string_view wanted) {
        auto made = words_of(wanted);
        if (made.empty()) return of.scopes;
        for (const std::string& each : made)
            if (std::find(of.scopes.begin(), of.scopes.end(), each) == of.scopes.end())
                return std::nullopt;
        return made;
    }

    void ask_person(const exchange_ptr& asked, pending_question what) {
        std::string cookie = cookie_of(asked->request());
        const bool is_new = cookie.size() != 43;
        if (is_new) cookie = random_token();
        const std::string ticket = random_token();
        what.cookie = secret(std::string_view(cookie));
        what.asked = time_.now();
        answer made = consent_page({.action = "/identity/authorize",
                                    .ticket = ticket,
                                    .asks = "tessera's gateway, for " + what.of.provider,
                                    .users = users_,
                                    .scopes = what.scopes,
                                    .user_code = what.user_code});
        if (is_new)
            made.headers.add("set-cookie", std::string(cookie_name) + "=" + cookie +
                                               "; Path=/identity; HttpOnly; SameSite=Strict");
        {
            const std::lock_guard lock(mutex_);
            while (!order_.empty() &&
                   (order_.size() >= most_tickets || !questions_.contains(order_.front()))) {
                questions_.erase(order_.front());
                order_.pop_front();
            }
            std::string hash = sha256(ticket);
            questions_.emplace(hash, std::move(what));
            order_.push_back(std::move(hash));
        }
        asked->respond(std::move(made));
    }

    void decide(const exchange_ptr& asked) {
        const parameters given(asked->request().body);
        std::optional<pending_question> what;
        {
            const std::lock_guard lock(mutex_);
            if (auto found = questions_.extract(sha256(given.get("ticket"))); found)
                what = std::move(found.mapped());
        }
        if (!what || time_.now() - what->asked >= ticket_life ||
            !same_secret(cookie_of(asked->request()), what->cookie.reveal()))
            return asked->respond(
                message_page(400, "This page is too old",
                             "It was answered already, or not in time, or comes from another "
                             "browser. Begin again where you came from."));
        std::optional<grant> agreed;
        if (given.get("decision") == "allow") agreed = agreement(*what, given);
        if (what->redirect_uri.empty()) return end_device(asked, *what, agreed);
        if (!agreed)
            return asked->respond(
                back_to(what->redirect_uri, what->state,
                        {{"error", "access_denied"}, {"error_description", "User denied access"}}));
        const std::string code = grants_.add_code(*agreed, what->redirect_uri, what->challenge);
        asked->respond(back_to(what->redirect_uri, what->state, {{"code", code}}));
    }

    // Nothing for a person whom nobody knows.
    std::optional<grant> agreement(const pending_question& what, const parameters& given) const {
        const std::string user = given.get("user");
        const bool is_known =
            std::any_of(users_.begin(), users_.end(),
                        [&](const identity_user& each) { return each.id == user; });
        if (!is_known) return std::nullopt;
        grant made{what.of.id, user, {}, what.of.is_permanent};
        const auto chosen = given.every("scope");
        for (const std::string& each : what.scopes)
            if (std::find(chosen.begin(), chosen.end(), each) != chosen.end())
                made.scopes.push_back(each);
        return made;
    }

    answer back_to(const std::string& redirect_uri, const std::string& state,
                   http::query_pairs what) const {
        if (!state.empty()) what.emplace_back("state", state);
        what.emplace_back("iss", issuer());
        answer made{.status = 303};
        made.headers.add("location", redirect_uri + "?" + http::encode_query(what));
        made.headers.add("cache-control", "no-store");
        made.headers.add("referrer-policy", "no-referrer");
        return made;
    }

    // Who asks beside the browser: by Basic, by the form's members, or without a secret where it
    // has none.
    std::variant<const client*, refusal> client_of(const exchange_ptr& asked,
                                                   const parameters& given) const {
        std::string id = given.get("client_id");
        std::string shown = given.get("client_secret");
        if (const std::string_view header = asked->request().header("authorization");
            !header.empty()) {
            constexpr std::string_view scheme = "Basic ";
            const auto pair = header.starts_with(scheme)
                                  ? decode_base64(header.substr(scheme.size()))
                                  : std::nullopt;
            const std::size_t colon = pair ? pair->find(':') : std::string::npos;
            if (colon == std::string::npos || !shown.empty())
                return refusal{"invalid_client", "authenticate once, and with Basic"};
            const auto user = http::percent_decode(pair->substr(0, colon));
            const auto password = http::percent_decode(pair->substr(colon + 1));
            if (!user || !password || (!id.empty() && id != *user))
                return refusal{"invalid_client", "the credentials are malformed"};
            id = *user;
            shown = *password;
        }
        for (const client& each : clients_)
            if (each.id == id &&
                (each.secret.empty() ? shown.empty() : same_secret(shown, each.secret)))
                return &each;
        return refusal{"invalid_client", "the client is unknown, or its secret is wrong"};
    }

    // The form of a request of a client, which is told what is wrong with it otherwise.
    std::optional<std::pair<parameters, const client*>> form_of(const exchange_ptr& asked) const {
        parameters given(asked->request().body);
        if (!asked->request()
                 .header("content-type")
                 .starts_with("application/x-www-form-urlencoded")) {
            refuse(asked, {"invalid_request",
                           "send a form: content-type application/x-www-form-urlencoded"});
            return std::nullopt;
        }
        if (given.repeats()) {
            refuse(asked, {"invalid_request", "a parameter comes twice"});
            return std::nullopt;
        }
        const auto by = client_of(asked, given);
        if (const auto* wrong = std::get_if<refusal>(&by)) {
            refuse(asked, *wrong);
            return std::nullopt;
        }
        return std::pair(std::move(given), std::get<const client*>(by));
    }

    void give_token(const exchange_ptr& asked) {
        const auto form = form_of(asked);
        if (!form) return;
        const auto& [given, by] = *form;
        const std::string type = given.get("grant_type");
        std::variant<issued, refusal> made =
            refusal{"unsupported_grant_type", "grant_type is none that is known here"};
        if (type == "authorization_code") {
            made = grants_.exchange(given.get("code"), by->id, given.get("redirect_uri"),
                                    given.get("code_verifier"));
        } else if (type == "refresh_token") {
            std::optional<std::vector<std::string>> scopes;
            if (auto wanted = words_of(given.get("scope")); !wanted.empty())
                scopes = std::move(wanted);
            made = grants_.refresh(given.get("refresh_token"), by->id, scopes);
        } else if (type == "urn:ietf:params:oauth:grant-type:device_code") {
            made = grants_.poll(given.get("device_code"), by->id, given.get("code_verifier"));
        }
        if (const auto* why = std::get_if<refusal>(&made)) return refuse(asked, *why);
        auto& token = std::get<issued>(made);
        give(asked, 200,
             token_answer{.access_token = std::move(token.access_token),
                          .expires_in = token.expires_in,
                          .refresh_token = std::move(token.refresh_token),
                          .scope = joined(token.scopes)});
    }

    void revoke(const exchange_ptr& asked) {
        const auto form = form_of(asked);
        if (!form) return;
        grants_.revoke(form->first.get("token"), form->second->id);
        asked->respond(answer{.status = 200});
    }

    void show_user(const exchange_ptr& asked) {
        const std::string_view header = asked->request().header("authorization");
        constexpr std::string_view scheme = "Bearer ";
        const auto of = header.starts_with(scheme)
                            ? grants_.look_up(std::string(header.substr(scheme.size())))
                            : std::nullopt;
        if (!of) {
            answer made{.status = 401};
            made.headers.add("www-authenticate", "Bearer error=\"invalid_token\"");
            return asked->respond(std::move(made));
        }
        json::value told{{"sub", of->user}, {"scope", joined(of->scopes)}};
        for (const identity_user& each : users_)
            if (each.id == of->user) told["name"] = each.name;
        give(asked, 200, told);
    }

    void begin_device(const exchange_ptr& asked) {
        const auto form = form_of(asked);
        if (!form) return;
        const auto& [given, by] = *form;
        auto scopes = scopes_of(*by, given.get("scope"));
        if (!scopes) return refuse(asked, {"invalid_scope", "a scope is none of this client"});
        const std::string challenge = given.get("code_challenge");
        if (!challenge.empty() && given.get("code_challenge_method") != "S256")
            return refuse(asked, {"invalid_request", "code_challenge_method must be S256"});
        const device made = grants_.add_device(*by, *std::move(scopes), challenge);
        const std::string page = issuer() + "/activate";
        give(asked, 200,
             device_answer{.device_code = made.device_code,
                           .user_code = made.user_code,
                           .verification_uri = page,
                           .verification_uri_complete = page + "?user_code=" + made.user_code,
                           .expires_in = settings_.device_code_secs,
                           .interval = settings_.device_interval_secs});
    }

    void ask_for_device(const exchange_ptr& asked) {
        const std::string user_code = parameters(asked->request().query).get("user_code");
        const std::string here = "/identity/activate";
        if (user_code.empty()) return asked->respond(code_page(here, {}));
        const auto waits = grants_.waiting_for(user_code);
        const auto of = std::find_if(clients_.begin(), clients_.end(), [&](const client& each) {
            return waits && each.id == waits->client_id;
        });
        if (of == clients_.end())
            return asked->respond(code_page(here, "No device waits under this code."));
        ask_person(asked, {.of = *of, .user_code = user_code, .scopes = waits->scopes});
    }

    void end_device(const exchange_ptr& asked, const pending_question& what,
                    const std::optional<grant>& agreed) {
        if (!grants_.decide(what.user_code, agreed))
            return asked->respond(message_page(400, "Too late", "The device's code has expired."));
        if (agreed)
            return asked->respond(
                message_page(200, "The device is connected", "You can close this page."));
        asked->respond(message_page(200, "Access denied", "The device gets nothing."));
    }

    const identity_options settings_;
    const clock& time_;
    const std::function<std::string()> own_url_;
    const std::vector<client> clients_;
    const std::vector<identity_user> users_;
    grants grants_;
    std::mutex mutex_;
    std::map<std::string, pending_question> questions_;  // by their tickets' hashes
    std::deque<std::string> order_;                      // the oldest first
    std::vector<route> routes_;
};

}  // namespace
}  // namespace identity

std::unique_ptr<api> make_identity_provider(const options& settings,
                                            std::function<std::string()> own_url) {
    return std::make_unique<identity::identity_provider>(settings, std::move(own_url));
}

}  // namespace tessera::server
