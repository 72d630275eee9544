// What models there are, whose they are, and how the gateway shows itself to their providers.
#include <set>

#include "contract/cortex/gateway.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace providers_tests {

std::set<std::string> ids_of(const json::value& list, const std::string& member = "data") {
    std::set<std::string> made;
    for (const auto& each : list.at(member)) made.insert(each.at("id").get<std::string>());
    return made;
}

cortex_options with_names() {
    cortex_options made;
    made.provider_patterns = {{"groq", "groq/"}};
    made.aliases = {{"fast", "openai:gpt-4o-mini"}, {"clever", "claude-3-5-sonnet-20241022"}};
    made.virtual_models["smart"].candidates = {{.model = "openai:gpt-4o"},
                                               {.model = "anthropic:claude-3-5-sonnet-20241022"}};
    for (auto& [name, each] : made.providers)
        if (name == "mistral") each.enabled = false;
    return made;
}

TEST(gateway_models, are_all_that_the_key_may_ask_for) {
    SCOPED_TRACE("rule: models-list-shape");
    gateway of(with_names());
    const json::value list = of.get("/v1/models").json();
    EXPECT_EQ(list["object"], "list");
    for (const auto& each : list["data"]) {
        EXPECT_EQ(each["object"], "model");
        EXPECT_EQ(each["owned_by"], "cortex");
        EXPECT_TRUE(each["created"].is_number_integer());
    }
    const auto ids = ids_of(list);
    EXPECT_EQ(ids.size(), list["data"].size());
    for (const char* each : {"gpt-4o", "claude-3-5-sonnet-20241022", "fast", "clever", "smart"})
        EXPECT_TRUE(ids.contains(each)) << each;
    EXPECT_FALSE(ids.contains("mistral-large-latest"));
}

TEST(gateway_models, of_anthropic_have_its_form) {
    SCOPED_TRACE("rule: amodels-shape");
    gateway of(with_names());
    const json::value list = of.get("/anthropic/v1/models").json();
    EXPECT_FALSE(list.contains("object"));
    EXPECT_EQ(list["has_more"], false);
    ASSERT_FALSE(list["data"].empty());
    EXPECT_EQ(list["first_id"], list["data"].front()["id"]);
    EXPECT_EQ(list["last_id"], list["data"].back()["id"]);
    for (const auto& each : list["data"]) {
        EXPECT_EQ(each["type"], "model");
        EXPECT_FALSE(each["display_name"].get<std::string>().empty());
        EXPECT_EQ(each["created_at"].get<std::string>().back(), 'Z');
    }
    const auto ids = ids_of(list);
    EXPECT_TRUE(ids.contains("claude-3-5-sonnet-20241022"));
    EXPECT_TRUE(ids.contains("clever"));
    EXPECT_FALSE(ids.contains("gpt-4o"));
    EXPECT_FALSE(ids.contains("fast"));
    // Paging is not refused.
    EXPECT_EQ(of.get("/anthropic/v1/models?limit=1&after_id=x").status, 200);
}

TEST(gateway_models, by_alias_are_those_that_it_stands_for) {
    SCOPED_TRACE("rule: model-alias");
    const provider upstream(completion());
    cortex_options how =
        with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o-mini"}));
    how.aliases = {{"fast", "openai:gpt-4o-mini"}};
    gateway of(how);
    EXPECT_EQ(of.post("/v1/chat/completions", with(hello, {{"model", "fast"}})).status, 200);
    EXPECT_EQ(upstream.last()["model"], "gpt-4o-mini");
    EXPECT_EQ(of.post("/anthropic/v1/messages", with(hello, {{"model", "fast"}})).status, 200);
    EXPECT_EQ(upstream.last()["model"], "gpt-4o-mini");
}

TEST(gateway_models, of_any_provider_are_reached_in_either_dialect) {
    SCOPED_TRACE("rule: chat-cross-provider");
    for (const char* model : {"gpt-4o", "claude-3-5-sonnet-20241022", "openai:gpt-4o",
                              "anthropic:claude-3-5-sonnet-20241022"})
        for (const char* path : {"/v1/chat/completions", "/anthropic/v1/messages"}) {
            const raw_response got = gateway::shared().post(path, with(hello, {{"model", model}}));
            EXPECT_EQ(got.status, 200) << path << " " << model << got.body;
            const std::string name = model;
            EXPECT_EQ(got.json()["model"], name.substr(name.find(':') + 1));
        }
}

TEST(gateway_models, that_do_not_exist_are_404) {
    SCOPED_TRACE("rule: err-types");
    for (const char* model : {"gpt-0", "nobody:gpt-4o", "openai:", ":gpt-4o"}) {
        const raw_response chat =
            gateway::shared().post("/v1/chat/completions", with(hello, {{"model", model}}));
        EXPECT_EQ(chat.status, 404) << model;
        EXPECT_EQ(error_type(chat), "invalid_request_error");
        EXPECT_EQ(chat.json()["error"]["code"], "model_not_found");
        const raw_response message =
            gateway::shared().post("/anthropic/v1/messages", with(hello, {{"model", model}}));
        EXPECT_EQ(message.status, 404) << model;
        EXPECT_EQ(error_type(message), "model_not_found");
    }
}

TEST(gateway_models, whose_provider_fails_are_502) {
    SCOPED_TRACE("rule: err-types");
    for (const int status : {401, 403, 500, 503}) {
        const provider upstream({{"error", {{"message", "no"}, {"type", "x"}}}}, status);
        gateway of(with_provider("openai", upstream.settings(provider_type::openai, {"gpt-4o"})));
        for (const char* path : {"/v1/chat/completions", "/anthropic/v1/messages"}) {
            const raw_response got = of.post(path, hello);
            EXPECT_EQ(got.status, 502) << path << " " << status;
            EXPECT_EQ(error_type(got), "provider_error");
        }
    }
}

const json::value offered = {
    {"object", "list"},
    {"data",
     {{{"id", "one"}, {"object", "model"}, {"display_name", "The First"}, {"created", 1}},
      {{"id", "two"}, {"object", "model"}, {"display_name", "The Second"}, {"created", 2}}}}};

TEST(gateway_providers, tell_their_models_with_their_prefix) {
    SCOPED_TRACE("rule: prov-models-prefix");
    SCOPED_TRACE("rule: prov-models-enabled");
    gateway of(with_names());
    const json::value groq = of.get("/api/providers/groq/models").json();
    EXPECT_EQ(groq["provider"], "groq");
    EXPECT_TRUE(ids_of(groq, "models").contains("groq/mixtral-8x7b-32768"));
    EXPECT_EQ(groq["default_model"], "groq/mixtral-8x7b-32768");
    const json::value openai = of.get("/api/providers/openai/models").json();
    EXPECT_TRUE(ids_of(openai, "models").contains("gpt-4o"));
    EXPECT_EQ(openai["default_model"], "gpt-4o");
    for (const json::value* each : {&groq, &openai})
        for (const auto& model : (*each)["models"]) EXPECT_EQ(model["enabled"], true);
    // What is listed can be asked for.
    EXPECT_EQ(
        of.post("/v1/chat/completions", with(hello, {{"model", "groq/mixtral-8x7b-32768"}})).status,
        200);
}

TEST(gateway_providers, name_their_models_themselves) {
    SCOPED_TRACE("rule: prov-models-display-name");
    SCOPED_TRACE("rule: prov-models-default");
    const provider upstream(offered);
    provider_settings settings = upstream.settings(provider_type::custom, {});
    settings.models.reset();
    gateway first(with_provider("mine", settings));
    const json::value told = first.get("/api/providers/mine/models").json();
    ASSERT_EQ(told["models"].size(), 2U) << told;
    EXPECT_EQ(told["models"][0]["id"], "one");
    EXPECT_EQ(told["models"][0]["display_name"], "The First");
    EXPECT_EQ(told["models"][1]["display_name"], "The Second");
    EXPECT_EQ(told["default_model"], "one");
    EXPECT_EQ(upstream.asked().back().head.target, "/v1/models");
    settings.default_model = "two";
    gateway second(with_provider("mine", settings));
    EXPECT_EQ(second.get("/api/providers/mine/models").json()["default_model"], "two");
}

TEST(gateway_providers, that_cannot_be_asked_are_500) {
    SCOPED_TRACE("rule: prov-models-failure");
    SCOPED_TRACE("rule: err-internal");
    const provider upstream(json::value{{"error", {{"message", "no"}}}}, 503);
    provider_settings settings = upstream.settings(provider_type::custom, {});
    settings.models.reset();
    gateway of(with_provider("mine", settings));
    const raw_response got = of.get("/api/providers/mine/models");
    EXPECT_EQ(got.status, 500);
    EXPECT_TRUE(got.json()["error"].contains("code")) << got.body;
}

TEST(gateway_providers, need_a_name_that_is_known) {
    SCOPED_TRACE("rule: prov-models-name-required");
    SCOPED_TRACE("rule: prov-models-unknown");
    SCOPED_TRACE("rule: prov-auth-name-required");
    SCOPED_TRACE("rule: prov-auth-unknown");
    for (const char* what : {"models", "auth"}) {
        const std::string tail = std::string("/") + what;
        const raw_response empty = gateway::shared().get("/api/providers/" + tail);
        EXPECT_EQ(empty.status, 400);
        EXPECT_EQ(error_type(empty), "invalid_request_error");
        for (const char* name : {"nobody", "OpenAI", "openai%20", "..%2fopenai", "openai%2f"})
            EXPECT_EQ(gateway::shared().get(std::string("/api/providers/") + name + tail).status,
                      404)
                << name;
    }
}

TEST(gateway_providers, show_how_the_gateway_shows_itself) {
    SCOPED_TRACE("rule: prov-auth-method");
    SCOPED_TRACE("rule: prov-auth-masked");
    SCOPED_TRACE("rule: prov-auth-index");
    cortex_options how;
    for (auto& [name, each] : how.providers)
        if (name == "openai") each.api_keys = {{"sk-proj-abcdefgh7YZ", "12345678", "123456789"}};
    const auto add = [&](const char* name, server::auth_method method) {
        provider_settings made;
        made.auth = method;
        how.providers.emplace_back(name, made);
    };
    add("by-oauth", server::auth_method::oauth);
    add("by-either", server::auth_method::automatic);
    gateway of(how);
    const raw_response got = of.get("/api/providers/openai/auth");
    const json::value shown = got.json();
    EXPECT_EQ(shown["provider"], "openai");
    EXPECT_EQ(shown["auth_method"], "api_key");
    EXPECT_EQ(shown["api_keys"], (json::value{{{"masked", "sk-p****...****h7YZ"}, {"index", 0}},
                                              {{"masked", "****...****"}, {"index", 1}},
                                              {{"masked", "1234****...****6789"}, {"index", 2}}}));
    for (const char* key : {"sk-proj-abcdefgh7YZ", "12345678\"", "123456789"})
        EXPECT_EQ(got.body.find(key), std::string::npos);
    const json::value oauth = of.get("/api/providers/by-oauth/auth").json();
    EXPECT_EQ(oauth["auth_method"], "oauth");
    EXPECT_FALSE(oauth.contains("api_keys"));
    EXPECT_EQ(of.get("/api/providers/by-either/auth").json()["auth_method"], "auto");
}

TEST(gateway_providers, are_open_to_this_machine_but_not_to_a_wrong_key) {
    for (const char* path : {"/api/providers/openai/models", "/api/providers/openai/auth"}) {
        EXPECT_EQ(gateway::shared().get(path, "").status, 200) << path;
        EXPECT_EQ(gateway::shared().get(path, bearer("wrong")).status, 401) << path;
    }
}

}  // namespace providers_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
