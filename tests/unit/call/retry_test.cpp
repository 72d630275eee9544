#include "tessera/call/retry.hpp"

#include <gtest/gtest.h>

namespace tessera::call {
namespace {

using namespace std::chrono_literals;

const auto now = std::chrono::system_clock::time_point(std::chrono::seconds(784'111'777));  // RFC 9110's date

failed_attempt status(int code, const http::fields* headers = nullptr, int number = 1) {
    failed_attempt made;
    made.kind = kind_of_status(code);
    made.status = code;
    made.headers = headers;
    made.number = number;
    return made;
}

TEST(Retry, StatusesOfTheTable) {
    for (int code = 300; code < 600; ++code) {
        const bool expected = code == 408 || code == 409 || code == 429 || code >= 500;
        EXPECT_EQ(decide_retry({}, status(code), 0, now).retry, expected) << code;
    }
}

TEST(Retry, KindsOfTheTable) {
    for (const auto& [kind, expected] : {std::pair{error_kind::connection, true},
                                        {error_kind::timeout, true},
                                        {error_kind::incomplete_stream, true},
                                        {error_kind::tls, false},
                                        {error_kind::protocol, false},
                                        {error_kind::cancelled, false},
                                        {error_kind::decode, false},
                                        {error_kind::invalid_argument, false}}) {
        failed_attempt failure;
        failure.kind = kind;
        EXPECT_EQ(decide_retry({}, failure, 0, now).retry, expected) << to_string(kind);
        failure.handed_out = true;
        EXPECT_FALSE(decide_retry({}, failure, 0, now).retry);
        failure.handed_out = false;
        failure.replayable = false;
        EXPECT_FALSE(decide_retry({}, failure, 0, now).retry);
    }
}

TEST(Retry, TwoByDefault) {
    EXPECT_TRUE(decide_retry({}, status(503, nullptr, 2), 0, now).retry);
    EXPECT_FALSE(decide_retry({}, status(503, nullptr, 3), 0, now).retry);
    EXPECT_FALSE(decide_retry({.max_retries = 0}, status(503), 0, now).retry);
}

TEST(Retry, TheServerDecides) {
    const http::fields yes{{"X-Should-Retry", "true"}};
    const http::fields no{{"X-Should-Retry", "false"}};
    EXPECT_TRUE(decide_retry({}, status(400, &yes), 0, now).retry);
    EXPECT_FALSE(decide_retry({}, status(503, &no), 0, now).retry);
    EXPECT_FALSE(decide_retry({}, status(400, &yes, 3), 0, now).retry);
}

TEST(Retry, DelaysDoubleUpToTheLimitAndShrinkByChance) {
    const retry_policy many{.max_retries = 100};
    const std::chrono::milliseconds expected[] = {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 8000ms, 8000ms};
    for (int i = 0; i < 7; ++i) {
        const auto plain = decide_retry(many, status(503, nullptr, i + 1), 0, now).delay;
        EXPECT_EQ(plain, expected[i]);
        EXPECT_EQ(decide_retry(many, status(503, nullptr, i + 1), 0.5, now).delay, (plain * 7 + 7ms) / 8);
    }
    EXPECT_EQ(decide_retry(many, status(503, nullptr, 99), 0, now).delay, 8000ms);
}

TEST(Retry, ServersSayHowLong) {
    const auto delay = [](const http::fields& headers) {
        return decide_retry({}, status(429, &headers), 0.9, now).delay;
    };
    EXPECT_EQ(delay({{"retry-after-ms", "1500"}, {"retry-after", "7"}}), 1500ms);
    EXPECT_EQ(delay({{"retry-after-ms", "x"}, {"retry-after", "7"}}), 7000ms);
    EXPECT_EQ(delay({{"retry-after", "0.25"}}), 250ms);
    EXPECT_EQ(delay({{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}), 10s);
    EXPECT_EQ(delay({{"retry-after", "Sun, 06 Nov 1994 08:49:27 GMT"}}), 0ms);
    EXPECT_EQ(delay({{"retry-after", "soon"}}), 388ms);
    EXPECT_EQ(delay({{"retry-after", "-5"}}), 388ms);
}

TEST(Retry, MoreThanAMinuteIsNotWaitedFor) {
    const http::fields minute{{"retry-after", "60"}};
    const http::fields more{{"retry-after", "60.001"}};
    EXPECT_TRUE(decide_retry({}, status(429, &minute), 0, now).retry);
    EXPECT_EQ(decide_retry({}, status(429, &minute), 0, now).delay, 60s);
    EXPECT_FALSE(decide_retry({}, status(429, &more), 0, now).retry);
    EXPECT_EQ(retry_after(more, now), 60001ms);
    const http::fields huge{{"retry-after", "99999999999999999999999999999"}};
    EXPECT_FALSE(decide_retry({}, status(429, &huge), 0, now).retry);
}

}  // namespace
}  // namespace tessera::call
