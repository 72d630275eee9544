#include "tessera/cerebrium/token.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tessera/core/base64.hpp"

namespace tessera::cerebrium {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

std::string token(const std::string& claims, const std::string& header = R"({"alg":"HS256"})") {
    return encode_base64url(header) + "." + encode_base64url(claims) + ".c2lnbmF0dXJl";
}

TEST(token, says_whose_it_is_and_until_when) {
    const auto claims = read_token(token(
        R"({"projectId":"p-12345678","iat":1700000000,"nbf":1700000001,"exp":1700003600.5,"sub":"s"})"));
    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->project_id, "p-12345678");
    EXPECT_EQ(claims->issued, 1'700'000'000);
    EXPECT_EQ(claims->not_before, 1'700'000'001);
    EXPECT_EQ(claims->expires_at(),
              system_clock::time_point(seconds(1'700'003'600)) + std::chrono::milliseconds(500));
    EXPECT_EQ(claims->extra["sub"], "s");
}

TEST(token, need_not_expire) {
    const auto claims = read_token(token("{}"));
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->project_id, std::nullopt);
    EXPECT_EQ(claims->expires_at(), std::nullopt);
}

TEST(token, may_expire_beyond_what_clocks_can_say) {
    EXPECT_EQ(read_token(token(R"({"exp":1e300})"))->expires_at(), system_clock::time_point::max());
    EXPECT_EQ(read_token(token(R"({"exp":-1e300})"))->expires_at(),
              system_clock::time_point::min());
}

TEST(token, an_error_says_why_it_is_none_and_does_not_show_it) {
    const std::string good = token(R"({"exp":1})");
    const std::size_t first = good.find('.'), second = good.find('.', first + 1);
    const struct {
        std::string text;
        std::string why;
    } all[] = {
        {"", "three parts"},
        {"secret-key", "three parts"},
        {good.substr(0, second), "three parts"},
        {good + ".x", "three parts"},
        {std::string(20'000, 'a') + good, "three parts"},
        {good.substr(0, second) + "!" + good.substr(second), "payload is not base64url"},
        {"=" + good, "header is not base64url"},
        {good + "=", "signature is not base64url"},
        {"e30." + encode_base64url("secret") + ".", "payload is not the JSON object"},
        {token("[]"), "payload is not the JSON object"},
        {token(R"({"exp":"secret"})"), "payload is not the JSON object"},
        {token("{}", "secret"), "header is not the JSON object"},
        {token("{}", "[1]"), "header is not the JSON object"},
    };
    for (const auto& each : all) {
        const auto claims = read_token(each.text);
        ASSERT_FALSE(claims) << each.text;
        EXPECT_EQ(claims.error().kind, error_kind::invalid_argument);
        EXPECT_NE(claims.error().message.find(each.why), std::string::npos)
            << claims.error().message;
        EXPECT_EQ(claims.error().message.find("secret"), std::string::npos);
    }
}

}  // namespace
}  // namespace tessera::cerebrium
