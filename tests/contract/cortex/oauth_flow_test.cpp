// A person gives the gateway a token, in a browser.
#include "contract/cortex/oauth.hpp"
#include "core/random_token.hpp"
#include "tessera/core/base64.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace oauth_flow_tests {

TEST(gateway_oauth, sends_the_browser_to_the_provider) {
    SCOPED_TRACE("rule: oauth-authorize-redirect");
    SCOPED_TRACE("rule: oauth-authorize-callback");
    SCOPED_TRACE("rule: oauth-authorize-state");
    SCOPED_TRACE("rule: oauth-authorize-pkce");
    SCOPED_TRACE("rule: oauth-state-32-bytes");
    SCOPED_TRACE("rule: oauth-pkce-s256");
    oauth_gateway of(with_token_url("google", "http://127.0.0.1:1"));
    browser by(of);
    std::set<std::string> states, challenges;
    for (int i = 0; i < 3; ++i) {
        const std::string location = by.begin("google").header("location");
        EXPECT_TRUE(location.starts_with("https://accounts.test/auth?access_type=offline&"));
        auto query = query_of(location);
        EXPECT_EQ(query["response_type"], "code");
        EXPECT_EQ(query["client_id"], "the-client");
        EXPECT_EQ(query["scope"], "one two");
        EXPECT_EQ(query["redirect_uri"], "http://localhost/cortex/oauth/google/callback");
        EXPECT_EQ(query["code_challenge_method"], "S256");
        EXPECT_EQ(decode_base64url(query["state"]).value_or("").size(), 32U);
        EXPECT_EQ(decode_base64url(query["code_challenge"]).value_or("").size(), 32U);
        states.insert(query["state"]);
        challenges.insert(query["code_challenge"]);
    }
    EXPECT_EQ(states.size(), 3U);
    EXPECT_EQ(challenges.size(), 3U);
}

TEST(gateway_oauth, exchanges_the_code_with_the_verifier_of_the_flow) {
    SCOPED_TRACE("rule: oauth-callback-exchange");
    SCOPED_TRACE("rule: oauth-callback-pkce");
    SCOPED_TRACE("rule: oauth-callback-success");
    SCOPED_TRACE("rule: oauth-pkce-verifier-secret");
    SCOPED_TRACE("rule: oauth-pkce-formula");
    SCOPED_TRACE("rule: oauth-status-authenticated");
    const provider upstream(token_reply);
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    const raw_response begun = by.begin("google");
    const raw_response got = by.get(callback_of(begun));
    EXPECT_EQ(got.status, 200) << got.body;
    EXPECT_EQ(got.json(), (json::value{{"success", true},
                                       {"provider", "google"},
                                       {"expires_at", "2023-11-14T23:13:20Z"}}));
    ASSERT_EQ(upstream.asked().size(), 1U);
    auto form = form_of(upstream.asked()[0]);
    auto query = query_of(begun.header("location"));
    EXPECT_EQ(form["grant_type"], "authorization_code");
    EXPECT_EQ(form["code"], "c");
    EXPECT_EQ(form["redirect_uri"], query["redirect_uri"]);
    EXPECT_TRUE(server::is_pkce_verifier(form["code_verifier"]));
    EXPECT_EQ(query["code_challenge"], encode_base64url(server::sha256(form["code_verifier"])));
    EXPECT_EQ(begun.header("location").find(form["code_verifier"]), std::string::npos);
    EXPECT_EQ(upstream.asked()[0].header("authorization"),
              "Basic " + encode_base64("the-client:the-client-secret"));
    EXPECT_EQ(of.status("google"), (json::value{{"provider", "google"},
                                                {"configured", true},
                                                {"authenticated", true},
                                                {"expires_at", "2023-11-14T23:13:20Z"},
                                                {"scopes", {"one", "two"}}}));
    // RFC 7636, appendix B.
    EXPECT_EQ(server::pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
              "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(gateway_oauth, ends_where_the_flow_said) {
    SCOPED_TRACE("rule: oauth-authorize-redirect-url");
    SCOPED_TRACE("rule: oauth-callback-redirect-url");
    oauth_gateway of;
    browser by(of);
    const raw_response got =
        by.sign_in("google", "?redirect_url=http%3A%2F%2Flocalhost%3A3000%2Fdone%3Fa%3Db");
    EXPECT_EQ(got.status, 302);
    EXPECT_EQ(got.header("location"), "http://localhost:3000/done?a=b");
    EXPECT_TRUE(of.is_authenticated("google"));
}

TEST(gateway_oauth, knows_its_four_providers_without_a_configuration) {
    SCOPED_TRACE("rule: oauth-status-not-authenticated");
    SCOPED_TRACE("rule: oauth-status-permanent");
    SCOPED_TRACE("rule: oauth-refresh-openrouter");
    SCOPED_TRACE("rule: prov-auth-oauth");
    oauth_gateway of;
    browser by(of);
    for (const std::string name : {"google", "anthropic", "qwen", "openrouter"}) {
        SCOPED_TRACE(name);
        EXPECT_EQ(
            of.status(name),
            (json::value{{"provider", name}, {"configured", true}, {"authenticated", false}}));
        EXPECT_EQ(of->get("/api/providers/" + name + "/auth").json()["oauth"],
                  (json::value{{"configured", true}, {"authenticated", false}}));
        EXPECT_EQ(by.sign_in(name).status, 200);
        EXPECT_TRUE(of.is_authenticated(name));
        EXPECT_EQ(of->get("/api/providers/" + name + "/auth").json()["oauth"],
                  (json::value{{"configured", true}, {"authenticated", true}}));
    }
    EXPECT_EQ(of.status("openrouter"), (json::value{{"provider", "openrouter"},
                                                    {"configured", true},
                                                    {"authenticated", true},
                                                    {"token_type", "permanent"}}));
    EXPECT_EQ(of.refresh("openrouter").status, 400);
    of.clock.advance(std::chrono::hours(24 * 365));
    EXPECT_TRUE(of.is_authenticated("openrouter"));
    EXPECT_FALSE(of.is_authenticated("google"));
}

TEST(gateway_oauth, of_a_provider_that_is_not_configured) {
    SCOPED_TRACE("rule: oauth-status-not-configured");
    SCOPED_TRACE("rule: oauth-refresh-not-configured");
    oauth_gateway of;
    EXPECT_EQ(
        of.status("nobody"),
        (json::value{{"provider", "nobody"}, {"configured", false}, {"authenticated", false}}));
    for (const char* path : {"/oauth/nobody/authorize", "/oauth/nobody/callback?code=c"}) {
        const raw_response got = of->get(path, "");
        EXPECT_EQ(got.status, 400);
        EXPECT_EQ(got.body, "OAuth not configured for provider: nobody");
        EXPECT_EQ(got.header("content-type"), "text/plain; charset=utf-8");
    }
    const raw_response got = of.refresh("nobody");
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.json()["error"], "OAuth not configured for provider: nobody");
}

TEST(gateway_oauth, other_methods_are_405) {
    SCOPED_TRACE("rule: oauth-status-405");
    SCOPED_TRACE("rule: oauth-refresh-405");
    SCOPED_TRACE("rule: oauth-device-405");
    SCOPED_TRACE("rule: oauth-delete-405");
    SCOPED_TRACE("rule: http-405-allow");
    oauth_gateway of;
    const std::vector<std::pair<std::string, std::string>> all = {
        {"/oauth/google/status", "GET"},
        {"/oauth/google/refresh", "POST"},
        {"/oauth/google/token", "DELETE"},
        {"/oauth/qwen/device", "POST"},
        {"/oauth/qwen/device/poll", "POST"}};
    for (const auto& [path, right] : all)
        for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
            if (method == right) continue;
            SCOPED_TRACE(method + " " + path);
            const raw_response got = of->ask(method, path, {}, bearer("wrong"));
            EXPECT_EQ(got.status, 405);
            EXPECT_EQ(got.body, "Method not allowed");
            EXPECT_TRUE(got.header("allow").starts_with(right));
        }
}

TEST(gateway_oauth, forgets_a_token_here_alone) {
    SCOPED_TRACE("rule: oauth-delete-success");
    SCOPED_TRACE("rule: oauth-delete-local-only");
    SCOPED_TRACE("rule: oauth-delete-reauth");
    SCOPED_TRACE("rule: oauth-delete-missing");
    SCOPED_TRACE("rule: oauth-refresh-no-refresh-token");
    const provider upstream(token_reply);
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    EXPECT_TRUE(of.is_authenticated("google"));
    const raw_response gone = of->ask("DELETE", "/oauth/google/token");
    EXPECT_EQ(gone.status, 200);
    EXPECT_EQ(gone.json(), (json::value{{"success", true},
                                        {"provider", "google"},
                                        {"message", "Token revoked successfully"}}));
    EXPECT_FALSE(of.is_authenticated("google"));
    EXPECT_EQ(upstream.asked().size(), 1U);
    EXPECT_EQ(of.refresh("google").status, 400);
    EXPECT_EQ(upstream.asked().size(), 1U);
    const raw_response again = of->ask("DELETE", "/oauth/google/token");
    EXPECT_EQ(again.status, 500);
    EXPECT_EQ(again.body, "Failed to delete token: token not found for provider: google");
    EXPECT_EQ(again.header("content-type"), "text/plain; charset=utf-8");
    by.get(callback_of(by.begin("google")));
    EXPECT_TRUE(of.is_authenticated("google"));
}

TEST(gateway_oauth, needs_a_key_where_others_reach_it) {
    oauth_gateway of;
    // On its own machine it needs none, but a wrong one is wrong.
    EXPECT_EQ(of->get("/oauth/google/status", "").status, 200);
    EXPECT_EQ(of->get("/oauth/google/status", bearer("wrong")).status, 401);
    // A page from elsewhere, or a name of its own that leads here.
    EXPECT_EQ(of->ask("POST", "/oauth/qwen/device", {}, "origin: https://evil.test\r\n").status,
              401);
    raw_client client(of->port());
    client.send("GET /cortex/oauth/google/status HTTP/1.1\r\nhost: evil.test\r\n\r\n");
    EXPECT_EQ(client.receive().status, 401);
}

TEST(gateway_oauth, shows_the_token_to_the_provider) {
    const provider tokens(token_reply);
    const provider upstream(completion());
    cortex_options how = with_token_url("google", tokens.url());
    for (auto& [name, each] : how.providers)
        if (name == "google") {
            each = upstream.settings(provider_type::google, {"gemini-2.0-flash"});
            each.auth = server::auth_method::oauth;
        }
    oauth_gateway of(how);
    const json::value chat = with(hello, {{"model", "gemini-2.0-flash"}});
    const raw_response refused = of->post("/v1/chat/completions", chat);
    EXPECT_EQ(refused.status, 502);
    EXPECT_NE(refused.body.find("/oauth/google/authorize"), std::string::npos) << refused.body;
    EXPECT_TRUE(upstream.asked().empty());
    browser by(of);
    by.get(callback_of(by.begin("google")));
    EXPECT_EQ(of->post("/v1/chat/completions", chat).status, 200);
    EXPECT_EQ(upstream.asked().back().header("authorization"), "Bearer access-canary");
    // One that has expired is renewed without the client noticing.
    of.clock.advance(std::chrono::hours(2));
    EXPECT_EQ(of->post("/v1/chat/completions", chat).status, 200);
    EXPECT_EQ(form_of(tokens.asked().back())["grant_type"], "refresh_token");
}

}  // namespace oauth_flow_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
