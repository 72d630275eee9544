// What the client sends and reads, operation by operation.
#include "unit/cortex/client_fixture.hpp"

#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <chrono>
#include <cstring>
#include <future>
#include <vector>

#include "tessera/core/base64.hpp"
#include "unit/anthropic/transcript.hpp"

namespace tessera::cortex::test {
namespace {

using namespace std::chrono;

// One request and its answer.
struct exchanged {
    std::string method, target, answer, body{};
};

class requests : public gateway {
  protected:
    void expect(exchanged wanted) {
        serve([wanted = std::move(wanted)](session& on, const received_request& asked, int) {
            EXPECT_EQ(asked.head.method, wanted.method);
            EXPECT_EQ(asked.head.target, wanted.target);
            EXPECT_EQ(asked.body, wanted.body);
            const bool by_key = asked.head.target.starts_with("/anthropic/");
            EXPECT_EQ(asked.header("x-api-key"), by_key ? "the-secret" : "");
            EXPECT_EQ(asked.header("authorization"), by_key ? "" : "Bearer the-secret");
            on.answer(200, wanted.answer);
        });
    }
};

constexpr const char* chat_answer =
    R"({"id":"c","object":"chat.completion","created":1699472000,"model":"gpt-4o","choices":[{"index":0,)"
    R"("message":{"role":"assistant","content":"The capital of France is Paris."},)"
    R"("finish_reason":"stop"}],"usage":{"prompt_tokens":15,"completion_tokens":8,"total_tokens":23}})";

TEST_F(requests, chat_completions_create) {
    expect({"POST", "/v1/chat/completions", chat_answer, json::encode(chat)});
    const auto reply = at_gateway().chat.completions.create(chat);
    EXPECT_EQ(reply.text(), "The capital of France is Paris.");
    EXPECT_EQ(reply.choices[0].finish_reason, openai::finish_reason::stop);
    EXPECT_EQ(reply.usage->total(), 23);
}

TEST_F(requests, models_list) {
    expect({"GET", "/v1/models",
            R"({"object":"list","data":[{"id":"gpt-4","object":"model","owned_by":"cortex"},)"
            R"({"id":"claude-3-opus","object":"model","owned_by":"cortex","created":7}]})"});
    const auto listed = at_gateway().models.list();
    ASSERT_EQ(listed.data.size(), 2u);
    EXPECT_EQ(listed.data[0].owned_by, "cortex");
    EXPECT_FALSE(listed.data[0].created);
    EXPECT_EQ(listed.data[1].created, 7);
}

TEST_F(requests, embeddings_as_numbers) {
    expect(
        {"POST", "/v1/embeddings",
         R"({"object":"list","data":[{"object":"embedding","embedding":[0.5,-1],"index":0},)"
         R"({"object":"embedding","embedding":[2,0.25],"index":1}],"model":"text-embedding-3-small",)"
         R"("usage":{"prompt_tokens":4,"total_tokens":4}})",
         R"({"model":"openai:text-embedding-3-small","input":["One text","another"]})"});
    const auto made = at_gateway().embeddings.create(texts);
    ASSERT_EQ(made.data.size(), 2u);
    EXPECT_EQ(made.data[0].embedding, openai::embedding_vector({0.5f, -1}));
    EXPECT_EQ(made.usage.prompt_tokens, 4);
}

TEST_F(requests, embeddings_in_base64_of_tokens) {
    const std::vector<float> values{0.5f, -1, 3.25f};
    std::string bytes(12, '\0');
    std::memcpy(bytes.data(), values.data(), 12);  // of a little-endian machine
    expect({"POST", "/v1/embeddings",
            R"({"object":"list","data":[{"object":"embedding","embedding":")" +
                encode_base64(bytes) +
                R"(","index":0}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}})",
            R"({"model":"m","input":[[1,2,3]],"dimensions":3,"encoding_format":"base64"})"});
    const openai::embedding_request tokens{.model = "m",
                                           .input = std::vector<std::vector<int>>{{1, 2, 3}},
                                           .dimensions = 3,
                                           .encoding_format = openai::embedding_encoding::base64};
    const auto made = at_gateway().embeddings.create(tokens);
    const std::span<const float> vector = made.data.at(0).embedding;
    EXPECT_EQ(std::vector<float>(vector.begin(), vector.end()), values);
}

TEST_F(requests, messages_create) {
    expect({"POST", "/anthropic/v1/messages", std::string(anthropic::test::spelled),
            json::encode(message)});
    const auto reply = at_gateway().messages.create(message);
    EXPECT_EQ(reply.text(), "In Zürich.");
    EXPECT_EQ(reply.tool_calls().at(0).name, "get_weather");
}

TEST_F(requests, anthropic_models_list) {
    expect({"GET", "/anthropic/v1/models?limit=2",
            R"({"data":[{"id":"claude-3-5-sonnet-20241022","display_name":"Claude 3.5 Sonnet",)"
            R"("created_at":"2024-10-22T00:00:00Z","type":"model"}]})"});
    EXPECT_EQ(at_gateway().anthropic_models.list({.limit = 2}).data.at(0).display_name,
              "Claude 3.5 Sonnet");
}

TEST_F(requests, providers_models) {
    expect(
        {"GET", "/api/providers/groq/models",
         R"({"provider":"groq","models":[{"id":"groq/mixtral","display_name":"Mixtral","enabled":true}],)"
         R"("default_model":"groq/mixtral"})"});
    const auto known = at_gateway().providers.models("groq");
    EXPECT_EQ(known.models.at(0).id, known.default_model);
}

TEST_F(requests, providers_auth) {
    expect(
        {"GET", "/api/providers/a%2Fb/auth",
         R"({"provider":"a/b","auth_method":"api_key","api_keys":[{"masked":"sk-p****...****h7YZ","index":0}],)"
         R"("oauth":{"configured":false,"authenticated":false}})"});
    const auto shown = at_gateway().providers.auth("a/b");
    EXPECT_EQ(shown.auth_method, auth_method::api_key);
    EXPECT_EQ(shown.api_keys->at(0).masked, "sk-p****...****h7YZ");
    EXPECT_FALSE(shown.oauth.configured);
}

TEST_F(requests, a_provider_without_a_name_is_none) {
    expect({"GET", "never", ""});
    for (const char* name : {"", ".."})
        EXPECT_EQ(at_gateway().providers.try_models(name).error().kind,
                  error_kind::invalid_argument);
    EXPECT_EQ(server_->connections(), 0);
}

TEST_F(requests, admin_inflight) {
    expect(
        {"GET", "/api/admin/inflight",
         R"({"count":1,"requests":[{"id":7,"method":"POST","uri":"/v1/chat/completions","elapsed_secs":12,)"
         R"("idle_secs":3,"model":null,"provider":null,"api_key_name":"Development Key"}]})"});
    const auto now = at_gateway().admin.inflight();
    EXPECT_EQ(now.count, 1);
    EXPECT_TRUE(now.requests.at(0).model.is_null());
    EXPECT_EQ(*now.requests[0].api_key_name, "Development Key");
}

TEST_F(requests, config_caching) {
    const std::string all =
        R"({"auto_inject_anthropic_cache_control":true,"response_cache_enabled":false,"response_cache_ttl_secs":300})";
    expect({"GET", "/api/config/caching", all});
    EXPECT_TRUE(at_gateway().config.caching.retrieve().auto_inject_anthropic_cache_control);
    expect({"PUT", "/api/config/caching", all, R"({"response_cache_ttl_secs":300})"});
    EXPECT_EQ(at_gateway()
                  .config.caching.update({.response_cache_ttl_secs = 300})
                  .response_cache_ttl_secs,
              300);
}

TEST_F(requests, config_token_refresh) {
    const std::string all =
        R"({"enabled":false,"refresh_threshold_secs":300,"check_interval_secs":60})";
    expect({"GET", "/api/config/token-refresh", all});
    EXPECT_EQ(at_gateway().config.token_refresh.retrieve().check_interval_secs, 60);
    expect({"PUT", "/api/config/token-refresh", all, R"({"enabled":false})"});
    EXPECT_FALSE(at_gateway().config.token_refresh.update({.enabled = false}).enabled);
}

TEST_F(requests, usage_list) {
    const std::string record =
        R"({"request_id":"r","timestamp":"2024-11-03T10:15:30.5Z","api_key_name":"Development Key","model":"m",)"
        R"("provider":"openai","endpoint":"/v1/chat/completions","input_tokens":15,"output_tokens":8,)"
        R"("total_tokens":23,"latency_ms":450,"status":"error","error_code":"rate_limit"})";
    expect({"GET", "/usage?api_key=Development%20Key&start_time=2024-11-01T00%3A00%3A00Z&limit=10",
            "[" + record + "]"});
    const auto records = at_gateway().usage.list(
        {.api_key = "Development Key", .start_time = sys_days(2024y / 11 / 1), .limit = 10});
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].timestamp,
              sys_days(2024y / 11 / 3) + hours(10) + minutes(15) + seconds(30) + milliseconds(500));
    EXPECT_EQ(records[0].status, usage_status::error);
    EXPECT_EQ(records[0].error_code, "rate_limit");
    EXPECT_EQ(records.info.status, 200);
    expect({"GET", "/usage", "[]"});
    EXPECT_TRUE(at_gateway().usage.list().empty());
}

TEST_F(requests, usage_summary) {
    expect(
        {"GET", "/usage/summary?provider=openai&end_time=2024-11-02T00%3A00%3A00.250Z",
         R"({"total_requests":3,"total_tokens":23,"total_input_tokens":15,"total_output_tokens":8,)"
         R"("avg_latency_ms":450.5,"by_provider":{"openai":3},"by_model":{"a":1,"b":2},"by_api_key":{},)"
         R"("success_count":2,"error_count":1})"});
    const auto all = at_gateway().usage.summary(
        {.provider = "openai", .end_time = sys_days(2024y / 11 / 2) + milliseconds(250)});
    EXPECT_EQ(all.by_model.at("b"), 2);
    EXPECT_EQ(all.avg_latency_ms, 450.5);
}

TEST_F(requests, have_the_four_forms) {
    serve([](session& on, const received_request&, int) { on.answer(200, chat_answer); });
    const client api = at_gateway();
    EXPECT_TRUE(api.chat.completions.try_create(chat));
    EXPECT_EQ(api.chat.completions.async_create(chat, asio::use_future).get().usage->total(), 23);
    EXPECT_TRUE(api.chat.completions.async_try_create(chat, asio::use_future).get());
}

TEST_F(requests, run_on_the_executor_that_is_given) {
    serve([](session& on, const received_request&, int) {
        on.answer(200, R"({"object":"list","data":[]})");
    });
    asio::io_context context;
    auto listed = client(context.get_executor(), options()).models.async_list(asio::use_future);
    EXPECT_EQ(listed.wait_for(seconds(0)), std::future_status::timeout);
    context.run();
    EXPECT_TRUE(listed.get().data.empty());
}

// A member of tomorrow and a text that has no enumerator reach the caller.
TEST_F(requests, what_is_newer_than_the_client_is_kept) {
    expect(
        {"GET", "/api/providers/x/auth",
         R"({"provider":"x","auth_method":"passkey","oauth":{"configured":true,"authenticated":true,)"
         R"("since":"2030"},"color":"blue"})"});
    const auto shown = at_gateway().providers.auth("x");
    EXPECT_EQ(shown.auth_method.text(), "passkey");
    EXPECT_EQ(shown.extra["color"], "blue");
    EXPECT_EQ(shown.oauth.extra["since"], "2030");
}

// The same client where the dialects are at home.
TEST_F(requests, at_openai_have_its_urls) {
    expect({"POST", "/v1/chat/completions", chat_answer, json::encode(chat)});
    EXPECT_TRUE(client::at_openai(options()).chat.completions.try_create(chat));
}

TEST_F(requests, at_anthropic_have_its_urls_and_its_version) {
    std::string version;
    serve([&](session& on, const received_request& asked, int) {
        EXPECT_EQ(asked.head.target, "/v1/messages");
        EXPECT_EQ(asked.header("x-api-key"), "the-secret");
        EXPECT_EQ(asked.header("authorization"), "");
        version = asked.header("anthropic-version");
        on.answer(200, anthropic::test::spelled);
    });
    EXPECT_EQ(client::at_anthropic(options()).messages.create(message).text(), "In Zürich.");
    EXPECT_EQ(version, "2023-06-01");
    client_options newer = options();
    newer.headers.set("Anthropic-Version", "2030-01-01");
    EXPECT_TRUE(client::at_anthropic(newer).messages.try_create(message));
    EXPECT_EQ(version, "2030-01-01");
}

TEST(clients, have_a_url_where_none_is_given) {
    EXPECT_NO_THROW(client({.api_key = "k"}));
    EXPECT_NO_THROW(client::at_openai({.api_key = "k"}));
    EXPECT_NO_THROW(client::at_anthropic({.api_key = "k"}));
    EXPECT_THROW(client({.api_key = "k", .base_url = "gateway"}), invalid_argument_error);
}

}  // namespace
}  // namespace tessera::cortex::test
