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
    // Another browser: the state alone is not enough, and is gone then.
    const std::string url = callback_of(by.begin("google"));
    browser thief(of);
    refused(thief, url);
    refused(by, url);
    // Another provider's callback.
    const auto state = query_of(by.begin("google").header("location"))["state"];
    refused(by, "/cortex/oauth/anthropic/callback?code=c&state=" + state);
    refused(by, callback + "&state=" + state);
    // Without a code, twice the same parameter, and of another issuer.
    refused(by, callback_of(by.begin("google"), ""));
    refused(by, callback_of(by.begin("google"), "&code=c&code=d"));
    refused(by, callback_of(by.begin("google"), "&code=c&iss=https%3A%2F%2Fevil.test"));
    EXPECT_FALSE(of.is_authenticated("google"));
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

TEST(gateway_oauth_attacks, replies_that_are_none_are_refused) {
    const auto answer = [](int status, std::string body, std::string headers = "") {
        return [=](test::session& on, const test::received_request&) {
            on.answer(status, body, headers);
        };
    };
    const std::vector<provider::script> all = {
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
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE(i);
        const provider upstream(all[i]);
        oauth_gateway of(with_token_url("google", upstream.url()));
        browser by(of);
        const raw_response got = by.get(callback_of(by.begin("google")));
        EXPECT_EQ(got.status, 500) << got.body;
        EXPECT_EQ(got.header("content-type"), text);
        EXPECT_LT(got.body.size(), 500U);
        EXPECT_FALSE(of.is_authenticated("google"));
    }
}

}  // namespace oauth_attacks_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
