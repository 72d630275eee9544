// Tokens are renewed: when somebody asks, and before they expire.
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

#include "contract/cortex/oauth.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace oauth_tokens_tests {

using std::chrono::seconds;

// Answers each request with the next token, and refreshes with a new refresh token or without.
class token_provider {
  public:
    explicit token_provider(bool rotates = true)
        : by_([this, rotates](test::session& on, const test::received_request&) {
              const int number = ++issued_;
              json::value reply = token_reply;
              reply["access_token"] = "access-" + std::to_string(number);
              reply["refresh_token"] = "refresh-" + std::to_string(number);
              if (number > 1 && !rotates) reply.erase("refresh_token");
              on.answer(200, json::encode(reply));
          }) {}
    std::vector<std::map<std::string, std::string>> forms() const {
        std::vector<std::map<std::string, std::string>> made;
        for (const auto& each : by_.asked()) made.push_back(form_of(each));
        return made;
    }
    std::string url() const { return by_.url(); }

  private:
    std::atomic<int> issued_{0};
    provider by_;
};

cortex_options refreshing(const std::string& url, std::int64_t threshold, std::int64_t interval,
                          bool enabled = true) {
    cortex_options made = with_token_url("google", url);
    made.token_refresh = {enabled, threshold, interval};
    return made;
}

TEST(gateway_oauth_tokens, are_refreshed_when_somebody_asks) {
    SCOPED_TRACE("rule: oauth-refresh-success");
    SCOPED_TRACE("rule: oauth-refresh-stores");
    SCOPED_TRACE("rule: oauth-refresh-rotation");
    for (const bool rotates : {true, false}) {
        const token_provider upstream(rotates);
        oauth_gateway of(with_token_url("google", upstream.url()));
        browser by(of);
        by.get(callback_of(by.begin("google")));
        of.clock.advance(seconds(600));
        const raw_response got = of.refresh("google");
        EXPECT_EQ(got.status, 200);
        EXPECT_EQ(got.json(), (json::value{{"success", true},
                                           {"provider", "google"},
                                           {"expires_at", "2023-11-14T23:23:20Z"}}));
        EXPECT_EQ(of.status("google")["expires_at"], "2023-11-14T23:23:20Z");
        EXPECT_EQ(of.refresh("google").status, 200);
        const auto forms = upstream.forms();
        ASSERT_EQ(forms.size(), 3U);
        EXPECT_EQ(forms[1].at("grant_type"), "refresh_token");
        EXPECT_EQ(forms[1].at("refresh_token"), "refresh-1");
        EXPECT_EQ(forms[2].at("refresh_token"), rotates ? "refresh-2" : "refresh-1");
    }
}

TEST(gateway_oauth_tokens, whose_refresh_is_refused_stay) {
    SCOPED_TRACE("rule: oauth-refresh-failure");
    std::atomic<bool> refuses = false;
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        if (!refuses) return void(on.answer(200, json::encode(token_reply)));
        const json::value reply = {
            {"error", "invalid_grant"},
            {"error_description", "refresh token expired: " + form_of(asked)["refresh_token"]}};
        on.answer(400, json::encode(reply));
    });
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    refuses = true;
    const raw_response got = of.refresh("google");
    EXPECT_EQ(got.status, 500);
    EXPECT_EQ(got.json(), (json::value{{"error",
                                        "Failed to refresh token: refresh token expired: "
                                        "[redacted]"}}));
    EXPECT_TRUE(of.is_authenticated("google"));
    EXPECT_EQ(of.log().find("canary"), std::string::npos) << of.log();
}

// A rotating refresh token is good once: many that want a new token get the one.
TEST(gateway_oauth_tokens, are_refreshed_once_however_many_want_it) {
    test::gate go;
    std::atomic<int> refreshes{0};
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        if (form_of(asked)["grant_type"] == "refresh_token") {
            ++refreshes;
            go.wait();
        }
        on.answer(200, json::encode(token_reply));
    });
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    std::deque<raw_client> clients;
    for (int i = 0; i < 20; ++i)
        of->send(clients.emplace_back(of->port()), "POST", "/oauth/google/refresh");
    EXPECT_TRUE(comes_true([&] { return refreshes == 1; }));
    go.open();
    for (raw_client& each : clients) EXPECT_EQ(each.receive("POST").status, 200);
    // Those that came while it ran shared it.
    EXPECT_LE(refreshes, 20);
    EXPECT_GE(refreshes, 1);
}

TEST(gateway_oauth_tokens, that_are_deleted_stay_deleted) {
    test::gate go;
    std::atomic<int> refreshes{0};
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        if (form_of(asked)["grant_type"] == "refresh_token") {
            ++refreshes;
            go.wait();
        }
        on.answer(200, json::encode(token_reply));
    });
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    raw_client waits(of->port());
    of->send(waits, "POST", "/oauth/google/refresh");
    EXPECT_TRUE(comes_true([&] { return refreshes == 1; }));
    EXPECT_EQ(of->ask("DELETE", "/oauth/google/token").status, 200);
    go.open();
    EXPECT_EQ(waits.receive("POST").status, 500);
    EXPECT_FALSE(of.is_authenticated("google"));
}

TEST(gateway_oauth_tokens, are_refreshed_before_they_expire) {
    SCOPED_TRACE("rule: oauth-auto-refresh");
    SCOPED_TRACE("rule: oauth-auto-refresh-logged");
    const token_provider upstream;
    oauth_gateway of(refreshing(upstream.url(), 300, 60));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    of.clock.advance(seconds(3300));
    EXPECT_TRUE(comes_true([&] { return of.log().find("is refreshed") != std::string::npos; }))
        << of.log();
    EXPECT_EQ(upstream.forms().size(), 2U);
    EXPECT_EQ(of.status("google")["expires_at"], "2023-11-15T00:08:20Z");
    EXPECT_NE(of.log().find("the token of google is refreshed"), std::string::npos);
    EXPECT_EQ(of.log().find("access-"), std::string::npos);
}

// One cycle has come and gone: the loop looks at the clock every millisecond.
void let_cycles_run() { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }

TEST(gateway_oauth_tokens, by_a_threshold_that_may_change) {
    SCOPED_TRACE("rule: cfg-refresh-threshold");
    SCOPED_TRACE("rule: cfg-refresh-immediate");
    const token_provider upstream;
    oauth_gateway of(refreshing(upstream.url(), 10, 60));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    of.clock.advance(seconds(60));
    let_cycles_run();
    EXPECT_EQ(upstream.forms().size(), 1U);
    EXPECT_EQ(of->put("/api/config/token-refresh", R"({"refresh_threshold_secs":3600})").status,
              200);
    of.clock.advance(seconds(60));
    EXPECT_TRUE(comes_true([&] { return upstream.forms().size() == 2U; }));
}

TEST(gateway_oauth_tokens, by_an_interval_that_may_change) {
    SCOPED_TRACE("rule: cfg-refresh-interval");
    const token_provider upstream;
    oauth_gateway of(refreshing(upstream.url(), 3600, 60));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    EXPECT_EQ(of->put("/api/config/token-refresh", R"({"check_interval_secs":10})").status, 200);
    // The sleep that runs keeps its length.
    of.clock.advance(seconds(50));
    let_cycles_run();
    EXPECT_EQ(upstream.forms().size(), 1U);
    of.clock.advance(seconds(10));
    EXPECT_TRUE(comes_true([&] { return upstream.forms().size() == 2U; }));
    EXPECT_TRUE(comes_true([&] { return of.log().find("is refreshed") != std::string::npos; }));
    of.clock.advance(seconds(10));
    EXPECT_TRUE(comes_true([&] { return upstream.forms().size() == 3U; }));
}

TEST(gateway_oauth_tokens, are_left_alone_where_that_is_wanted) {
    SCOPED_TRACE("rule: cfg-refresh-disable");
    const token_provider upstream;
    oauth_gateway of(refreshing(upstream.url(), 3600, 60));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    EXPECT_EQ(of->put("/api/config/token-refresh", R"({"enabled":false})").status, 200);
    of.clock.advance(seconds(120));
    let_cycles_run();
    EXPECT_EQ(upstream.forms().size(), 1U);
    EXPECT_EQ(of->put("/api/config/token-refresh", R"({"enabled":true})").status, 200);
    EXPECT_TRUE(comes_true([&] { return upstream.forms().size() == 2U; }));
}

TEST(gateway_oauth_tokens, outlive_the_server_sealed) {
    SCOPED_TRACE("rule: oauth-callback-store");
    SCOPED_TRACE("rule: oauth-store-cipher");
    SCOPED_TRACE("rule: oauth-store-key");
    SCOPED_TRACE("rule: oauth-store-mode");
    const tessera::testing::temporary_folder folder("oauth");
    const provider upstream(token_reply);
    auto all = oauth_gateway::options();
    all.data = folder.path();
    cortex_options how = with_token_url("google", upstream.url());
    {
        oauth_gateway of(how, all);
        browser by(of);
        EXPECT_EQ(by.get(callback_of(by.begin("google"))).status, 200);
    }
    for (const auto& each : std::filesystem::directory_iterator(folder.path())) {
        std::ifstream file(each.path());
        const std::string text(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(text.find("canary"), std::string::npos) << each.path();
        using std::filesystem::perms;
        EXPECT_EQ(each.status().permissions(), perms::owner_read | perms::owner_write)
            << each.path();
    }
    {
        oauth_gateway of(how, all);
        EXPECT_TRUE(of.is_authenticated("google"));
        EXPECT_EQ(of.refresh("google").status, 200);
        EXPECT_EQ(form_of(upstream.asked().back())["refresh_token"], "refresh-canary");
    }
    how.oauth.encryption_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    oauth_gateway other(how, all);
    EXPECT_FALSE(other.is_authenticated("google"));
    EXPECT_NE(other.log().find("the stored token of google cannot be read"), std::string::npos);
}

// No secret of a flow in anything that people are shown.
TEST(gateway_oauth_tokens, are_in_no_log_no_error_and_no_record) {
    std::atomic<int> number{0};
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        if (++number == 1) return void(on.answer(200, json::encode(token_reply)));
        // A provider that answers with all that it was sent.
        json::value reply = {{"error", asked.body}, {"error_description", asked.body}};
        on.answer(number % 2 == 0 ? 400 : 500, json::encode(reply));
    });
    oauth_gateway of(with_token_url("google", upstream.url()));
    browser by(of);
    std::string shown = by.get(callback_of(by.begin("google"), "&code=code-canary")).body;
    for (int i = 0; i < 2; ++i) shown += of.refresh("google").body;
    shown += by.get(callback_of(by.begin("google"), "&code=code-canary")).body;
    shown += by.get(callback_of(by.begin("google"), "&error=no&code=code-canary")).body;
    shown += of->post("/oauth/qwen/device/poll", {{"device_code", "device-canary"}}).body;
    for (const char* path : {"/oauth/google/status", "/api/providers/google/auth", "/usage",
                             "/usage/summary", "/api/admin/inflight"})
        shown += of->get(path).body;
    shown += of.log();
    EXPECT_EQ(shown.find("canary"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("the-client-secret"), std::string::npos) << shown;
    EXPECT_EQ(of->get("/usage").json(), json::value::array());
}

}  // namespace oauth_tokens_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
