#include <gtest/gtest.h>

#include "tessera/call/response.hpp"

namespace tessera {
namespace {

rate_limit_window limit(http::fields headers, std::string_view name) {
    call_info info;
    info.headers = std::move(headers);
    return info.rate_limit(name);
}

TEST(RateLimit, IsFoundByTheNameThatTheApiGivesIt) {
    const http::fields several{{"x-ratelimit-limit-requests-day", "10"},
                               {"X-RateLimit-Remaining-Requests-Day", "7"},
                               {"x-ratelimit-reset-requests-day", "33011.25"},
                               {"anthropic-ratelimit-input-tokens-limit", "4000"},
                               {"anthropic-ratelimit-input-tokens-remaining", "0"}};
    const auto day = limit(several, "requests-day");
    EXPECT_EQ(day.limit, 10);
    EXPECT_EQ(day.remaining, 7);
    EXPECT_DOUBLE_EQ(day.reset->count(), 33011.25);
    EXPECT_EQ(limit(several, "input-tokens").limit, 4000);
    EXPECT_EQ(limit(several, "input-tokens").remaining, 0);
    EXPECT_FALSE(limit(several, "input-tokens").reset);
    EXPECT_FALSE(limit(several, "tokens").limit);
    EXPECT_FALSE(limit({}, "requests-day").limit);
}

TEST(RateLimit, ResetsAreSecondsDurationsOrDates) {
    const auto reset = [](std::string_view text) {
        return limit(
                   {{"x-ratelimit-reset-tokens", text}, {"date", "Sun, 06 Nov 1994 08:49:37 GMT"}},
                   "tokens")
            .reset;
    };
    EXPECT_DOUBLE_EQ(reset("6m0s")->count(), 360);
    EXPECT_DOUBLE_EQ(reset("1h2m3.5s")->count(), 3723.5);
    EXPECT_DOUBLE_EQ(reset("20ms")->count(), 0.02);
    EXPECT_DOUBLE_EQ(reset("1994-11-06T08:50:37Z")->count(), 60);
    EXPECT_DOUBLE_EQ(reset("1994-11-06T08:49:37Z")->count(), 0);
    EXPECT_DOUBLE_EQ(reset("1990-01-01T00:00:00Z")->count(), 0);
    for (const char* none : {"", "soon", "1.2.3", "5x", "m", "-1"})
        EXPECT_FALSE(reset(none)) << none;
}

TEST(RateLimit, NumbersThatAreNoneAreAbsent) {
    for (const char* none : {"", "-1", "many", "99999999999999999999"})
        EXPECT_FALSE(limit({{"x-ratelimit-limit-tokens", none}}, "tokens").limit) << none;
}

}  // namespace
}  // namespace tessera
