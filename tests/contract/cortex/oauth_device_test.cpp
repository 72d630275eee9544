// A person lets a device in, and the bundled identity provider that asks for it.
#include <filesystem>
#include <fstream>

#include "contract/cortex/oauth.hpp"
#include "core/random_token.hpp"
#include "tessera/core/base64.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace oauth_device_tests {

using std::chrono::seconds;

json::value poll(oauth_gateway& of, int status = 400) {
    const raw_response got = of->ask("POST", "/oauth/qwen/device/poll");
    EXPECT_EQ(got.status, status) << got.body;
    return got.json();
}

TEST(gateway_oauth_device, is_let_in_without_a_code_being_typed) {
    SCOPED_TRACE("rule: oauth-device-success");
    SCOPED_TRACE("rule: oauth-device-complete-uri");
    SCOPED_TRACE("rule: oauth-device-auto-poll");
    SCOPED_TRACE("rule: oauth-poll-internal");
    SCOPED_TRACE("rule: oauth-poll-pending");
    oauth_gateway of;
    EXPECT_EQ(poll(of)["error"], "invalid_grant");
    const raw_response got = of->ask("POST", "/oauth/qwen/device");
    EXPECT_EQ(got.status, 200) << got.body;
    const json::value begun = got.json();
    EXPECT_EQ(begun["expires_in"], 900);
    EXPECT_EQ(begun["interval"], 5);
    const std::string page = begun["verification_uri_complete"];
    EXPECT_EQ(page, begun["verification_uri"].get<std::string>() +
                        "?user_code=" + begun["user_code"].get<std::string>());
    EXPECT_EQ(poll(of)["error"], "authorization_pending");
    browser by(of);
    EXPECT_EQ(by.decide(page, "allow").status, 200);
    // Nobody polls but the gateway itself.
    of.clock.advance(seconds(6));
    EXPECT_TRUE(comes_true([&] { return of.is_authenticated("qwen"); }));
    EXPECT_EQ(of.status("qwen")["scopes"], (json::value{"openid", "profile", "model.completion"}));
    EXPECT_EQ(poll(of, 200)["provider"], "qwen");
    const raw_response named =
        of->post("/oauth/qwen/device/poll", {{"device_code", begun["device_code"]}});
    EXPECT_EQ(named.status, 200);
    EXPECT_EQ(of->post("/oauth/qwen/device/poll", {{"device_code", "another"}}).status, 400);
    EXPECT_EQ(of->post("/oauth/qwen/device/poll", {{"device_code", 7}}).status, 400);
}

TEST(gateway_oauth_device, that_is_denied_or_forgotten_stays_out) {
    SCOPED_TRACE("rule: oauth-poll-pending");
    oauth_gateway of;
    browser by(of);
    const json::value first = of->ask("POST", "/oauth/qwen/device").json();
    EXPECT_EQ(by.decide(first["verification_uri_complete"], "deny").status, 200);
    of.clock.advance(seconds(6));
    EXPECT_TRUE(comes_true([&] { return poll(of)["error"] == "access_denied"; }));
    of->ask("POST", "/oauth/qwen/device");
    of.clock.advance(seconds(901));
    EXPECT_TRUE(comes_true([&] { return poll(of)["error"] == "expired_token"; }));
    EXPECT_FALSE(of.is_authenticated("qwen"));
}

TEST(gateway_oauth_device, comes_less_often_when_it_is_told_so) {
    SCOPED_TRACE("rule: oauth-poll-pending");
    std::atomic<int> polls{0};
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        const json::value begun = {{"device_code", "d"},
                                   {"user_code", "ABCD"},
                                   {"verification_uri", "https://q.test/go"},
                                   {"expires_in", 900}};
        if (asked.head.target == "/device") return void(on.answer(200, json::encode(begun)));
        ++polls;
        on.answer(400, R"({"error":"slow_down"})");
    });
    oauth_gateway of(with_token_url("qwen", upstream.url()));
    const json::value begun = of->ask("POST", "/oauth/qwen/device").json();
    EXPECT_EQ(begun["interval"], 5);
    EXPECT_EQ(begun["verification_uri_complete"], "https://q.test/go?user_code=ABCD");
    of.clock.advance(seconds(5));
    EXPECT_TRUE(comes_true([&] { return poll(of)["error"] == "slow_down"; }));
    EXPECT_EQ(polls, 1);
    of.clock.advance(seconds(9));
    EXPECT_EQ(poll(of)["error"], "slow_down");
    EXPECT_EQ(polls, 1);
    of.clock.advance(seconds(1));
    EXPECT_TRUE(comes_true([&] { return polls == 2; }));
}

TEST(gateway_oauth_device, needs_a_provider_that_answers) {
    SCOPED_TRACE("rule: oauth-device-not-configured");
    SCOPED_TRACE("rule: oauth-device-failure");
    cortex_options none;
    none.oauth.providers->erase("qwen");
    oauth_gateway without(none);
    EXPECT_EQ(without->ask("POST", "/oauth/qwen/device").status, 400);
    const std::string script =
        R"j({"device_code":"d","user_code":"u","verification_uri":"javascript:alert(1)",)j"
        R"j("expires_in":9})j";
    for (const std::string& reply : {std::string("{}"), std::string("["), script}) {
        const provider upstream(
            [&](test::session& on, const test::received_request&) { on.answer(200, reply); });
        oauth_gateway of(with_token_url("qwen", upstream.url()));
        const raw_response got = of->ask("POST", "/oauth/qwen/device");
        EXPECT_EQ(got.status, 500);
        EXPECT_TRUE(got.json()["error"].is_string()) << got.body;
    }
}

TEST(gateway_oauth_device, opens_a_browser) {
    SCOPED_TRACE("rule: oauth-device-browser");
    const tessera::testing::temporary_folder folder("browser");
    const auto program = folder.path() / "xdg-open";
    const auto opened = folder.path() / "opened";
    std::ofstream(program) << "#!/bin/sh\nprintf %s \"$1\" > '" << opened.string() << "'\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    const std::string before = std::getenv("PATH");
    ::setenv("PATH", (folder.path().string() + ":" + before).c_str(), 1);
    cortex_options how;
    how.oauth.open_browser = true;
    oauth_gateway of(how);
    const json::value begun = of->ask("POST", "/oauth/qwen/device").json();
    std::string url;
    EXPECT_TRUE(comes_true([&] {
        std::ifstream file(opened);
        url.assign(std::istreambuf_iterator<char>(file), {});
        return json::value(url) == begun["verification_uri_complete"];
    })) << url
        << of.log();
    of.stop();
    ::setenv("PATH", before.c_str(), 1);
}

// The provider itself, as a client that is not the gateway meets it.
struct identity : ::testing::Test {
    oauth_gateway of;
    browser by{of};
    const std::string verifier = server::random_token();
    const std::string callback = "http://localhost/cortex/oauth/google/callback";

    std::string page(http::query_pairs changed = {}) const {
        std::map<std::string, std::string> all = {
            {"response_type", "code"},
            {"client_id", "tessera-google"},
            {"redirect_uri", callback},
            {"state", "s"},
            {"code_challenge", server::pkce_challenge(verifier)},
            {"code_challenge_method", "S256"}};
        for (const auto& [name, value] : changed) all[name] = value;
        const http::query_pairs pairs(all.begin(), all.end());
        return "/identity/authorize?" + http::encode_query(pairs);
    }
    std::string code() { return query_of(by.decide(page(), "allow").header("location"))["code"]; }
    raw_response token(http::query_pairs form,
                       const std::string& secret = "tessera-google-secret") {
        form.emplace_back("client_id", "tessera-google");
        form.emplace_back("client_secret", secret);
        return by.post("/identity/token", form);
    }
    raw_response exchange(const std::string& code, const std::string& with,
                          const std::string& secret = "tessera-google-secret") {
        return token({{"grant_type", "authorization_code"},
                      {"code", code},
                      {"redirect_uri", callback},
                      {"code_verifier", with}},
                     secret);
    }
    raw_response refresh(const json::value& held) {
        return token({{"grant_type", "refresh_token"}, {"refresh_token", held["refresh_token"]}});
    }
    int user_info(const json::value& held) {
        raw_client client(of->port());
        client.send(
            head_of("GET", "/identity/userinfo", bearer(held["access_token"].get<std::string>())));
        return client.receive().status;
    }
};

TEST_F(identity, tells_where_its_endpoints_are) {
    const json::value told = by.get("/identity/.well-known/openid-configuration").json();
    EXPECT_EQ(told["issuer"], "http://127.0.0.1:" + std::to_string(of->port()) + "/identity");
    EXPECT_EQ(told["code_challenge_methods_supported"], (json::value{"S256"}));
    EXPECT_EQ(by.get("/identity/.well-known/oauth-authorization-server").json(), told);
}

TEST_F(identity, enforces_pkce) {
    for (const auto& [changed, why] : std::vector<std::pair<http::query_pairs, std::string>>{
             {{{"code_challenge_method", "plain"}}, "invalid_request"},
             {{{"code_challenge_method", ""}}, "invalid_request"},
             {{{"code_challenge", ""}}, "invalid_request"},
             {{{"code_challenge", "short"}}, "invalid_request"},
             {{{"response_type", "token"}}, "unsupported_response_type"},
             {{{"scope", "everything"}}, "invalid_scope"}}) {
        auto back = query_of(by.get(page(changed)).header("location"));
        EXPECT_EQ(back["error"], why);
        EXPECT_EQ(back["state"], "s");
    }
    EXPECT_EQ(exchange(code(), server::random_token()).json()["error"], "invalid_grant");
    EXPECT_EQ(exchange(code(), "").json()["error"], "invalid_grant");
    const std::string once = code();
    EXPECT_EQ(exchange(once, server::random_token()).status, 400);
    EXPECT_EQ(exchange(once, verifier).status, 400);
    EXPECT_EQ(exchange(code(), verifier, "wrong").status, 401);
    EXPECT_EQ(exchange(code(), verifier).status, 200);
}

TEST_F(identity, sends_nobody_to_a_place_that_no_client_named) {
    for (const char* bad : {"http://evil.test/cortex/oauth/google/callback", "http://localhost/",
                            "http://localhost/cortex/oauth/anthropic/callback",
                            "http://user@localhost/cortex/oauth/google/callback",
                            "http://localhost/cortex/oauth/google/callback?x=y", ""}) {
        const raw_response got = by.get(page({{"redirect_uri", bad}}));
        EXPECT_EQ(got.status, 400) << bad;
        EXPECT_EQ(got.header("location"), "(absent)");
    }
    EXPECT_EQ(by.get(page({{"client_id", "<script>"}})).status, 400);
    // A decision belongs to the page that asked, and to its browser.
    const raw_response shown = by.get(page());
    const std::string ticket = attribute(shown.body, "name=\"ticket\" value=\"");
    browser other(of);
    EXPECT_EQ(other
                  .post("/identity/authorize",
                        {{"ticket", ticket}, {"user", "ada"}, {"decision", "allow"}})
                  .status,
              400);
    EXPECT_NE(shown.header("content-security-policy").find("frame-ancestors 'none'"),
              std::string::npos);
}

TEST_F(identity, ends_all_that_came_of_a_code_or_token_that_is_used_twice) {
    const std::string once = code();
    const json::value first = exchange(once, verifier).json();
    EXPECT_EQ(user_info(first), 200);
    EXPECT_EQ(exchange(once, verifier).json()["error"], "invalid_grant");
    EXPECT_EQ(user_info(first), 401);
    const json::value second = exchange(code(), verifier).json();
    const json::value third = refresh(second).json();
    EXPECT_NE(second["refresh_token"], third["refresh_token"]);
    EXPECT_EQ(user_info(third), 200);
    EXPECT_EQ(refresh(second).json()["error"], "invalid_grant");
    EXPECT_EQ(user_info(third), 401);
    EXPECT_EQ(refresh(third).json()["error"], "invalid_grant");
}

TEST_F(identity, refreshes_by_no_other_token) {
    const json::value held = exchange(code(), verifier).json();
    const auto refused = [&](const std::string& with) {
        const json::value got = refresh({{"refresh_token", with}}).json();
        EXPECT_EQ(got["error"], "invalid_grant") << with;
    };
    refused("");
    refused("bogus");
    refused(server::random_token());
    refused(held["access_token"]);
    refused(held["refresh_token"].get<std::string>() + "x");
    // That of another client.
    const raw_response got = by.post("/identity/token", {{"grant_type", "refresh_token"},
                                                         {"refresh_token", held["refresh_token"]},
                                                         {"client_id", "tessera-qwen"}});
    EXPECT_EQ(got.json()["error"], "invalid_grant");
    EXPECT_EQ(refresh(held).status, 200);
}

TEST_F(identity, revokes_and_lets_expire) {
    json::value held = exchange(code(), verifier).json();
    of.clock.advance(seconds(3600));
    EXPECT_EQ(user_info(held), 401);
    held = refresh(held).json();
    EXPECT_EQ(user_info(held), 200);
    EXPECT_EQ(by.post("/identity/revoke", {{"token", held["refresh_token"]},
                                           {"client_id", "tessera-google"},
                                           {"client_secret", "tessera-google-secret"}})
                  .status,
              200);
    EXPECT_EQ(user_info(held), 401);
    const std::string late = code();
    of.clock.advance(seconds(60));
    EXPECT_EQ(exchange(late, verifier).json()["error"], "invalid_grant");
}

TEST_F(identity, gives_the_scopes_that_a_person_left) {
    const raw_response shown =
        by.get(page({{"client_id", "tessera-anthropic"},
                     {"redirect_uri", "http://localhost/oauth/anthropic/callback"}}));
    const raw_response back = by.post(
        "/identity/authorize", {{"ticket", attribute(shown.body, "name=\"ticket\" value=\"")},
                                {"user", "alan"},
                                {"scope", "user:inference"},
                                {"scope", "everything"},
                                {"decision", "allow"}});
    const raw_response got =
        by.post("/identity/token", {{"grant_type", "authorization_code"},
                                    {"code", query_of(back.header("location"))["code"]},
                                    {"redirect_uri", "http://localhost/oauth/anthropic/callback"},
                                    {"code_verifier", verifier},
                                    {"client_id", "tessera-anthropic"},
                                    {"client_secret", "tessera-anthropic-secret"}});
    EXPECT_EQ(got.json()["scope"], "user:inference") << got.body;
}

}  // namespace oauth_device_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
