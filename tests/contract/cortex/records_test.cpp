// What the gateway knows of requests: those under way, those that ended, and those it answered
// before.
#include <set>

#include "contract/cortex/gateway.hpp"
#include "contract/service.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace records_tests {

json::value records(gateway& of, const std::string& query = {}) {
    return of.get("/usage" + query).json();
}

TEST(gateway_usage, has_exactly_one_record_a_request_whatever_becomes_of_it) {
    SCOPED_TRACE("rule: usage-error-code");
    SCOPED_TRACE("rule: usage-endpoint");
    SCOPED_TRACE("rule: usage-total");
    const provider upstream(completion());
    const provider broken({{"error", {{"message", "no"}}}}, 500);
    cortex_options how =
        with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"}));
    how.providers.emplace_back("broken", broken.settings(provider_type::custom, {"bad"}));
    how.virtual_models["both"].candidates = {{.model = "broken:bad"}, {.model = "openai:gpt-4o"}};
    how.api_keys.push_back(
        {.name = "Shut", .key = "shut-key", .models = {{"none"}}, .requests_per_minute = 1});
    gateway of(how);
    struct sent {
        std::string what, path;
        json::value body;
        std::string headers;
        int status;
    };
    const std::string chat = "/v1/chat/completions";
    const std::vector<sent> all = {
        {"whole", chat, hello, key_line, 200},
        {"messages", "/anthropic/v1/messages", hello, key_line, 200},
        {"failed over", chat, with(hello, {{"model", "both"}}), key_line, 200},
        {"failed", chat, with(hello, {{"model", "broken:bad"}}), key_line, 502},
        {"unknown", chat, with(hello, {{"model", "gpt-0"}}), key_line, 404},
        {"wrong", chat, without(hello, "messages"), key_line, 400},
        {"forbidden", chat, hello, bearer("shut-key"), 403},
        {"limited", chat, hello, bearer("shut-key"), 429},
        {"embedded",
         "/v1/embeddings",
         {{"model", "mistral:mistral-embed"}, {"input", "Hi"}},
         key_line,
         200}};
    std::size_t count = 0;
    std::set<std::string> ids;
    for (const sent& each : all) {
        SCOPED_TRACE(each.what);
        const raw_response got = of.post(each.path, each.body, each.headers);
        EXPECT_EQ(got.status, each.status) << got.body;
        const json::value now = records(of);
        ASSERT_EQ(now.size(), ++count) << now;
        const json::value& newest = now[0];
        EXPECT_EQ(newest["endpoint"], each.path);
        EXPECT_EQ(newest["status"], each.status == 200 ? "success" : "error");
        EXPECT_EQ(newest.contains("error_code"), each.status != 200) << newest;
        EXPECT_EQ(newest["total_tokens"].get<int>(),
                  newest["input_tokens"].get<int>() + newest["output_tokens"].get<int>());
        EXPECT_EQ(newest["api_key_name"], each.headers == key_line ? "Development Key" : "Shut");
        EXPECT_TRUE(ids.insert(newest["request_id"]).second);
        if (each.what == "failed over") {
            EXPECT_EQ(newest["provider"], "openai");
            EXPECT_EQ(newest["model"], "gpt-4o");
        }
    }
    // Without a key there is nobody to count it for, and what asks about the gateway is not counted.
    EXPECT_EQ(of.post(chat, hello, "").status, 401);
    EXPECT_EQ(of.post(chat, hello, bearer("wrong")).status, 401);
    EXPECT_EQ(of.get("/api/admin/inflight").status, 200);
    EXPECT_EQ(records(of).size(), count);
    const json::value summary = of.get("/usage/summary").json();
    EXPECT_EQ(summary["total_requests"], count);
    EXPECT_EQ(summary["error_count"], 5);
}

TEST(gateway_usage, is_the_same_streamed_and_not) {
    for (const char* model : {"gpt-4o", "claude-3-5-sonnet-20241022"})
        for (const char* path : {"/v1/chat/completions", "/anthropic/v1/messages"}) {
            SCOPED_TRACE(std::string(path) + " " + model);
            gateway of({}, gateway::bundled_options());
            const json::value asked = with(hello, {{"model", model}, {"temperature", 0}});
            EXPECT_EQ(of.post(path, asked).status, 200);
            EXPECT_EQ(of.post(path, with(asked, {{"stream", true}})).status, 200);
            const json::value both = records(of);
            ASSERT_EQ(both.size(), 2U);
            EXPECT_GT(both[0]["output_tokens"], 0);
            for (const char* same : {"api_key_name", "model", "provider", "endpoint",
                                     "input_tokens", "output_tokens", "total_tokens", "status"})
                EXPECT_EQ(both[0][same], both[1][same]) << same;
        }
}

TEST(gateway_inflight, shows_a_request_until_its_last_chunk) {
    SCOPED_TRACE("rule: inflight-removed");
    SCOPED_TRACE("rule: inflight-only-v1");
    SCOPED_TRACE("rule: inflight-excluded");
    SCOPED_TRACE("rule: inflight-count");
    test::gate asked, go_on;
    const provider upstream([&](test::session& on, const test::received_request&) {
        asked.open();
        go_on.wait();
        on.answer(200, json::encode(completion()));
    });
    gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
    raw_client client(of.port()), other(of.port());
    of.send(client, "POST", "/v1/chat/completions", json::encode(hello));
    asked.wait();
    of.send(other, "POST", "/anthropic/v1/messages", json::encode(hello));
    ASSERT_TRUE(comes_true([&] { return upstream.asked().size() == 2; }));
    const json::value shown = of.get("/api/admin/inflight").json();
    EXPECT_EQ(shown["count"], 1);
    ASSERT_EQ(shown["requests"].size(), 1U);
    const json::value& only = shown["requests"][0];
    EXPECT_EQ(only["method"], "POST");
    EXPECT_EQ(only["uri"], "/v1/chat/completions");
    EXPECT_EQ(only["model"], "gpt-4o");
    EXPECT_EQ(only["provider"], "openai");
    EXPECT_EQ(only["api_key_name"], "Development Key");
    EXPECT_EQ(only["idle_secs"], 0);
    go_on.open();
    EXPECT_EQ(client.receive("POST").status, 200);
    EXPECT_EQ(other.receive("POST").status, 200);
    EXPECT_EQ(of.get("/api/admin/inflight").json()["count"], 0);
}

TEST(gateway_cache, gives_an_answer_again_as_long_as_its_switch_is_on) {
    SCOPED_TRACE("rule: cfg-caching-response-cache");
    const provider upstream(completion());
    gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
    const auto ask = [&](const json::value& body) {
        EXPECT_EQ(of.post("/v1/chat/completions", body).status, 200);
        return upstream.asked().size();
    };
    EXPECT_EQ(ask(hello), 1U);
    EXPECT_EQ(ask(hello), 2U);
    EXPECT_EQ(of.put("/api/config/caching", R"({"response_cache_enabled":true})").status, 200);
    EXPECT_EQ(ask(hello), 3U);
    EXPECT_EQ(ask(hello), 3U);
    EXPECT_EQ(ask(with(hello, {{"model", "openai:gpt-4o"}})), 3U);
    EXPECT_EQ(ask(with(hello, {{"max_tokens", 4}})), 4U);
    // A hit is a request like any other.
    const json::value all = records(of);
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(all[1]["total_tokens"], 7);
    EXPECT_EQ(all[1]["provider"], "openai");
    EXPECT_EQ(of.put("/api/config/caching", R"({"response_cache_enabled":false})").status, 200);
    EXPECT_EQ(ask(hello), 5U);
}

TEST(gateway_cache, marks_what_anthropic_may_keep_as_long_as_its_switch_is_on) {
    SCOPED_TRACE("rule: cfg-caching-inject");
    const provider upstream(message());
    gateway of(with_provider(
        "anthropic", upstream.settings(provider_type::anthropic, {"claude-3-5-sonnet-20241022"})));
    const json::value asked =
        with(hello, {{"model", "claude-3-5-sonnet-20241022"},
                     {"system", "Be brief."},
                     {"tools",
                      {{{"name", "a"}, {"input_schema", {{"type", "object"}}}},
                       {{"name", "b"}, {"input_schema", {{"type", "object"}}}}}}});
    const auto marks = [&](const json::value& body) {
        EXPECT_EQ(of.post("/anthropic/v1/messages", body).status, 200);
        const std::string text = json::encode(upstream.last());
        int count = 0;
        for (std::size_t at = text.find("cache_control"); at != text.npos;
             at = text.find("cache_control", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(marks(asked), 0);
    EXPECT_EQ(
        of.put("/api/config/caching", R"({"auto_inject_anthropic_cache_control":true})").status,
        200);
    EXPECT_EQ(marks(asked), 2);
    const json::value ephemeral = {{"type", "ephemeral"}};
    EXPECT_EQ(upstream.last()["system"].back()["cache_control"], ephemeral);
    EXPECT_EQ(upstream.last()["tools"][1]["cache_control"], ephemeral);
    // Who marks something means the rest to be without.
    json::value own = asked;
    own["tools"][0]["cache_control"] = ephemeral;
    EXPECT_EQ(marks(own), 1);
    EXPECT_EQ(
        of.put("/api/config/caching", R"({"auto_inject_anthropic_cache_control":false})").status,
        200);
    EXPECT_EQ(marks(asked), 0);
}

}  // namespace records_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
