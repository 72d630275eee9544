// Whose request it is, and what that opens.
#include "cortex/keys.hpp"

#include <gtest/gtest.h>

namespace tessera::server::cortex {
namespace {
namespace keys_tests {

const std::vector<gateway_key_settings> configured = {
    {.name = "Development Key", .key = "dev-key"},
    {.name = "Old Key", .key = "old-key", .enabled = false},
    {.name = "Chat Key",
     .key = "chat-key",
     .models = {{"gpt-4o*", "anthropic:claude-*"}},
     .providers = {{"openai", "anthropic"}},
     .endpoints = {{endpoint_group::openai}}}};

request with(std::initializer_list<std::pair<std::string, std::string>> headers) {
    request made;
    for (const auto& [name, value] : headers) made.head.headers.add(name, value);
    return made;
}

TEST(gateway_keys, a_star_in_a_pattern_stands_for_any_text) {
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("*", "gpt-4o"));
    EXPECT_TRUE(matches("gpt-*", "gpt-4o"));
    EXPECT_TRUE(matches("gpt-*", "gpt-"));
    EXPECT_TRUE(matches("*4o*mini", "gpt-4o-or-so-mini"));
    EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "gpt-4o"));
    EXPECT_FALSE(matches("gpt-4o", "gpt-4o-mini"));
    EXPECT_FALSE(matches("gpt-*", "my-gpt-4o"));
    EXPECT_FALSE(matches("a*b*c", "a-c-b"));
    EXPECT_FALSE(matches("gpt.4o", "gpt-4o"));
}

TEST(gateway_keys, long_patterns_take_no_long_time) {
    std::string pattern;
    for (int i = 0; i < 400; ++i) pattern += "a*";
    EXPECT_FALSE(matches(pattern + "b", std::string(1000, 'a')));
}

TEST(gateway_keys, are_found_when_they_are_configured_and_enabled) {
    SCOPED_TRACE("rule: auth-config-file");
    const key_ring ring(configured);
    ASSERT_TRUE(ring.find("dev-key"));
    EXPECT_EQ(ring.find("dev-key")->name, "Development Key");
    EXPECT_FALSE(ring.find("old-key"));
    EXPECT_FALSE(ring.find("dev-ke"));
    EXPECT_FALSE(ring.find("dev-key "));
    EXPECT_FALSE(ring.find(""));
    EXPECT_FALSE(key_ring({}).find(""));
}

TEST(gateway_keys, come_in_either_header_the_bearer_first) {
    const key_ring ring(configured);
    const auto name = [&](std::initializer_list<std::pair<std::string, std::string>> headers) {
        const key_ring::shown shown = ring.shown_by(with(headers));
        return shown.key ? shown.key->name : shown.any ? "(wrong)" : "(none)";
    };
    EXPECT_EQ(name({{"authorization", "Bearer dev-key"}}), "Development Key");
    EXPECT_EQ(name({{"Authorization", "bearer  dev-key "}}), "Development Key");
    EXPECT_EQ(name({{"x-api-key", "chat-key"}}), "Chat Key");
    EXPECT_EQ(name({{"x-api-key", "chat-key"}, {"authorization", "Bearer dev-key"}}),
              "Development Key");
    EXPECT_EQ(name({{"x-api-key", "chat-key"}, {"authorization", "Bearer wrong"}}), "Chat Key");
    EXPECT_EQ(name({{"x-api-key", "wrong"}, {"authorization", "Bearer dev-key"}}),
              "Development Key");
    EXPECT_EQ(name({{"authorization", "Bearer old-key"}}), "(wrong)");
    EXPECT_EQ(name({{"authorization", "Basic dev-key"}}), "(none)");
    EXPECT_EQ(name({{"authorization", "dev-key"}}), "(none)");
    EXPECT_EQ(name({{"x-api-key", ""}}), "(none)");
    EXPECT_EQ(name({}), "(none)");
}

TEST(gateway_keys, open_what_their_lists_name_and_everything_without) {
    const key_ring ring(configured);
    const gateway_key_settings& all = *ring.find("dev-key");
    EXPECT_TRUE(opens(all, endpoint_group::config));
    EXPECT_TRUE(opens_model(all, "groq", "mixtral-8x7b-32768"));
    const gateway_key_settings& some = *ring.find("chat-key");
    EXPECT_TRUE(opens(some, endpoint_group::openai));
    EXPECT_FALSE(opens(some, endpoint_group::anthropic));
    EXPECT_TRUE(opens_provider(some, "anthropic"));
    EXPECT_FALSE(opens_provider(some, "groq"));
    EXPECT_TRUE(opens_model(some, "openai", "gpt-4o-mini"));
    EXPECT_FALSE(opens_model(some, "openai", "whisper-1"));
    EXPECT_TRUE(opens_model(some, "anthropic", "claude-3-5-sonnet-20241022"));
    EXPECT_FALSE(opens_model(some, "openai", "claude-3-5-sonnet-20241022"));
    EXPECT_FALSE(opens_model(some, "groq", "gpt-4o"));
    const gateway_key_settings empty{
        .name = "Empty", .key = "k", .models = {{}}, .endpoints = {{}}};
    EXPECT_TRUE(opens(empty, endpoint_group::admin));
    EXPECT_TRUE(opens_model(empty, "openai", "gpt-4o"));
}

TEST(gateway_keys, refusals_never_show_a_key) {
    const key_ring ring(configured);
    const problem wrong = no_valid_key(ring.shown_by(with({{"x-api-key", "old-key"}})));
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(wrong.type, "authentication_error");
    EXPECT_EQ(wrong.code, "invalid_api_key");
    EXPECT_EQ(wrong.message.find("old-key"), std::string::npos);
    EXPECT_NE(no_valid_key({}).message.find("x-api-key: KEY"), std::string::npos);
    const problem closed = not_opened(*ring.find("chat-key"), "the model whisper-1");
    EXPECT_EQ(closed.status, 403);
    EXPECT_EQ(closed.type, "permission_error");
    EXPECT_EQ(closed.message, "the key \"Chat Key\" does not open the model whisper-1");
}

}  // namespace keys_tests
}  // namespace
}  // namespace tessera::server::cortex
