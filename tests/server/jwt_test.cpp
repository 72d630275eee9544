// Tokens, and what people try with them.
#include "core/jwt.hpp"

#include <gtest/gtest.h>

#include "tessera/core/base64.hpp"
#include "tessera/core/hmac.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {
namespace jwt_tests {

using std::chrono::seconds;
using time_point = std::chrono::system_clock::time_point;

const std::string key = "a key of this test, of more than 32 bytes";
const time_point now{seconds(1'700'000'000)};

// A token of any texts, signed as they are.
std::string signed_token(std::string_view header, std::string_view claims,
                         std::string_view with = key) {
    const std::string text = encode_base64url(header) + "." + encode_base64url(claims);
    return text + "." + encode_base64url(hmac_sha256(with, text));
}

const std::string good_header = R"({"alg":"HS256","typ":"JWT"})";
const std::string good_claims = R"({"projectId":"p-x","exp":1700000001})";

std::string verdict(std::string_view token, time_point when = now) {
    const auto read = verify_jwt(token, key, when);
    if (read) return "valid";
    EXPECT_EQ(read.error().kind, error_kind::authentication);
    return read.error().message;
}

TEST(jwt, what_is_signed_is_read) {
    const json::value claims = {{"projectId", "p-x"}, {"exp", 1'700'000'001}, {"n", {1, 2}}};
    const auto read = verify_jwt(sign_jwt(claims, key), key, now);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, claims);
    EXPECT_EQ(verdict(signed_token(good_header, good_claims)), "valid");
    EXPECT_EQ(verdict(signed_token(R"({"alg":"HS256"})", good_claims)), "valid");
    EXPECT_EQ(verdict(signed_token(R"({"typ":"JWT","alg":"HS256"})", "{}")), "valid");
}

// RFC 7515, appendix A.1: the key, the token, and that ours is the same signature.
TEST(jwt, the_signature_is_that_of_the_standard) {
    const std::string standard_key =
        decode_base64url(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTw"
            "jAzZr1Z9CAow")
            .value();
    const std::string signed_part =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"
        "Vl"
        "fQ";
    const std::string token = signed_part + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const auto read = verify_jwt(token, standard_key, time_point(seconds(1'300'819'379)));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ((*read)["iss"], "joe");
    EXPECT_FALSE(verify_jwt(token, standard_key, time_point(seconds(1'300'819'380))));
}

TEST(jwt, times_go_by_the_clock) {
    const auto with = [](const json::value& claims) { return sign_jwt(claims, key); };
    EXPECT_EQ(verdict(with({{"exp", 1'700'000'000}})), "the token has expired");
    EXPECT_EQ(verdict(with({{"exp", 1'700'000'000.5}})), "valid");
    EXPECT_EQ(verdict(with({{"exp", 1e300}})), "valid");
    EXPECT_EQ(verdict(with({{"exp", -1}})), "the token has expired");
    EXPECT_EQ(verdict(with({{"nbf", 1'700'000'001}})), "the token is not valid yet");
    EXPECT_EQ(verdict(with({{"nbf", 1'700'000'000}})), "valid");
    EXPECT_NE(verdict(with({{"exp", "1800000000"}})), "valid");
    EXPECT_NE(verdict(with({{"exp", true}})), "valid");
    EXPECT_NE(verdict(with({{"nbf", json::value::array()}})), "valid");
    EXPECT_NE(verdict(with({{"exp", nullptr}})), "valid");
}

TEST(jwt, headers_that_would_choose_how_they_are_checked_are_refused) {
    for (const char* header : {
             R"({"alg":"none","typ":"JWT"})",
             R"({"alg":"None"})",
             R"({"alg":"hs256"})",
             R"({"alg":"HS384"})",
             R"({"alg":"HS512"})",
             R"({"alg":"RS256"})",
             R"({"alg":"ES256"})",
             R"({"alg":""})",
             R"({"alg":null})",
             R"({"alg":["HS256"]})",
             R"({"typ":"JWT"})",
             R"({})",
             R"([])",
             R"("HS256")",
             R"(null)",
             R"({"alg":"HS256","typ":"JWE"})",
             R"({"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}})",
             R"({"alg":"HS256","jku":"http://127.0.0.1/keys"})",
             R"({"alg":"HS256","x5u":"http://127.0.0.1/keys"})",
             R"({"alg":"HS256","x5c":["AAAA"]})",
             R"({"alg":"HS256","kid":"../../dev/null"})",
             R"({"alg":"HS256","kid":"' UNION SELECT 'key"})",
             R"({"alg":"HS256","crit":["exp"]})",
             R"({"alg":"HS256","b64":false})",
             R"({"alg":"HS256","zip":"DEF"})",
             R"({"alg":"none","alg":"HS256"})",
             R"({"alg":"HS256","alg":"none"})",
             R"({"alg":"HS256","alg":"HS256"})",
             R"({"alg":"HS256","\u0061lg":"none"})",
             R"({"alg":"HS256",})",
             R"({'alg':'HS256'})",
             "",
             "\xff\xfe",
         })
        EXPECT_EQ(
            verdict(signed_token(header, good_claims)).rfind("the token must have the header", 0),
            0U)
            << header << ": " << verdict(signed_token(header, good_claims));
}

TEST(jwt, claims_whose_names_repeat_are_refused) {
    for (const char* claims : {
             R"({"projectId":"p-x","projectId":"p-y"})",
             R"({"exp":1,"exp":1800000000})",
             R"({"a":{"b":1,"b":2}})",
             R"({"a":[{"b":1,"\u0062":2}]})",
             R"([])",
             R"("p-x")",
             R"({"projectId":"p-x")",
             R"({"projectId":"p-x"}{})",
             "",
         })
        EXPECT_NE(verdict(signed_token(good_header, claims)), "valid") << claims;
    EXPECT_EQ(verdict(signed_token(good_header, R"({"a":{"b":1},"c":[{"b":1},{"b":2}]})")),
              "valid");
}

TEST(jwt, signatures_of_others_and_changed_tokens_are_refused) {
    const std::string good = signed_token(good_header, good_claims);
    EXPECT_NE(verdict(signed_token(good_header, good_claims, "another key")), "valid");
    EXPECT_NE(verdict(signed_token(good_header, good_claims, "")), "valid");
    const std::string unsigned_part = good.substr(0, good.rfind('.') + 1);
    EXPECT_NE(verdict(unsigned_part), "valid");
    EXPECT_NE(verdict(unsigned_part + "AAAA"), "valid");
    // Each bit of the token counts.
    for (std::size_t i = 0; i < good.size(); ++i) {
        std::string changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_NE(verdict(changed), "valid") << i;
    }
    // Other texts of the same bytes, and parts too few or too many.
    for (const std::string& other :
         {good + "=", good + ".", "." + good, good + "\n", " " + good, good + "." + good,
          std::string(".."), std::string("a.b"), std::string(), unsigned_part + unsigned_part})
        EXPECT_NE(verdict(other), "valid") << other;
}

TEST(jwt, what_is_too_long_is_not_looked_at) {
    const std::string claims = R"({"a":")" + std::string(longest_jwt, 'x') + R"("})";
    EXPECT_EQ(verdict(signed_token(good_header, claims)), "the token is too long");
}

}  // namespace jwt_tests
}  // namespace
}  // namespace tessera::server
