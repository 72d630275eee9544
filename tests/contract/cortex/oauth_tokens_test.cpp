// Tokens are renewed: when somebody asks, and before they expire.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "contract/cortex/oauth.hpp"
#include "store/database.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace oauth_tokens_tests {

using std::chrono::seconds;

// Answers each request with the next token, and refreshes with a new refresh token or without.
// Nobody decides about devices.
class token_provider {
  public:
    explicit token_provider(bool rotates = true)
        : by_([this, rotates](test::session& on, const test::received_request& asked) {
              if (asked.head.target == "/device") return begin_device(on);
              if (const auto form = form_of(asked); form.contains("device_code"))
                  return void(on.answer(400, R"({"error":"authorization_pending"})"));
              const int number = ++issued_;
              json::value reply = token_reply;
              reply["access_token"] = "access-" + std::to_string(number);
              reply["refresh_token"] = "refresh-" + std::to_string(number);
              if (number > 1 && !rotates) reply.erase("refresh_token");
              on.answer(200, json::encode(reply));
          }) {}
    /// What it was asked for tokens of people.
    std::vector<std::map<std::string, std::string>> forms() const {
        auto made = all_forms();
        std::erase_if(made, [](const auto& each) {
            return !each.contains("grant_type") || each.contains("device_code");
        });
        return made;
    }
    bool was_polled_for(const std::string& device_code) const {
        const auto all = all_forms();
        return std::any_of(all.begin(), all.end(), [&](const auto& each) {
            const auto found = each.find("device_code");
            return found != each.end() && found->second == device_code;
        });
    }
    std::string url() const { return by_.url(); }

  private:
    std::vector<std::map<std::string, std::string>> all_forms() const {
        std::vector<std::map<std::string, std::string>> made;
        for (const auto& each : by_.asked()) made.push_back(form_of(each));
        return made;
    }
    void begin_device(test::session& on) {
        const json::value reply = {{"device_code", "device-" + std::to_string(++devices_)},
                                   {"user_code", "ABCD"},
                                   {"verification_uri", "https://q.test/go"},
                                   {"expires_in", 86'400},
                                   {"interval", 1}};
        on.answer(200, json::encode(reply));
    }

    std::atomic<int> issued_{0}, devices_{0};
    provider by_;
};

cortex_options refreshing(const std::string& url, std::int64_t threshold, std::int64_t interval) {
    cortex_options made = with_token_url("google", url);
    (*made.oauth.providers)["qwen"] = (*made.oauth.providers)["google"];
    made.token_refresh = {true, threshold, interval};
    return made;
}

// Comes true: a refresh has ended well, so often since the start.
bool is_refreshed(oauth_gateway& of, int times) {
    return comes_true([&] {
        const std::string log = of.log(), line = "is refreshed";
        int found = 0;
        for (std::size_t at = log.find(line); at != log.npos; at = log.find(line, at + 1)) ++found;
        return found == times;
    });
}

// Lets two seconds pass, and all that was due before. Devices are polled for where tokens are
// renewed, in the order of time: when a poll has come, what was due before has begun, and by the
// next it has mostly come as well.
void catch_up(oauth_gateway& of, const token_provider& upstream) {
    for (int i = 0; i < 2; ++i) {
        const std::string begun = of->ask("POST", "/oauth/qwen/device").json()["device_code"];
        of.clock.advance(seconds(1));
        EXPECT_TRUE(comes_true([&] { return upstream.was_polled_for(begun); }));
    }
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
    of.clock.advance(seconds(3290));
    catch_up(of, upstream);
    EXPECT_EQ(upstream.forms().size(), 1U);
    of.clock.advance(seconds(68));
    EXPECT_TRUE(comes_true([&] { return of.log().find("is refreshed") != std::string::npos; }))
        << of.log();
    EXPECT_EQ(upstream.forms().size(), 2U);
    EXPECT_EQ(of.status("google")["expires_at"], "2023-11-15T00:09:20Z");
    EXPECT_NE(of.log().find("the token of google is refreshed"), std::string::npos);
    EXPECT_EQ(of.log().find("access-"), std::string::npos);
}

TEST(gateway_oauth_tokens, by_a_threshold_that_may_change) {
    SCOPED_TRACE("rule: cfg-refresh-threshold");
    SCOPED_TRACE("rule: cfg-refresh-immediate");
    const token_provider upstream;
    oauth_gateway of(refreshing(upstream.url(), 10, 60));
    browser by(of);
    by.get(callback_of(by.begin("google")));
    of.clock.advance(seconds(60));
    catch_up(of, upstream);
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
    of.clock.advance(seconds(57));
    catch_up(of, upstream);
    EXPECT_EQ(upstream.forms().size(), 1U);
    of.clock.advance(seconds(1));
    EXPECT_TRUE(is_refreshed(of, 1));
    // The next is of the new one.
    of.clock.advance(seconds(7));
    catch_up(of, upstream);
    EXPECT_EQ(upstream.forms().size(), 2U);
    of.clock.advance(seconds(1));
    EXPECT_TRUE(is_refreshed(of, 2));
}

TEST(gateway_oauth_tokens, are_left_alone_where_that_is_wanted) {
    SCOPED_TRACE("rule: cfg-refresh-disable");
    for (const bool wanted : {true, false}) {
        SCOPED_TRACE(wanted);
        const token_provider upstream;
        oauth_gateway of(refreshing(upstream.url(), 3600, 60));
        browser by(of);
        by.get(callback_of(by.begin("google")));
        const json::value change = {{"enabled", wanted}};
        EXPECT_EQ(of->put("/api/config/token-refresh", json::encode(change)).status, 200);
        // Each cycle would renew what has no more than an hour left.
        for (int cycles = 1; cycles <= 3; ++cycles) {
            of.clock.advance(seconds(60));
            catch_up(of, upstream);
            if (wanted) {
                EXPECT_TRUE(is_refreshed(of, cycles));
            } else {
                EXPECT_EQ(upstream.forms().size(), 1U);
            }
        }
        if (wanted) continue;
        EXPECT_EQ(of->put("/api/config/token-refresh", R"({"enabled":true})").status, 200);
        EXPECT_TRUE(is_refreshed(of, 1));
        EXPECT_EQ(upstream.forms().size(), 2U);
    }
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
    // What one that others could read has left, of an earlier program or by a copy.
    std::ofstream(folder.path() / server::store::database::file_name).close();
    std::filesystem::permissions(folder.path() / server::store::database::file_name,
                                 std::filesystem::perms(0644));
    const auto look = [&](std::size_t files) {
        std::size_t found = 0;
        for (const auto& each : std::filesystem::recursive_directory_iterator(folder.path())) {
            if (each.is_directory()) {
                EXPECT_EQ(each.status().permissions(), std::filesystem::perms(0700)) << each.path();
                continue;
            }
            ++found;
            std::ifstream file(each.path());
            const std::string text(std::istreambuf_iterator<char>(file), {});
            EXPECT_FALSE(text.empty()) << each.path();
            EXPECT_EQ(text.find("canary"), std::string::npos) << each.path();
            EXPECT_EQ(each.status().permissions(), std::filesystem::perms(0600)) << each.path();
        }
        EXPECT_EQ(found, files);
    };
    {
        oauth_gateway of(how, all);
        browser by(of);
        EXPECT_EQ(by.get(callback_of(by.begin("google"))).status, 200);
        look(4);  // the key, the database, and the two beside it while it is open
    }
    look(2);
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
    // Both answer with all that they were sent.
    const provider tokens([&](test::session& on, const test::received_request& asked) {
        if (++number == 1) return void(on.answer(200, json::encode(token_reply)));
        json::value reply = {{"error", asked.body}, {"error_description", asked.body}};
        on.answer(number % 2 == 0 ? 400 : 500, json::encode(reply));
    });
    std::atomic<int> status = 401;
    const provider upstream([&](test::session& on, const test::received_request& asked) {
        const json::value reply = {
            {"error", {{"message", "not with " + asked.header("authorization")}, {"type", "t"}}}};
        on.answer(status, json::encode(reply));
    });
    cortex_options how = with_token_url("google", tokens.url());
    for (auto& [name, each] : how.providers)
        if (name == "google") {
            each = upstream.settings(provider_type::google, {"gemini-2.0-flash"});
            each.auth = server::auth_method::oauth;
        }
    oauth_gateway of(how);
    browser by(of);
    std::string shown = by.get(callback_of(by.begin("google"), "&code=code-canary")).body;
    EXPECT_TRUE(of.is_authenticated("google"));
    for (int i = 0; i < 2; ++i) shown += of.refresh("google").body;
    shown += by.get(callback_of(by.begin("google"), "&code=code-canary")).body;
    shown += by.get(callback_of(by.begin("google"), "&error=no&code=code-canary")).body;
    shown += of->post("/oauth/qwen/device/poll", {{"device_code", "device-canary"}}).body;
    EXPECT_EQ(of->get("/usage").json(), json::value::array());
    for (const int each : {400, 401, 404, 429, 500}) {
        status = each;
        for (const bool streams : {false, true}) {
            const json::value chat =
                with(hello, {{"model", "gemini-2.0-flash"}, {"stream", streams}});
            shown += of->post("/v1/chat/completions", chat).body;
        }
    }
    EXPECT_FALSE(upstream.asked().empty());
    EXPECT_EQ(upstream.asked()[0].header("authorization"), "Bearer access-canary");
    for (const char* path : {"/oauth/google/status", "/api/providers/google/auth", "/usage",
                             "/usage/summary", "/api/admin/inflight"})
        shown += of->get(path).body;
    shown += of.log();
    EXPECT_EQ(shown.find("canary"), std::string::npos) << shown;
    EXPECT_EQ(shown.find("the-client-secret"), std::string::npos) << shown;
}

}  // namespace oauth_tokens_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
