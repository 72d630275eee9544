#pragma once
// A gateway whose time stands still, browsers without a screen, and providers that are scripts.
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "contract/cortex/gateway.hpp"
#include "contract/service.hpp"
#include "support/manual_clock.hpp"
#include "tessera/http/url.hpp"

namespace tessera::contract::gateway_tests {

/// With a clock of its own, and what it said to its operator.
class oauth_gateway {
  public:
    explicit oauth_gateway(cortex_options how = {}, server::options all = options()) {
        all.clock = &clock;
        all.log = [this](const std::string& line) {
            const std::lock_guard lock(mutex_);
            log_ += line + "\n";
        };
        made_ = std::make_unique<gateway>(how, std::move(all));
    }

    gateway& operator*() { return *made_; }
    gateway* operator->() { return made_.get(); }
    void stop() { made_.reset(); }

    std::string log() const {
        const std::lock_guard lock(mutex_);
        return log_;
    }
    json::value status(const std::string& provider) {
        return made_->get("/oauth/" + provider + "/status").json();
    }
    bool is_authenticated(const std::string& provider) {
        return status(provider)["authenticated"] == true;
    }
    raw_response refresh(const std::string& provider) {
        return made_->ask("POST", "/oauth/" + provider + "/refresh");
    }

    static server::options options() { return server::testing::tiny_options(); }

    test::manual_clock clock;

  private:
    mutable std::mutex mutex_;
    std::string log_;
    std::unique_ptr<gateway> made_;
};

/// What follows `name="` up to the next quotation mark.
inline std::string attribute(const std::string& html, const std::string& before) {
    const std::size_t at = html.find(before);
    if (at == html.npos) return {};
    const std::size_t begin = at + before.size();
    return html.substr(begin, html.find('"', begin) - begin);
}

/// Keeps cookies, whatever their paths, and follows nothing by itself.
class browser {
  public:
    explicit browser(oauth_gateway& of) : port_(of->port()) {}

    /// A path, or a URL of any host, which is taken for the gateway's.
    raw_response get(const std::string& url) { return ask("GET", url, {}); }
    raw_response post(const std::string& path, const http::query_pairs& form) {
        return ask("POST", path, http::encode_query(form));
    }

    /// Opens the page that asks for consent; the answer of the provider, which sends back.
    raw_response decide(const std::string& page, const std::string& decision) {
        const raw_response shown = get(page);
        EXPECT_EQ(shown.status, 200) << shown.body;
        http::query_pairs form{{"ticket", attribute(shown.body, "name=\"ticket\" value=\"")},
                               {"user", "ada"},
                               {"decision", decision}};
        const std::string box = "name=\"scope\" value=\"";
        for (std::size_t at = shown.body.find(box); at != shown.body.npos;
             at = shown.body.find(box, at + 1))
            form.emplace_back("scope", attribute(shown.body.substr(at), box));
        return post("/identity/authorize", form);
    }
    /// The whole way, up to what the gateway's callback answers.
    raw_response sign_in(const std::string& provider, const std::string& query = {},
                         const std::string& decision = "allow") {
        const raw_response begun = begin(provider, query);
        const raw_response back = decide(begun.header("location"), decision);
        EXPECT_EQ(back.status, 303) << back.body;
        return get(back.header("location"));
    }
    raw_response begin(const std::string& provider, const std::string& query = {}) {
        const raw_response begun = get("/cortex/oauth/" + provider + "/authorize" + query);
        EXPECT_EQ(begun.status, 302) << begun.body;
        return begun;
    }

    std::map<std::string, std::string> cookies;

  private:
    raw_response ask(std::string_view method, const std::string& url, const std::string& form) {
        std::string path = url;
        if (const auto parsed = http::parse_url(url)) path = parsed->target();
        std::string headers;
        for (const auto& [name, value] : cookies)
            headers += (headers.empty() ? "cookie: " : "; ") + name + "=" + value;
        if (!headers.empty()) headers += "\r\n";
        if (method == "POST")
            headers += "content-type: application/x-www-form-urlencoded\r\ncontent-length: " +
                       std::to_string(form.size()) + "\r\n";
        raw_client client(port_);
        client.send(head_of(method, path, headers).append(form));
        raw_response got = client.receive(method);
        for (std::string_view each : got.headers.all("set-cookie")) {
            std::string_view pair = http::take_until(each, ';');
            const std::string name(http::take_until(pair, '='));
            if (pair.empty())
                cookies.erase(name);
            else
                cookies[name] = pair;
        }
        return got;
    }

    const std::uint16_t port_;
};

/// The parameters of a URL's query.
inline std::map<std::string, std::string> query_of(const std::string& url) {
    const auto parsed = http::parse_url(url);
    std::map<std::string, std::string> made;
    if (parsed)
        for (const auto& [name, value] : http::parse_query(parsed->query)) made[name] = value;
    return made;
}
inline std::map<std::string, std::string> form_of(const test::received_request& asked) {
    return query_of("http://x/?" + asked.body);
}

/// The default, where the token of `name` comes from elsewhere.
inline cortex_options with_token_url(const std::string& name, const std::string& url) {
    cortex_options made;
    server::oauth_provider_settings& to = (*made.oauth.providers)[name];
    to = {};
    to.client_id = "the-client";
    to.client_secret = "the-client-secret";
    to.authorize_url = "https://accounts.test/auth?access_type=offline";
    to.token_url = url + "/token";
    to.device_url = url + "/device";
    to.scopes = {{"one", "two"}};
    return made;
}

/// What the provider's page would send the browser back with.
inline std::string callback_of(const raw_response& begun, const std::string& more = "&code=c") {
    auto query = query_of(begun.header("location"));
    return query["redirect_uri"] + "?state=" + query["state"] + more;
}

inline const json::value token_reply = {{"access_token", "access-canary"},
                                        {"token_type", "Bearer"},
                                        {"expires_in", 3600},
                                        {"refresh_token", "refresh-canary"}};

}  // namespace tessera::contract::gateway_tests
