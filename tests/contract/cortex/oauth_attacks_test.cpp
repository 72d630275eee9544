// What others might try with a flow.
#include <thread>

#include "contract/cortex/oauth.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace oauth_attacks_tests {

constexpr const char* text = "text/plain; charset=utf-8";

TEST(gateway_oauth_attacks, a_denial_is_told_as_text) {
    SCOPED_TRACE("rule: oauth-callback-error");
    oauth_gateway of;
    browser by(of);
    const raw_response got = by.sign_in("google", "", "deny");
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.body, "OAuth error: access_denied - User denied access");
    EXPECT_EQ(got.header("content-type"), text);
    EXPECT_FALSE(of.is_authenticated("google"));
    EXPECT_EQ(by.get("/cortex/oauth/google/callback?error=server_error").body,
              "OAuth error: server_error");
    const raw_response page =
        by.get("/cortex/oauth/google/callback?error=%3Cscript%3E&error_description=%3Cb%3E");
    EXPECT_EQ(page.body, "OAuth error: <script> - <b>");
    EXPECT_EQ(page.header("content-type"), text);
    EXPECT_EQ(page.header("x-content-type-options"), "nosniff");
}

TEST(gateway_oauth_attacks, a_state_that_is_not_right_exchanges_nothing) {
    SCOPED_TRACE("rule: oauth-callback-state");
    const provider upstream(token_reply);
    cortex_options how = with_token_url("google", upstream.url());
    (*how.oauth.providers)["anthropic"] = (*how.oauth.providers)["google"];
    oauth_gateway of(how);
    const auto refused = [&](browser& by, const std::string& url) {
        const raw_response got = by.get(url);
        EXPECT_EQ(got.status, 400) << url;
        EXPECT_EQ(got.header("content-type"), text);
        EXPECT_TRUE(upstream.asked().empty());
    };
    browser by(of);
    const std::string callback = "/cortex/oauth/google/callback?code=c";
    refused(by, callback);
    refused(by, callback + "&state=");
    refused(by, callback + "&state=" + std::string(43, 'A'));
    // Another browser: the state alone is not enough, and is gone then; neither is a cookie of
    // another flow, or one that was made up.
    for (const std::string forged : {"", "another flow's", "made up"}) {
        const std::string url = callback_of(by.begin("google"));
        browser thief(of);
        if (!forged.empty()) thief.begin("google");
        for (const auto& [name, value] : by.cookies)
            if (!forged.empty() && name != thief.cookies.begin()->first)
                thief.cookies[name] =
                    forged == "made up" ? std::string(43, 'A') : thief.cookies.begin()->second;
        refused(thief, url);
        refused(by, url);
    }
    // Another provider's callback.
    const auto state = query_of(by.begin("google").header("location"))["state"];
    refused(by, "/cortex/oauth/anthropic/callback?code=c&state=" + state);
    refused(by, callback + "&state=" + state);
    // Without a code, and twice the same parameter.
    for (const char* more : {"", "&code=", "&code=c&code=d", "&code=c&state=s"})
        refused(by, callback_of(by.begin("google"), more));
    EXPECT_FALSE(of.is_authenticated("google"));
    // One that did its work.
    const std::string url = callback_of(by.begin("google"));
    EXPECT_EQ(by.get(url).status, 200);
    EXPECT_EQ(by.get(url).status, 400);
    EXPECT_EQ(upstream.asked().size(), 1U);
}

// RFC 9207: an answer of one provider is not taken for another's.
TEST(gateway_oauth_attacks, an_answer_of_another_issuer_is_refused) {
    const provider upstream(token_reply);
    oauth_gateway elsewhere(with_token_url("google", upstream.url()));
    browser by(elsewhere);
    for (const std::string issuer :
         {"https://evil.test", "http://accounts.test", "", "https://accounts.test.evil.test",
          "accounts.test", "https://accounts.test&iss=https://accounts.test"}) {
        const raw_response got = by.get(callback_of(by.begin("google"), "&code=c&iss=" + issuer));
        EXPECT_EQ(got.status, 400) << issuer;
        EXPECT_TRUE(upstream.asked().empty());
    }
    EXPECT_EQ(
        by.get(callback_of(by.begin("google"), "&code=c&iss=https://accounts.test/any")).status,
        200);
    // The bundled provider says who it is, always.
    oauth_gateway of;
    browser here(of);
    for (const bool is_taken_away : {true, false}) {
        std::string back =
            here.decide(here.begin("google").header("location"), "allow").header("location");
        const std::size_t at = back.find("&iss=");
        ASSERT_NE(at, back.npos);
        back.resize(at);
        if (!is_taken_away) back += "&iss=http://localhost/identity";
        EXPECT_EQ(here.get(back).status, 400);
        EXPECT_FALSE(of.is_authenticated("google"));
    }
}

// A code that somebody else's flow gave, put into one's own: PKCE tells them apart.
TEST(gateway_oauth_attacks, a_code_belongs_to_its_flow_and_is_good_once) {
    oauth_gateway of;
    browser victim(of), thief(of);
    const auto code_of = [&](browser& whose) {
        return query_of(
            whose.decide(whose.begin("google").header("location"), "allow").header("location"));
    };
    const auto injected = [&](std::map<std::string, std::string> taken) {
        auto own = query_of(thief.begin("google").header("location"));
        const http::query_pairs query{
            {"state", own["state"]}, {"code", taken["code"]}, {"iss", taken["iss"]}};
        return thief.get(own["redirect_uri"] + "?" + http::encode_query(query));
    };
    const raw_response stolen = injected(code_of(victim));
    EXPECT_EQ(stolen.status, 500);
    EXPECT_EQ(stolen.body,
              "Failed to exchange the code: the code_verifier does not belong to the "
              "code_challenge");
    EXPECT_FALSE(of.is_authenticated("google"));
    // One that was used.
    const std::string back =
        victim.decide(victim.begin("google").header("location"), "allow").header("location");
    EXPECT_EQ(victim.get(back).status, 200);
    const raw_response again = injected(query_of(back));
    EXPECT_EQ(again.status, 500);
    EXPECT_EQ(again.body, "Failed to exchange the code: the code was used before");
    // Which ends what came of it: RFC 6749 section 4.1.2.
    EXPECT_EQ(of.refresh("google").status, 500);
}

TEST(gateway_oauth_attacks, a_state_is_good_for_ten_minutes) {
    SCOPED_TRACE("rule: oauth-state-ttl");
    const provider upstream(token_reply);
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    const std::string late = callback_of(by.begin("google"));
    of.clock.advance(std::chrono::minutes(10));
    EXPECT_EQ(by.get(late).status, 400);
    EXPECT_TRUE(upstream.asked().empty());
    const std::string just = callback_of(by.begin("google"));
    of.clock.advance(std::chrono::minutes(10) - std::chrono::milliseconds(1));
    EXPECT_EQ(by.get(just).status, 200);
}

TEST(gateway_oauth_attacks, of_a_hundred_replays_one_succeeds) {
    const provider upstream(token_reply);
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    const std::string url = callback_of(by.begin("google"));
    std::atomic<int> succeeded{0}, failed{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 100; ++i)
        all.emplace_back([&, by]() mutable { ++(by.get(url).status == 200 ? succeeded : failed); });
    for (std::thread& each : all) each.join();
    EXPECT_EQ(succeeded, 1);
    EXPECT_EQ(failed, 99);
    EXPECT_EQ(upstream.asked().size(), 1U);
}

TEST(gateway_oauth_attacks, a_flow_ends_at_no_strange_place) {
    cortex_options how;
    how.oauth.redirect_hosts = {{"app.example"}};
    oauth_gateway of(how);
    browser by(of);
    for (const char* bad :
         {"https://evil.test/", "//evil.test", "/done", "javascript:alert(1)", "http:evil.test",
          "https://localhost@evil.test/", "https://user@localhost/", "http://localhost.evil.test/",
          "http://localhost\\@evil.test/", "http:///evil.test", "https://app.example.evil.test/",
          "data:text/html,x", "ftp://localhost/", "http://local host/",
          "http://127.0.0.1.evil.test", "http://localhost/%0d%0aset-cookie:%20a=b\r\n",
          "https://xn--app-example", ""}) {
        const raw_response got =
            by.get("/cortex/oauth/google/authorize?redirect_url=" + http::percent_encode(bad));
        EXPECT_EQ(got.status, 400) << bad << got.header("location");
        EXPECT_EQ(got.header("content-type"), text);
    }
    for (const char* good : {"https://app.example/done", "http://APP.example:81/", "http://[::1]/",
                             "http://localhost/cortex", "http://127.0.0.1:3000/a?b=c"})
        EXPECT_EQ(
            by.get("/cortex/oauth/google/authorize?redirect_url=" + http::percent_encode(good))
                .status,
            302)
            << good;
    // Nor is a code sent to a host that is only said to be the gateway's.
    raw_client client(of->port());
    client.send("GET /cortex/oauth/google/authorize HTTP/1.1\r\nhost: evil.test\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400);
}

// What a provider might send in place of a token.
std::vector<provider::script> bad_replies() {
    const auto answer = [](int status, std::string body, std::string headers = "") {
        return [=](test::session& on, const test::received_request&) {
            on.answer(status, body, headers);
        };
    };
    return {
        answer(200, ""),
        answer(200, "{"),
        answer(200, "[]"),
        answer(200, "{}"),
        answer(200, R"({"access_token":""})"),
        answer(200, R"({"access_token":7})"),
        answer(200, R"({"access_token":"a b"})"),
        answer(200, R"({"access_token":"a\r\nx: y"})"),
        answer(200, R"({"access_token":"a","token_type":"mac"})"),
        answer(200, R"({"access_token":"a","expires_in":-1})"),
        answer(200, R"({"access_token":"a","expires_in":1e300})"),
        answer(200, R"({"access_token":"a","expires_in":"soon"})"),
        answer(200, std::string(100'000, '[')),
        answer(200, R"({"access_token":")" + std::string(1'000'000, 'a') + "\"}"),
        answer(200, R"({"access_token":"a","padding":")" + std::string(200'000, ' ') + "\"}"),
        answer(200, R"({"access_token":"a","refresh_token":")" + std::string(20'000, 'r') + "\"}"),
        answer(200, R"({"access_token":"a","expires_in":0})"),
        answer(200, R"({"access_token":"\u0000"})"),
        answer(200, "{\"access_token\":\"\xff\xfe\"}"),
        answer(200, R"({"error":"invalid_grant"})"),
        answer(400, R"({"error":"invalid_grant","error_description":"wrong code"})"),
        answer(302, "", "location: http://127.0.0.1:1/\r\n"),
        answer(500, "<html>"),
        [](test::session& on, const test::received_request&) { on.shut_down(); },
        [](test::session& on, const test::received_request&) {
            on.send("what\r\n\r\n");
            on.shut_down();
        },
    };
}

TEST(gateway_oauth_attacks, replies_that_are_none_are_refused) {
    const auto all = bad_replies();
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE(i);
        std::atomic<bool> is_bad = false;
        const provider upstream([&](test::session& on, const test::received_request& asked) {
            if (is_bad) return all[i](on, asked);
            on.answer(200, json::encode(token_reply));
        });
        oauth_gateway of(with_token_url("google", upstream.url()));
        browser by(of);
        is_bad = true;
        const raw_response got = by.get(callback_of(by.begin("google")));
        EXPECT_EQ(got.status, 500) << got.body;
        EXPECT_EQ(got.header("content-type"), text);
        EXPECT_LT(got.body.size(), 500U);
        EXPECT_FALSE(of.is_authenticated("google"));
        // Nor do they take the place of a token that is there.
        is_bad = false;
        EXPECT_EQ(by.get(callback_of(by.begin("google"))).status, 200);
        const json::value before = of.status("google");
        is_bad = true;
        const raw_response refreshed = of.refresh("google");
        EXPECT_EQ(refreshed.status, 500) << refreshed.body;
        EXPECT_TRUE(refreshed.json()["error"].is_string());
        EXPECT_LT(refreshed.body.size(), 500U);
        EXPECT_EQ(of.status("google"), before);
    }
}

// Each field of each operation, in the form that its endpoint has for errors.
TEST(gateway_oauth_attacks, bad_input_is_400_with_what_is_wrong) {
    oauth_gateway of;
    struct row {
        const char* method;
        std::string path, body, wrong;
    };
    const std::string long_text(3000, 'x');
    const std::vector<row> in_text = {
        {"GET", "/oauth/google/authorize?redirect_url=nowhere", "", "redirect_url"},
        {"GET", "/oauth/google/authorize?redirect_url=http://localhost/" + long_text, "",
         "redirect_url"},
        {"GET", "/oauth/google/authorize?redirect_url=a&redirect_url=b", "", "redirect_url"},
        {"GET", "/oauth/google/authorize?redirect_url=%FF", "", "redirect_url"},
        {"GET", "/oauth/%00/authorize", "", "not configured"},
        {"GET", "/oauth/..%2F..%2Fetc/authorize", "", "not configured"},
        {"GET", "/oauth/google/callback", "", "state"},
        {"GET", "/oauth/google/callback?state=a&state=b&code=c", "", "state"},
        {"GET", "/oauth/google/callback?code=%FF&state=s", "", "state"},
        {"GET", "/oauth/google/callback?error=a&error=b", "", "error"},
    };
    for (const row& each : in_text) {
        const raw_response got = of->ask(each.method, each.path, each.body, "");
        EXPECT_EQ(got.status, 400) << each.path << got.body;
        EXPECT_EQ(got.header("content-type"), text) << each.path;
        EXPECT_NE(got.body.find(each.wrong), std::string::npos) << each.path << got.body;
    }
    const std::vector<row> in_json = {
        {"POST", "/oauth/nobody/refresh", "", "not configured"},
        {"POST", "/oauth/google/refresh", "", "No refresh token"},
        {"POST", "/oauth/qwen/device/poll", "{", ""},
        {"POST", "/oauth/qwen/device/poll", "[]", "object"},
        {"POST", "/oauth/qwen/device/poll", R"({"device_code":7})", "device_code"},
        {"POST", "/oauth/qwen/device/poll", R"({"device_code":["d"]})", "device_code"},
        {"POST", "/oauth/qwen/device/poll", R"({"device_code":"d"})", "invalid_grant"},
        {"POST", "/oauth/qwen/device/poll", std::string(100'000, '['), ""},
        {"POST", "/oauth/qwen/device/poll", "\"\xff\"", ""},
    };
    for (const row& each : in_json) {
        const raw_response got = of->ask(each.method, each.path, each.body);
        EXPECT_EQ(got.status, 400) << each.path << got.body;
        EXPECT_TRUE(got.json()["error"].is_string()) << got.body;
        EXPECT_NE(got.body.find(each.wrong), std::string::npos) << each.path << got.body;
    }
}

}  // namespace oauth_attacks_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
