// Who is let in, to what, how often; and in which form it is told when not.
#include "contract/cortex/gateway.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace access_tests {

struct endpoint {
    std::string method, path;
    json::value body;  // null for none
    std::string group;

    bool is_anthropic() const { return path.starts_with("/anthropic/"); }
};

// Every endpoint whose page shows a key.
const std::vector<endpoint> with_key = {
    {"POST", "/v1/chat/completions", hello, "openai"},
    {"GET", "/v1/models", nullptr, "openai"},
    {"POST", "/v1/embeddings", {{"model", "text-embedding-3-small"}, {"input", "Hi"}}, "openai"},
    {"POST", "/anthropic/v1/messages", with(hello, {{"model", "claude-3-5-sonnet-20241022"}}),
     "anthropic"},
    {"GET", "/anthropic/v1/models", nullptr, "anthropic"},
    {"GET", "/api/admin/inflight", nullptr, "admin"},
    {"GET", "/api/config/caching", nullptr, "config"},
    {"PUT", "/api/config/caching", json::value::object(), "config"},
    {"GET", "/api/config/token-refresh", nullptr, "config"},
    {"PUT", "/api/config/token-refresh", json::value::object(), "config"},
    {"GET", "/usage", nullptr, "usage"},
    {"GET", "/usage/summary", nullptr, "usage"},
};

raw_response ask(gateway& of, const endpoint& what, std::string_view headers) {
    return of.ask(what.method, what.path, what.body.is_null() ? "" : json::encode(what.body),
                  headers);
}

// The error of an answer, whose form is that of its family.
json::value error_of(const raw_response& got, bool anthropic) {
    const json::value body = got.json();
    EXPECT_EQ(got.header("content-type"), "application/json");
    if (anthropic) {
        EXPECT_EQ(body.value("type", ""), "error") << got.body;
    } else {
        EXPECT_TRUE(body.contains("error") && body["error"].contains("code")) << got.body;
    }
    const json::value error = body.value("error", json::value::object());
    EXPECT_FALSE(error.value("message", "").empty()) << got.body;
    return error;
}

cortex_options with_keys(std::vector<gateway_key_settings> more) {
    cortex_options made;
    made.api_keys.insert(made.api_keys.end(), more.begin(), more.end());
    return made;
}

TEST(gateway_access, a_request_without_a_valid_key_is_401_in_its_familys_form) {
    SCOPED_TRACE("rule: auth-required");
    SCOPED_TRACE("rule: auth-config-file");
    SCOPED_TRACE("rule: err-openai-envelope");
    SCOPED_TRACE("rule: err-anthropic-envelope");
    SCOPED_TRACE("rule: emb-auth-error");
    gateway of(with_keys({{.name = "Old Key", .key = "old-key", .enabled = false}}));
    for (const endpoint& each : with_key)
        for (const std::string& headers :
             {std::string(), bearer("wrong"), std::string("x-api-key: wrong\r\n"),
              bearer("old-key"), std::string("authorization: Basic cortex-dev-key-001\r\n"),
              std::string("cookie: key=cortex-dev-key-001\r\nx-forwarded-for: 127.0.0.1\r\n")}) {
            SCOPED_TRACE(each.method + " " + each.path + " with " + headers);
            const raw_response got = ask(of, each, headers);
            EXPECT_EQ(got.status, 401);
            const json::value error = error_of(got, each.is_anthropic());
            EXPECT_EQ(error.value("type", ""), "authentication_error");
            if (!each.is_anthropic()) {
                EXPECT_EQ(error["code"], "invalid_api_key");
            }
        }
}

TEST(gateway_access, either_header_carries_the_key_everywhere) {
    SCOPED_TRACE("rule: auth-bearer");
    SCOPED_TRACE("rule: auth-x-api-key");
    for (const endpoint& each : with_key)
        for (const std::string& headers :
             {key_line, std::string("x-api-key: cortex-dev-key-001\r\n"),
              bearer("wrong") + "x-api-key: cortex-dev-key-001\r\n",
              key_line + "x-api-key: wrong\r\n"}) {
            SCOPED_TRACE(each.method + " " + each.path + " with " + headers);
            EXPECT_EQ(ask(gateway::shared(), each, headers).status, 200);
        }
}

TEST(gateway_access, a_key_opens_the_groups_of_its_list) {
    SCOPED_TRACE("rule: auth-permission");
    const std::vector<std::pair<std::string, server::endpoint_group>> groups = {
        {"openai", server::endpoint_group::openai},
        {"anthropic", server::endpoint_group::anthropic},
        {"admin", server::endpoint_group::admin},
        {"config", server::endpoint_group::config},
        {"usage", server::endpoint_group::usage}};
    std::vector<gateway_key_settings> keys;
    for (const auto& [name, group] : groups) {
        gateway_key_settings& made = keys.emplace_back();
        made.name = made.key = "only-" + name;
        made.endpoints = {{group}};
    }
    gateway of(with_keys(keys));
    for (const endpoint& each : with_key)
        for (const auto& [name, group] : groups) {
            SCOPED_TRACE(each.method + " " + each.path + " by a key for " + name);
            const raw_response got = ask(of, each, bearer("only-" + name));
            if (name == each.group) {
                EXPECT_EQ(got.status, 200);
                continue;
            }
            EXPECT_EQ(got.status, 403);
            EXPECT_EQ(error_of(got, each.is_anthropic()).value("type", ""), "permission_error");
        }
}

TEST(gateway_access, a_key_opens_the_models_and_providers_of_its_lists) {
    SCOPED_TRACE("rule: auth-permission");
    gateway of(
        with_keys({{.name = "Models", .key = "models-key", .models = {{"gpt-4o*"}}},
                   {.name = "Providers", .key = "providers-key", .providers = {{"anthropic"}}}}));
    const std::string claude = "claude-3-5-sonnet-20241022";
    const auto chat = [&](const std::string& model, const std::string& key) {
        const raw_response got =
            of.post("/v1/chat/completions", with(hello, {{"model", model}}), bearer(key));
        if (got.status == 403) {
            EXPECT_EQ(error_type(got), "permission_error");
        }
        return got.status;
    };
    EXPECT_EQ(chat("gpt-4o-mini", "models-key"), 200);
    EXPECT_EQ(chat("openai:gpt-4o", "models-key"), 200);
    EXPECT_EQ(chat(claude, "models-key"), 403);
    EXPECT_EQ(chat(claude, "providers-key"), 200);
    EXPECT_EQ(chat("gpt-4o", "providers-key"), 403);
    EXPECT_EQ(of.post("/anthropic/v1/messages", with(hello, {{"model", "gpt-4o"}}),
                      bearer("providers-key"))
                  .status,
              403);
    // What a key does not open, it does not see.
    const json::value seen = of.get("/v1/models", bearer("models-key")).json();
    EXPECT_FALSE(seen["data"].empty());
    for (const auto& each : seen["data"])
        EXPECT_TRUE(each["id"].get<std::string>().find("gpt-4o") != std::string::npos) << each;
}

TEST(gateway_access, a_key_beyond_its_limit_is_429_and_another_passes) {
    SCOPED_TRACE("rule: auth-rate-limit");
    SCOPED_TRACE("rule: emb-rate-limit");
    for (const endpoint& each : with_key) {
        if (each.group != "openai" && each.group != "anthropic") continue;
        SCOPED_TRACE(each.method + " " + each.path);
        gateway of(with_keys({{.name = "Two", .key = "two-key", .requests_per_minute = 2}}));
        EXPECT_EQ(ask(of, each, bearer("two-key")).status, 200);
        const raw_response second = ask(of, each, bearer("two-key"));
        EXPECT_EQ(second.status, 200);
        EXPECT_EQ(second.header(each.is_anthropic() ? "anthropic-ratelimit-requests-remaining"
                                                    : "x-ratelimit-remaining-requests"),
                  "0");
        const raw_response third = ask(of, each, bearer("two-key"));
        EXPECT_EQ(third.status, 429);
        EXPECT_EQ(error_of(third, each.is_anthropic()).value("type", ""), "rate_limit_error");
        EXPECT_NE(third.header("retry-after"), "(absent)");
        EXPECT_EQ(ask(of, each, key_line).status, 200);
    }
}

TEST(gateway_access, another_method_is_405_and_says_which_there_are) {
    SCOPED_TRACE("rule: http-405-allow");
    const std::vector<std::tuple<std::string, std::string, std::string>> wrong = {
        {"GET", "/v1/chat/completions", "POST"},
        {"POST", "/v1/models", "GET"},
        {"DELETE", "/v1/embeddings", "POST"},
        {"GET", "/anthropic/v1/messages", "POST"},
        {"PUT", "/usage", "GET"},
        {"POST", "/api/admin/inflight", "GET"},
        {"DELETE", "/api/config/caching", "PUT"}};
    for (const auto& [method, path, allowed] : wrong) {
        SCOPED_TRACE(method + " " + path);
        // Before the key is looked at.
        for (const std::string& headers : {key_line, std::string()}) {
            const raw_response got = gateway::shared().ask(method, path, "", headers);
            EXPECT_EQ(got.status, 405);
            EXPECT_NE(got.header("allow").find(allowed), std::string::npos) << got.header("allow");
        }
    }
}

TEST(gateway_access, paths_that_do_not_exist_are_404_in_their_familys_form) {
    const raw_response count = gateway::shared().post("/anthropic/v1/messages/count_tokens", hello,
                                                      "x-api-key: cortex-dev-key-001\r\n");
    EXPECT_EQ(count.status, 404);
    error_of(count, true);
    const raw_response other = gateway::shared().get("/v1/threads");
    EXPECT_EQ(other.status, 404);
    error_of(other, false);
}

// Paths and headers by which some servers are led past their own checks.
TEST(gateway_access, tricks_open_nothing) {
    gateway& of = gateway::shared();
    for (const char* target : {"/cortex//v1/models",
                               "/cortex/./v1/models",
                               "/cortex/v1/../v1/models",
                               "/cortex/v1/models/",
                               "/cortex/v1/models%00",
                               "/cortex/v1/models;x=1",
                               "/cortex/V1/models",
                               "/cortex/v1%2Fmodels",
                               "/cortex/v1/%6dodels",
                               "/cortex/%2e%2e/cortex/v1/models",
                               "/cortex/anthropic/v1/models/../../../usage",
                               "//localhost/cortex/v1/models",
                               "/cortex/usage/%2e%2e/usage",
                               "/cortex/usage?key=1",
                               "/cortex/usage#/_tessera/health",
                               "http://evil.example/cortex/v1/models",
                               "/cortex/api/providers/%2e%2e%2fadmin/models",
                               "/cortex/api/admin/inflight%20",
                               "/_tessera/../cortex/v1/models",
                               "/cerebras/../cortex/usage"}) {
        raw_client client(of.port());
        client.send(head_of("GET", target,
                            "x-forwarded-for: 127.0.0.1\r\nx-real-ip: 127.0.0.1\r\n"
                            "x-original-url: /_tessera/health\r\nx-rewrite-url: /v1/models\r\n"
                            "x-http-method-override: PUT\r\nforwarded: for=127.0.0.1\r\n"));
        const int status = client.receive().status;
        EXPECT_TRUE(status == 400 || status == 401 || status == 404) << target << ": " << status;
    }
}

TEST(gateway_access, headers_of_proxies_change_nothing) {
    gateway& of = gateway::shared();
    const std::string plain = of.get("/api/config/caching").body;
    for (const char* header :
         {"x-forwarded-for: 8.8.8.8", "x-forwarded-host: evil.example", "x-forwarded-proto: https",
          "forwarded: for=8.8.8.8;host=evil.example", "x-http-method-override: DELETE",
          "x-original-url: /usage", "x-rewrite-url: /usage", "content-length: 0",
          "accept: text/event-stream", "accept-encoding: gzip", "expect: nothing-at-all"}) {
        const raw_response got = of.get("/api/config/caching", key_line + header + "\r\n");
        if (got.status == 417) continue;  // what is expected may be refused
        EXPECT_EQ(got.status, 200) << header;
        EXPECT_EQ(got.body, plain) << header;
    }
    // A proxy's form of a target names the same thing.
    raw_client client(of.port());
    client.send(head_of("GET", "http://localhost/cortex/api/config/caching", key_line));
    EXPECT_EQ(client.receive().body, plain);
}

}  // namespace access_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
