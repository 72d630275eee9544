// Every envelope ends in the same errors.
#include <map>

#include "tessera/anthropic/errors.hpp"
#include "unit/cortex/client_fixture.hpp"

namespace tessera::cortex::test {
namespace {

std::string openai_envelope(const std::string& type, const std::string& code = "null") {
    return R"({"error":{"message":"m","type":")" + type + R"(","code":)" + code + "}}";
}
std::string anthropic_envelope(const std::string& type) {
    return R"({"type":"error","error":{"type":")" + type + R"(","message":"m"}})";
}

TEST_F(gateway, the_status_decides_in_every_dialect) {
    const std::map<int, std::pair<std::string, error_kind>> statuses = {
        {400, {"invalid_request_error", error_kind::bad_request}},
        {401, {"authentication_error", error_kind::authentication}},
        {403, {"permission_error", error_kind::permission_denied}},
        {404, {"model_not_found", error_kind::not_found}},
        {429, {"rate_limit_error", error_kind::rate_limit}},
        {500, {"server_error", error_kind::internal_server}},
        {502, {"provider_error", error_kind::internal_server}}};
    for (const auto& [status, wanted] : statuses) {
        const auto& [type, kind] = wanted;
        serve([&, status = status](session& on, const received_request& asked, int) {
            on.answer(status, asked.head.target.starts_with("/anthropic/")
                                  ? anthropic_envelope(type)
                                  : openai_envelope(type, R"("a_code")"));
        });
        client_options once = options();
        once.max_retries = 0;
        const client api(once);
        const std::vector<error> errors = {api.chat.completions.try_create(chat).error(),
                                           api.chat.completions.try_stream(chat).error(),
                                           api.embeddings.try_create(texts).error(),
                                           api.models.try_list().error(),
                                           api.messages.try_create(message).error(),
                                           api.messages.try_stream(message).error(),
                                           api.anthropic_models.try_list().error(),
                                           api.providers.try_models("openai").error(),
                                           api.providers.try_auth("openai").error(),
                                           api.admin.try_inflight().error(),
                                           api.config.caching.try_retrieve().error(),
                                           api.config.caching.try_update({}).error(),
                                           api.config.token_refresh.try_retrieve().error(),
                                           api.config.token_refresh.try_update({}).error(),
                                           api.usage.try_list().error(),
                                           api.usage.try_summary().error()};
        for (std::size_t i = 0; i < errors.size(); ++i) {
            EXPECT_EQ(errors[i].kind, kind) << i;
            EXPECT_EQ(errors[i].status, status) << i;
            EXPECT_EQ(errors[i].type, type) << i;
            EXPECT_TRUE(errors[i].message.starts_with("m ")) << errors[i].message;
        }
        EXPECT_EQ(errors[0].code, "a_code");
        EXPECT_EQ(body_as<error_body>(errors[0])->error.type.text(), type);
        EXPECT_EQ(*body_as<error_body>(errors[0])->error.code, "a_code");
        EXPECT_EQ(body_as<anthropic::error_body>(errors[4])->error.type.text(), type);
        EXPECT_FALSE(body_as<error_body>(errors[4])->error.code);
    }
}

TEST_F(gateway, plain_text_and_bare_errors_are_read_as_well) {
    serve([](session& on, const received_request& asked, int) {
        if (asked.head.target.starts_with("/api/providers"))
            return (void)on.answer(400, R"({"error":"Provider name is required"})");
        on.send(
            "HTTP/1.1 405 x\r\nContent-Type: text/plain; charset=utf-8\r\nAllow: GET\r\n"
            "Content-Length: 19\r\n\r\nMethod not allowed\n");
    });
    const client api = at_gateway();
    const error bare = api.providers.try_models("x").error();
    EXPECT_EQ(bare.kind, error_kind::bad_request);
    EXPECT_EQ(bare.message, "Provider name is required (HTTP 400)");
    const error plain = api.admin.try_inflight().error();
    EXPECT_EQ(plain.status, 405);
    EXPECT_EQ(plain.message, "Method not allowed (HTTP 405)");
}

TEST_F(gateway, limits_are_waited_out_and_told) {
    serve([](session& on, const received_request& asked, int n) {
        if (n == 1)
            return (void)on.answer(429, openai_envelope("rate_limit_error"), "retry-after: 2\r\n");
        on.answer(200, R"({"object":"list","data":[]})",
                  "x-ratelimit-limit-requests: 600\r\nx-ratelimit-remaining-requests: 599\r\n"
                  "anthropic-ratelimit-tokens-remaining: 7\r\n");
        EXPECT_EQ(asked.header("authorization"), "Bearer the-secret");
    });
    const auto listed = at_gateway().models.list();
    EXPECT_EQ(listed.info.attempts, 2);
    EXPECT_EQ(listed.info.rate_limit("requests").limit, 600);
    EXPECT_EQ(listed.info.rate_limit("tokens").remaining, 7);
}

TEST_F(gateway, inference_and_settings_are_sent_again_after_a_failure) {
    serve([](session& on, const received_request& asked, int n) {
        if (n % 2 == 1) return (void)on.answer(503, openai_envelope("provider_error"));
        if (asked.head.method == "PUT")
            on.answer(200,
                      R"({"enabled":true,"refresh_threshold_secs":1,"check_interval_secs":1})");
        else
            on.answer(
                200,
                R"({"object":"list","data":[],"model":"m","usage":{"prompt_tokens":0,"total_tokens":0}})");
    });
    const client api = at_gateway();
    EXPECT_EQ(api.embeddings.create(texts).info.attempts, 2);
    EXPECT_EQ(api.config.token_refresh.update({.enabled = true}).info.attempts, 2);
}

TEST_F(gateway, one_key_provider_serves_both_dialects) {
    serve([](session& on, const received_request& asked, int) {
        const std::string shown = asked.header("x-api-key") + asked.header("authorization");
        if (shown.find("fresh") == shown.npos)
            return (void)on.answer(401, asked.head.target.starts_with("/anthropic/")
                                            ? anthropic_envelope("authentication_error")
                                            : openai_envelope("authentication_error"));
        on.answer(200, R"({"object":"list","data":[]})");
    });
    client_options changing = options();
    changing.api_key =
        credential::from([](bool fresh) { return tessera::secret(fresh ? "fresh" : "stale"); });
    EXPECT_TRUE(client(changing).models.try_list());
    EXPECT_TRUE(client(changing).anthropic_models.try_list());
}

}  // namespace
}  // namespace tessera::cortex::test
