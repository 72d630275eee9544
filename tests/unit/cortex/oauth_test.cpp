// What the client sends and reads of OAuth.
#include <chrono>

#include "unit/cortex/client_fixture.hpp"

namespace tessera::cortex::test {
namespace {

using namespace std::chrono;

class oauth : public gateway {
  protected:
    // One request and its answer.
    void expect(std::string method, std::string target, int status, std::string answer,
                std::string body = {}) {
        serve([=](session& on, const received_request& asked, int) {
            EXPECT_EQ(asked.head.method, method);
            EXPECT_EQ(asked.head.target, target);
            EXPECT_EQ(asked.body, body);
            EXPECT_EQ(asked.header("authorization"), "Bearer the-secret");
            on.answer(status, answer);
        });
    }
    void say(int status, std::string text) {
        serve([=](session& on, const received_request&, int) {
            on.send("HTTP/1.1 " + std::to_string(status) +
                    " x\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: " +
                    std::to_string(text.size()) + "\r\n\r\n" + text);
        });
    }
};

TEST_F(oauth, authorize_hands_the_redirect_out) {
    serve([](session& on, const received_request& asked, int number) {
        EXPECT_EQ(number, 1);
        EXPECT_EQ(asked.head.target,
                  "/oauth/google/authorize?redirect_url=http%3A%2F%2Flocalhost%3A3000%2Fdone");
        EXPECT_EQ(asked.header("authorization"), "");
        on.answer(302, "", "location: https://accounts.test/auth?state=s\r\nset-cookie: f=1\r\n");
    });
    const auto begun =
        at_gateway().oauth.authorize("google", {.redirect_url = "http://localhost:3000/done"});
    EXPECT_EQ(begun.info.status, 302);
    EXPECT_EQ(begun.info.headers.find("location"), "https://accounts.test/auth?state=s");
    EXPECT_EQ(begun.info.headers.find("set-cookie"), "f=1");
    EXPECT_EQ(server_->connections(), 1);
}

TEST_F(oauth, status_is_one_of_three) {
    expect("GET", "/oauth/google/status", 200,
           R"({"provider":"google","configured":true,"authenticated":true,)"
           R"("expires_at":"2024-01-15T10:30:00Z","scopes":["a","b"]})");
    const auto valid = at_gateway().oauth.status("google");
    EXPECT_TRUE(valid.authenticated);
    EXPECT_EQ(valid.expires_at, sys_days(2024y / 1 / 15) + hours(10) + minutes(30));
    EXPECT_EQ(valid.scopes->size(), 2U);
    EXPECT_FALSE(valid.is_permanent());
    expect("GET", "/oauth/openrouter/status", 200,
           R"({"provider":"openrouter","configured":true,"authenticated":true,)"
           R"("token_type":"permanent"})");
    EXPECT_TRUE(at_gateway().oauth.status("openrouter").is_permanent());
    expect("GET", "/oauth/x/status", 200,
           R"({"provider":"x","configured":false,"authenticated":false})");
    EXPECT_FALSE(at_gateway().oauth.status("x").expires_at);
}

TEST_F(oauth, refresh_and_delete_token) {
    expect("POST", "/oauth/google/refresh", 200,
           R"({"success":true,"provider":"google","expires_at":"2024-01-15T11:30:00Z"})");
    EXPECT_EQ(at_gateway().oauth.refresh("google").expires_at,
              sys_days(2024y / 1 / 15) + hours(11) + minutes(30));
    expect("DELETE", "/oauth/google/token", 200,
           R"({"success":true,"provider":"google","message":"Token revoked successfully"})");
    EXPECT_EQ(at_gateway().oauth.delete_token("google").message, "Token revoked successfully");
}

TEST_F(oauth, device_and_poll) {
    expect("POST", "/oauth/qwen/device", 200,
           R"({"device_code":"d","user_code":"ABCD-1234","verification_uri":"https://q.test",)"
           R"("verification_uri_complete":"https://q.test?user_code=ABCD-1234",)"
           R"("expires_in":900,"interval":5})");
    EXPECT_EQ(at_gateway().oauth.device().interval, 5);
    const char* success = R"({"success":true,"provider":"qwen"})";
    expect("POST", "/oauth/qwen/device/poll", 200, success);
    EXPECT_FALSE(at_gateway().oauth.poll().expires_at);
    expect("POST", "/oauth/qwen/device/poll", 200, success, R"({"device_code":"d"})");
    EXPECT_EQ(at_gateway().oauth.poll({.device_code = "d"}).provider, "qwen");
}

TEST_F(oauth, failures_in_plain_text_are_the_same_typed_errors) {
    say(400, "OAuth not configured for provider: nobody");
    try {
        at_gateway().oauth.authorize("nobody");
        FAIL();
    } catch (const bad_request_error& refused) {
        EXPECT_EQ(refused.error().message, "OAuth not configured for provider: nobody (HTTP 400)");
    }
    const std::string missing = "Failed to delete token: token not found for provider: google";
    say(500, missing);
    try {
        at_gateway().oauth.delete_token("google");
        FAIL();
    } catch (const internal_server_error& failed) {
        EXPECT_EQ(failed.error().message, missing + " (HTTP 500)");
        EXPECT_EQ(failed.error().body, missing);
    }
    say(405, "Method not allowed");
    EXPECT_EQ(at_gateway().oauth.try_status("google").error().message,
              "Method not allowed (HTTP 405)");
}

TEST_F(oauth, failures_in_json_have_their_words) {
    expect("POST", "/oauth/qwen/device/poll", 400,
           R"({"error":"authorization_pending","error_description":"nobody has decided yet"})");
    const auto pending = at_gateway().oauth.try_poll();
    ASSERT_FALSE(pending);
    EXPECT_EQ(pending.error().kind, error_kind::bad_request);
    EXPECT_EQ(body_as<oauth_error>(pending.error())->error, "authorization_pending");
}

// A token that is taken twice may be taken from somebody: a rotating one is good once.
TEST_F(oauth, a_refresh_that_broke_off_is_not_sent_again) {
    serve([](session& on, const received_request&, int) { on.shut_down(); });
    EXPECT_FALSE(at_gateway().oauth.try_refresh("google"));
    EXPECT_EQ(server_->connections(), 1);
}

}  // namespace
}  // namespace tessera::cortex::test
