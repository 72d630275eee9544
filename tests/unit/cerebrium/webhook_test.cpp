#include "tessera/cerebrium/webhook.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/manual_clock.hpp"

namespace tessera::cerebrium {
namespace {

using std::chrono::seconds;

constexpr std::int64_t sent = 1'700'000'000;  // when the manual clock begins
const std::string body = R"({"run_id":"r1","result":"done"})";

http::fields headers_of(const std::string& signature, const std::string& timestamp) {
    return {{"x-request-id", "r1"},
            {"x-cerebrium-webhook-timestamp", timestamp},
            {"x-cerebrium-webhook-signature", signature}};
}

http::fields signed_headers() {
    return headers_of(sign_webhook("key", "r1", sent, body), std::to_string(sent));
}

class webhook : public ::testing::Test {
  protected:
    std::string refusal(const http::fields& headers, const secret& key = "key",
                        const std::string& text = body) {
        const auto checked = verify_webhook(key, headers, text, options);
        if (checked) return "";
        EXPECT_EQ(checked.error().kind, error_kind::authentication);
        return checked.error().message;
    }

    test::manual_clock clock;
    webhook_options options{.clock = &clock};
};

// HMAC-SHA256 of "r1.1700000000.{}" under "key", by `openssl dgst -sha256 -hmac key`.
TEST_F(webhook, signature_has_a_version_and_is_reproducible) {
    EXPECT_EQ(sign_webhook("key", "r1", sent, "{}"),
              "v1,e12bdd37c839d635215f76f49e5fb989149f8bae420975d25070592fa0382b95");
}

TEST_F(webhook, what_was_signed_is_trusted) { EXPECT_EQ(refusal(signed_headers()), ""); }

TEST_F(webhook, anything_else_is_not) {
    const auto is_wrong = [](const std::string& why) {
        return why.find("signature is wrong") != std::string::npos;
    };
    EXPECT_TRUE(is_wrong(refusal(signed_headers(), "other key")));
    EXPECT_TRUE(is_wrong(refusal(signed_headers(), "key", body + " ")));
    http::fields headers = signed_headers();
    headers.set("x-request-id", "r2");
    EXPECT_TRUE(is_wrong(refusal(headers)));
    headers = signed_headers();
    headers.set("x-cerebrium-webhook-timestamp", std::to_string(sent + 1));
    EXPECT_TRUE(is_wrong(refusal(headers)));
    const std::string good = sign_webhook("key", "r1", sent, body);
    for (const std::string& signature :
         {std::string(), good.substr(3), "v2," + good.substr(3), good.substr(0, good.size() - 1),
          good + "0", "V1," + good.substr(3)})
        EXPECT_TRUE(is_wrong(refusal(headers_of(signature, std::to_string(sent))))) << signature;
}

TEST_F(webhook, an_error_says_what_is_missing) {
    for (const char* name :
         {"X-Request-Id", "X-Cerebrium-Webhook-Timestamp", "X-Cerebrium-Webhook-Signature"}) {
        http::fields headers = signed_headers();
        headers.remove(name);
        EXPECT_NE(refusal(headers).find(std::string("no header ") + name), std::string::npos);
    }
    EXPECT_NE(refusal(signed_headers(), "").find("no secret"), std::string::npos);
    for (const char* timestamp :
         {"", "soon", "-5", "+5", "1e9", "1700000000.0", "99999999999999999999"}) {
        const http::fields headers = headers_of(sign_webhook("key", "r1", sent, body), timestamp);
        EXPECT_NE(refusal(headers).find("no number of seconds"), std::string::npos) << timestamp;
    }
}

TEST_F(webhook, an_old_delivery_is_not_trusted_again) {
    clock.advance(seconds(300));
    EXPECT_EQ(refusal(signed_headers()), "");
    clock.advance(seconds(1));
    EXPECT_NE(refusal(signed_headers()).find("301 s"), std::string::npos);
    options.tolerance = seconds(301);
    EXPECT_EQ(refusal(signed_headers()), "");
}

TEST_F(webhook, a_delivery_from_the_future_is_not_trusted) {
    const auto from = [](std::int64_t time) {
        return headers_of(sign_webhook("key", "r1", time, body), std::to_string(time));
    };
    EXPECT_EQ(refusal(from(sent + 300)), "");
    EXPECT_NE(refusal(from(sent + 301)).find("301 s"), std::string::npos);
    EXPECT_NE(refusal(from(std::numeric_limits<std::int64_t>::max())), "");
}

TEST_F(webhook, options_ask_for_a_delivery_and_keep_the_rest) {
    const call_options asked = deliver_to("https://me.example/hook?a=1&b", "key",
                                          {.max_retries = 1, .headers = {{"x-a", "1"}}});
    ASSERT_EQ(asked.query.size(), 1u);
    EXPECT_EQ(asked.query[0].first, "webhookEndpoint");
    EXPECT_EQ(asked.query[0].second, "https://me.example/hook?a=1&b");
    EXPECT_EQ(asked.headers.find("x-webhook-secret"), "key");
    EXPECT_EQ(asked.headers.find("x-a"), "1");
    EXPECT_EQ(asked.max_retries, 1);
    EXPECT_EQ(deliver_to("https://me.example/").headers.find("x-webhook-secret"), std::nullopt);
}

}  // namespace
}  // namespace tessera::cerebrium
