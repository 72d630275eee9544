// /usage, /api/admin and /api/config over HTTP, without the gateway around them.
#include "cortex/administration.hpp"

#include <gtest/gtest.h>

#include "server/made_up_server.hpp"

namespace tessera::server::cortex {
namespace {
namespace administration_tests {

using testing::head_of;
using testing::made_up_server;
using testing::raw_response;

struct parts {
    usage_ledger usage{nullptr};
    inflight requests{};
    setting<caching_settings> caching{{}};
    setting<token_refresh_settings> token_refresh{{}};
    threads workers{2};
};

class administration_api : public api {
  public:
    explicit administration_api(parts& of)
        : routes_(administration_routes(
              {of.usage, of.requests, of.caching, of.token_refresh, of.workers})) {}
    std::string_view name() const override { return "cortex"; }
    std::span<const route> routes() const override { return routes_; }

  private:
    std::vector<route> routes_;
};

struct administration : ::testing::Test {
    parts of;
    made_up_server server{std::make_unique<administration_api>(of)};

    raw_response get(std::string_view path) { return server.get(path); }
    raw_response put(std::string_view path, std::string_view body) {
        return server.ask(head_of("PUT", path,
                                  "content-type: application/json\r\ncontent-length: " +
                                      std::to_string(body.size()) + "\r\n")
                              .append(body),
                          "PUT");
    }
    void record(std::string id, std::chrono::seconds at) {
        of.usage.record({.request_id = std::move(id),
                         .timestamp = std::chrono::system_clock::time_point(at),
                         .api_key_name = "Development Key",
                         .model = "gpt-4o",
                         .provider = "openai",
                         .endpoint = "/v1/embeddings",
                         .input_tokens = 3,
                         .latency_ms = 2},
                        [](const result<void>&) {});
    }
};

constexpr std::chrono::seconds half_past_ten{1'732'876'200};  // 2024-11-29T10:30:00Z

TEST_F(administration, caching_is_told_and_changed_member_by_member) {
    SCOPED_TRACE("rule: cfg-caching-get");
    SCOPED_TRACE("rule: cfg-caching-put-returns");
    SCOPED_TRACE("rule: cfg-caching-put-optional");
    const std::string path = "/api/config/caching";
    EXPECT_EQ(get(path).body,
              R"({"auto_inject_anthropic_cache_control":false,"response_cache_enabled":false,)"
              R"("response_cache_ttl_secs":300})");
    const std::string changed =
        R"({"auto_inject_anthropic_cache_control":false,"response_cache_enabled":true,)"
        R"("response_cache_ttl_secs":300})";
    EXPECT_EQ(put(path, R"({"response_cache_enabled":true})").body, changed);
    EXPECT_EQ(get(path).body, changed);
    for (const char* same : {"{}", R"({"response_cache_ttl_secs":null})", R"({"unknown":1})"}) {
        const raw_response got = put(path, same);
        EXPECT_EQ(got.status, 200) << same;
        EXPECT_EQ(got.body, changed) << same;
    }
    const std::string all =
        R"({"auto_inject_anthropic_cache_control":true,"response_cache_enabled":false,)"
        R"("response_cache_ttl_secs":1})";
    EXPECT_EQ(put(path, all).body, all);
    EXPECT_EQ(of.caching.get().response_cache_ttl_secs, 1);
}

TEST_F(administration, what_cannot_be_is_refused_and_changes_nothing) {
    SCOPED_TRACE("rule: cfg-caching-ttl-positive");
    for (const char* wrong :
         {R"({"response_cache_enabled":true,"response_cache_ttl_secs":0})",
          R"({"response_cache_enabled":true,"response_cache_ttl_secs":-1})",
          R"({"response_cache_enabled":true,"response_cache_ttl_secs":1.5})",
          R"({"response_cache_enabled":true,"response_cache_ttl_secs":"300"})",
          R"({"response_cache_ttl_secs":9,"response_cache_enabled":1})", "[]", "{", ""})
        EXPECT_EQ(put("/api/config/caching", wrong).status, 400) << wrong;
    EXPECT_FALSE(of.caching.get().response_cache_enabled);
    EXPECT_EQ(of.caching.get().response_cache_ttl_secs, 300);
    EXPECT_EQ(of.caching.revision(), 0U);
    for (const char* wrong :
         {R"({"enabled":false,"refresh_threshold_secs":-1})",
          R"({"enabled":false,"check_interval_secs":0})", R"({"enabled":"no"})"})
        EXPECT_EQ(put("/api/config/token-refresh", wrong).status, 400) << wrong;
    EXPECT_TRUE(of.token_refresh.get().enabled);
    EXPECT_EQ(of.token_refresh.revision(), 0U);
}

TEST_F(administration, token_refresh_is_told_and_changed_member_by_member) {
    SCOPED_TRACE("rule: cfg-refresh-get");
    SCOPED_TRACE("rule: cfg-refresh-put-returns");
    SCOPED_TRACE("rule: cfg-refresh-put-optional");
    SCOPED_TRACE("rule: cfg-refresh-immediate");
    const std::string path = "/api/config/token-refresh";
    EXPECT_EQ(get(path).body,
              R"({"enabled":true,"refresh_threshold_secs":300,"check_interval_secs":60})");
    std::vector<std::int64_t> told;
    of.token_refresh.on_change(
        [&](const token_refresh_settings& now) { told.push_back(now.check_interval_secs); });
    const std::string changed =
        R"({"enabled":false,"refresh_threshold_secs":0,"check_interval_secs":60})";
    EXPECT_EQ(put(path, R"({"enabled":false,"refresh_threshold_secs":0})").body, changed);
    EXPECT_EQ(put(path, "{}").body, changed);
    EXPECT_EQ(get(path).body, changed);
    EXPECT_EQ(put(path, R"({"check_interval_secs":1})").status, 200);
    EXPECT_EQ(told, (std::vector<std::int64_t>{60, 60, 1}));
}

TEST_F(administration, usage_is_listed_by_what_the_query_says) {
    record("req_1", half_past_ten);
    record("req_2", half_past_ten + std::chrono::seconds(1));
    EXPECT_EQ(get("/usage").json().size(), 2U);
    EXPECT_EQ(get("/usage?limit=1").json()[0]["request_id"], "req_2");
    EXPECT_EQ(get("/usage?limit=5000").json().size(), 2U);
    EXPECT_EQ(get("/usage?api_key=Development%20Key&provider=openai&model=gpt-4o").json().size(),
              2U);
    EXPECT_EQ(get("/usage?model=other").body, "[]");
    EXPECT_EQ(get("/usage/summary?end_time=2024-11-29T10:30:01Z").body,
              R"({"total_requests":1,"total_tokens":3,"total_input_tokens":3,)"
              R"("total_output_tokens":0,"avg_latency_ms":2.0,"by_provider":{"openai":1},)"
              R"("by_model":{"gpt-4o":1},"by_api_key":{"Development Key":1},)"
              R"("success_count":1,"error_count":0})");
}

TEST_F(administration, times_are_those_of_rfc_3339) {
    SCOPED_TRACE("rule: usage-time-format");
    record("req_1", half_past_ten);
    for (const char* from :
         {"2024-11-29T10:30:00Z", "2024-11-29T11:30:00%2B01:00", "2024-11-29T10:29:59.9999Z"})
        EXPECT_EQ(get(std::string("/usage?start_time=") + from).json().size(), 1U) << from;
    for (const char* to : {"2024-11-29T10:30:00Z", "2024-11-29T05:30:00-05:00"})
        EXPECT_EQ(get(std::string("/usage?end_time=") + to).json().size(), 0U) << to;
    for (const char* wrong : {"yesterday", "1732876200", "2024-11-29", "2024-11-29T10:30:00",
                              "2024-13-29T10:30:00Z", "2024-11-29T25:30:00Z", ""})
        for (const char* path : {"/usage?start_time=", "/usage?end_time=",
                                 "/usage/summary?start_time=", "/usage/summary?end_time="})
            EXPECT_EQ(get(std::string(path) + wrong).status, 400) << path << wrong;
}

TEST_F(administration, a_limit_is_a_number_above_0) {
    for (const char* wrong : {"0", "-1", "ten", "1.5", ""})
        EXPECT_EQ(get(std::string("/usage?limit=") + wrong).status, 400) << wrong;
}

TEST_F(administration, requests_in_flight_are_shown) {
    EXPECT_EQ(get("/api/admin/inflight").body, R"({"count":0,"requests":[]})");
    auto one = of.requests.begin("POST", "/v1/chat/completions");
    one.key("Development Key");
    const json::value shown = get("/api/admin/inflight").json();
    EXPECT_EQ(shown["count"], 1);
    EXPECT_EQ(shown["requests"][0]["api_key_name"], "Development Key");
    EXPECT_TRUE(shown["requests"][0]["model"].is_null());
}

}  // namespace administration_tests
}  // namespace
}  // namespace tessera::server::cortex
