#include "core/cortex_options.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "core/options.hpp"
#include "support/random_model.hpp"

namespace tessera::server {
namespace {
namespace cortex_options_tests {

result<options> read(std::string_view text) { return with_settings({}, text, "cortex.yaml"); }

cortex_options made_of(std::string_view text) {
    const auto made = read(text);
    EXPECT_TRUE(made) << made.error().message;
    return made ? made->cortex : cortex_options{};
}

std::string refusal(std::string_view text) {
    const auto made = read(text);
    EXPECT_FALSE(made) << text;
    return made ? "" : made.error().message;
}

::testing::AssertionResult says(const std::string& message, std::string_view part) {
    if (message.find(part) != message.npos) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << '"' << message << "\" has no \"" << part << '"';
}

TEST(cortex_options, are_complete_without_a_file) {
    const cortex_options made;
    std::string names;
    for (const auto& [name, provider] : made.providers) {
        names += name + " ";
        EXPECT_TRUE(provider.enabled);
        EXPECT_FALSE(provider.base_url);
        EXPECT_FALSE(provider.models.value().empty());
    }
    EXPECT_EQ(names, "openai anthropic groq mistral google qwen openrouter ");
    ASSERT_EQ(made.api_keys.size(), 1u);
    EXPECT_EQ(made.api_keys[0].name, "Development Key");
    EXPECT_EQ(made.api_keys[0].key, "cortex-dev-key-001");
    EXPECT_EQ(made.provider_patterns.at("groq"), "groq/");
    std::vector<json::issue> issues;
    check(made, issues);
    EXPECT_TRUE(issues.empty());
}

// The form that the gateway's documentation shows, every key in it.
TEST(cortex_options, whole_form_is_read) {
    constexpr std::string_view text = R"(
api_keys:
  - name: Development Key
    key: cortex-dev-key-001
    enabled: true
    models: ["*"]
    providers: []
    endpoints: [openai, anthropic, providers, oauth, admin, config, usage]
    requests_per_minute: 600
providers:
  openai:
    type: openai
    enabled: true
    auth: api_key
    base_url: http://127.0.0.1:9001/v1
    api_keys: ["${TESSERA_TEST_NO_SUCH_KEY:-sk-local}"]
    models: [gpt-4o, gpt-4o-mini, text-embedding-3-small, whisper-1]
    default_model: gpt-4o
    timeout_secs: 60
  anthropic:
    type: anthropic
    api_keys: [sk-ant-local]
    models: [claude-3-5-sonnet-20241022]
  groq:
    type: groq
    models: [mixtral-8x7b-32768, whisper-large-v3]
provider_patterns:
  groq: groq/
aliases:
  fast: openai:gpt-4o-mini
virtual_models:
  smart:
    candidates:
      - {model: "openai:gpt-4o", enabled: true}
      - {model: "anthropic:claude-3-5-sonnet-20241022", enabled: false}
caching:
  auto_inject_anthropic_cache_control: true
  response_cache_enabled: true
  response_cache_ttl_secs: 30
token_refresh:
  enabled: false
  refresh_threshold_secs: 3
  check_interval_secs: 6
oauth:
  encryption_key: "${TESSERA_TEST_NO_SUCH_KEY:-}"
  redirect_hosts: [example.com]
  open_browser: true
  providers:
    google:
      client_id: local
      client_secret: local
      authorize_url: http://127.0.0.1:9002/authorize
      token_url: http://127.0.0.1:9002/token
      scopes: [openid]
usage:
  persist: false
)";
    const cortex_options made = made_of(text);
    ASSERT_EQ(made.api_keys.size(), 1u);
    EXPECT_EQ(made.api_keys[0].requests_per_minute, 600);
    EXPECT_EQ(made.api_keys[0].models, std::vector<std::string>{"*"});
    EXPECT_EQ(made.api_keys[0].endpoints->size(), 7u);
    ASSERT_EQ(made.providers.size(), 3u);
    EXPECT_EQ(made.providers[0].first, "openai");
    EXPECT_EQ(made.providers[1].first, "anthropic");
    EXPECT_EQ(made.providers[0].second.base_url, "http://127.0.0.1:9001/v1");
    EXPECT_EQ(made.providers[0].second.api_keys, std::vector<std::string>{"sk-local"});
    EXPECT_EQ(made.providers[0].second.timeout_secs, 60);
    EXPECT_EQ(made.providers[1].second.timeout_secs, 600);
    EXPECT_EQ(made.providers[2].second.type, provider_type::groq);
    EXPECT_EQ(made.aliases.at("fast"), "openai:gpt-4o-mini");
    EXPECT_FALSE(made.virtual_models.at("smart").candidates.at(1).enabled);
    EXPECT_TRUE(made.caching.auto_inject_anthropic_cache_control);
    EXPECT_TRUE(made.caching.response_cache_enabled);
    EXPECT_EQ(made.caching.response_cache_ttl_secs, 30);
    EXPECT_FALSE(made.token_refresh.enabled);
    EXPECT_EQ(made.token_refresh.check_interval_secs, 6);
    EXPECT_TRUE(made.oauth.open_browser);
    EXPECT_EQ(made.oauth.providers->at("google").client_id, "local");
    EXPECT_FALSE(made.usage.persist);
}

TEST(cortex_options, what_is_left_out_stays_the_default) {
    const cortex_options made = made_of("usage: {persist: false}");
    EXPECT_EQ(made.providers.size(), 7u);
    EXPECT_EQ(made.api_keys.at(0).key, "cortex-dev-key-001");
    EXPECT_EQ(made_of("cortex:\n  usage: {persist: false}").usage.persist, false);
    EXPECT_EQ(made_of("server: {limits: {connections: 3}}").providers.size(), 7u);
    // Patterns of the default go with the providers of the default.
    EXPECT_TRUE(made_of("providers: {own: {type: custom}}").provider_patterns.empty());
}

TEST(cortex_options, errors_name_line_and_member) {
    EXPECT_TRUE(says(refusal("usage: {persist: true}\nproviders:\n  openai:\n    type: openai\n"
                             "    modles: [a]\n"),
                     "cortex.yaml, line 5: cortex.providers.openai.modles: unknown"));
    EXPECT_TRUE(says(refusal("usage: {persist: true}\ncachng: {}\n"),
                     "cortex.yaml, line 2: cortex.cachng: unknown"));
    EXPECT_TRUE(says(refusal("cortex:\n  providers:\n    a: {type: strange}\n"),
                     "cortex.yaml, line 3: cortex.providers.a.type"));
    EXPECT_TRUE(says(refusal("server: {}\nproviders: {}\n"), "line 2: providers: unknown"));
    EXPECT_TRUE(says(refusal("api_keys:\n  - {name: a, key: x}\n  - {name: a, key: y}\n"),
                     "line 3: cortex.api_keys[1].name: another key has this name"));
    EXPECT_TRUE(says(refusal("api_keys:\n  - {name: a, key: x}\n  - {name: b, key: x}\n"),
                     "line 3: cortex.api_keys[1].key: another"));
    EXPECT_TRUE(says(refusal("api_keys: [{name: a, key: 'x y'}]"), "visible ASCII"));
    EXPECT_TRUE(says(refusal("api_keys: [{name: a, key: x, endpoints: [chat]}]"),
                     "cortex.api_keys[0].endpoints[0]"));
    EXPECT_TRUE(says(refusal("providers: {a: {type: custom, base_url: ftp://x}}"),
                     "cortex.providers.a.base_url"));
    EXPECT_TRUE(says(refusal("providers: {'a:b': {type: custom}}"), "without ':' and '/'"));
    EXPECT_TRUE(says(refusal("providers: {a: {type: custom, timeout_secs: 0}}"), "timeout_secs"));
    EXPECT_TRUE(says(refusal("caching: {response_cache_ttl_secs: 0}"), "response_cache_ttl_secs"));
    EXPECT_TRUE(says(refusal("provider_patterns: {nobody: x/}"), "no provider of this name"));
    EXPECT_TRUE(says(refusal("oauth: {encryption_key: short}"), "32 bytes"));
    EXPECT_TRUE(says(refusal("oauth: {providers: {google: {client_id: a, token_url: x}}}"),
                     "cortex.oauth.providers.google.token_url"));
}

TEST(cortex_options, names_stand_for_models_in_one_step) {
    EXPECT_TRUE(says(refusal("aliases: {a: b, b: gpt-4o}"), "is an alias itself"));
    EXPECT_TRUE(says(refusal("aliases: {a: a}"), "is an alias itself"));
    EXPECT_TRUE(says(refusal("aliases: {a: nothing}"), "no provider has the model 'nothing'"));
    EXPECT_TRUE(
        says(refusal("virtual_models: {v: {candidates: [{model: v}]}}"), "no virtual model"));
    EXPECT_TRUE(says(refusal("aliases: {a: gpt-4o}\n"
                             "virtual_models: {a: {candidates: [{model: gpt-4o}]}}"),
                     "is an alias, too"));
    EXPECT_EQ(made_of("aliases: {a: v, b: 'openai:unlisted', c: groq/unlisted}\n"
                      "virtual_models: {v: {candidates: []}}")
                  .aliases.size(),
              3u);
}

TEST(cortex_options, files_are_remembered_so_that_they_can_be_followed) {
    const tessera::testing::temporary_folder folder("tessera-cortex");
    const auto all = folder.path() / "all.yaml", own = folder.path() / "cortex.yaml";
    std::ofstream(all) << "server: {}\ncortex: cortex.yaml\n";
    std::ofstream(own) << "usage: {persist: false}\n";
    const auto made = with_settings({}, all);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_FALSE(made->cortex.usage.persist);
    EXPECT_EQ(made->settings_files, (std::vector{all, own}));
    const auto alone = with_settings({}, own);
    ASSERT_TRUE(alone) << alone.error().message;
    EXPECT_EQ(alone->settings_files, std::vector{own});
    const auto laid_over = with_settings(*alone, "usage: {persist: true}", "text");
    ASSERT_TRUE(laid_over);
    EXPECT_TRUE(laid_over->settings_files.empty());
}

}  // namespace cortex_options_tests
}  // namespace
}  // namespace tessera::server
