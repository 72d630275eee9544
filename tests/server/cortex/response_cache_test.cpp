// Answers that are given again, and settings that change.
#include "cortex/response_cache.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "cortex/setting.hpp"
#include "support/manual_clock.hpp"
#include "tessera/json.hpp"

namespace tessera::server::cortex {
namespace {
namespace response_cache_tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string key_of(std::string_view body, std::string_view api_key = "Development Key",
                   std::string_view endpoint = "/v1/chat/completions",
                   std::string_view model = "gpt-4o") {
    return cache_key(api_key, endpoint, model, json::parse(body).value());
}

TEST(response_cache, keys_are_the_same_for_the_same_request_only) {
    const std::string key = key_of(R"({"model":"gpt-4o","messages":[{"role":"user"}],"n":1})");
    EXPECT_EQ(key_of(R"({"n":1,  "messages":[{"role":"user"}],"model":"gpt-4o"})"), key);
    EXPECT_EQ(key_of(R"({"n":1,"messages":[{"role":"user"}],"model":"openai:gpt-4o"})"), key);
    EXPECT_NE(key_of(R"({"n":2,"messages":[{"role":"user"}],"model":"gpt-4o"})"), key);
    EXPECT_NE(key_of(R"({"n":1,"messages":[{"role":"user"},{}],"model":"gpt-4o"})"), key);
    const std::string_view body = R"({"model":"gpt-4o","messages":[{"role":"user"}],"n":1})";
    EXPECT_NE(key_of(body, "Production Key"), key);
    EXPECT_NE(key_of(body, "Development Key", "/anthropic/v1/messages"), key);
    EXPECT_NE(key_of(body, "Development Key", "/v1/chat/completions", "gpt-4o-mini"), key);
    // Where one part ends and the next begins cannot be shifted.
    EXPECT_NE(key_of("{}", "ab", "c"), key_of("{}", "a", "bc"));
    // A model below the top is no name of the model.
    EXPECT_NE(key_of(R"({"metadata":{"model":"a"}})"), key_of(R"({"metadata":{"model":"b"}})"));
}

TEST(response_cache, answers_are_kept_for_so_long) {
    SCOPED_TRACE("rule: cfg-caching-response-cache");
    test::manual_clock clock;
    response_cache cache(clock);
    EXPECT_FALSE(cache.find("k", seconds(10)));
    cache.keep("k", {.body = "answer", .provider = "openai", .model = "gpt-4o", .input_tokens = 3});
    clock.advance(milliseconds(9999));
    ASSERT_TRUE(cache.find("k", seconds(10)));
    EXPECT_EQ(cache.find("k", seconds(10))->body, "answer");
    EXPECT_EQ(cache.find("k", seconds(10))->input_tokens, 3);
    // Being found does not make it younger.
    clock.advance(milliseconds(1));
    EXPECT_FALSE(cache.find("k", seconds(10)));
    EXPECT_EQ(cache.bytes(), 0U);
    cache.keep("k", {.body = "one"});
    cache.keep("k", {.body = "two"});
    EXPECT_EQ(cache.find("k", seconds(1))->body, "two");
    cache.clear();
    EXPECT_FALSE(cache.find("k", seconds(1)));
    EXPECT_EQ(cache.bytes(), 0U);
}

TEST(response_cache, what_was_not_used_for_longest_makes_room) {
    test::manual_clock clock;
    response_cache cache(clock, 3000);
    const auto big = [] { return cached_answer{.body = std::string(1000, 'x')}; };
    cache.keep("a", big());
    cache.keep("b", big());
    EXPECT_TRUE(cache.find("a", seconds(1)));
    cache.keep("c", big());
    EXPECT_FALSE(cache.find("b", seconds(1)));
    const auto a = cache.find("a", seconds(1));
    EXPECT_TRUE(a);
    EXPECT_TRUE(cache.find("c", seconds(1)));
    EXPECT_LE(cache.bytes(), 3000U);
    cache.keep("d", {.body = std::string(3000, 'x')});
    EXPECT_FALSE(cache.find("d", seconds(1)));
    EXPECT_TRUE(cache.find("c", seconds(1)));
    // Who has one keeps it.
    cache.clear();
    EXPECT_EQ(a->body.size(), 1000U);
}

TEST(setting, changes_are_whole_and_told) {
    setting<std::pair<int, int>> of({1, 2});
    std::vector<int> told;
    of.on_change([&](const std::pair<int, int>& now) { told.push_back(now.first); });
    EXPECT_EQ(of.revision(), 0U);
    EXPECT_EQ(of.update([](auto& now) { now.first = 3; }), std::pair(3, 2));
    EXPECT_EQ(of.get(), std::pair(3, 2));
    EXPECT_EQ(of.revision(), 1U);
    EXPECT_THROW(of.update([](auto& now) {
        now = {9, 9};
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(of.get(), std::pair(3, 2));
    EXPECT_EQ(of.revision(), 1U);
    EXPECT_EQ(told, std::vector{3});
}

}  // namespace response_cache_tests
}  // namespace
}  // namespace tessera::server::cortex
