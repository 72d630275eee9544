// Whatever is wrong with a request is 400 and said by name: for every member that the specification
// describes, every way to break what it says.
#include "contract/cortex/gateway.hpp"
#include "contract/specification.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace bad_input_tests {

using specification::value;

/// A body that is wrong in one place, and the name of that place.
struct wrong_body {
    json::value body;
    std::string member;
};

class breaker {
  public:
    breaker() : components_(specification::load_facts("cortex-gateway").at("components")) {}

    /// All ways to break a sound body of the schema of that name, which has all its members.
    std::vector<wrong_body> all(const std::string& schema, const json::value& sound) const {
        std::vector<wrong_body> made;
        for (const auto& [name, given] : components_["schemas"][schema]["properties"].items())
            EXPECT_TRUE(sound.contains(name)) << name << " is not tried";
        add_members(components_["schemas"][schema], sound, [&](json::value wrong, std::string at) {
            made.push_back({std::move(wrong), std::move(at)});
        });
        return made;
    }

  private:
    using receiver = std::function<void(json::value, std::string)>;

    const value& resolved(const value& schema) const {
        if (!schema.contains("$ref")) return schema;
        const std::string name = schema["$ref"];
        return components_["schemas"][name.substr(name.rfind('/') + 1)];
    }

    void add_members(const value& schema, const json::value& sound, const receiver& to) const {
        for (const auto& name : schema.value("required", value::array()))
            to(without(sound, name.get<std::string>()), name);
        const value properties = schema.value("properties", value::object());
        for (const auto& [name, given] : properties.items()) {
            if (!sound.contains(name)) continue;
            const auto put = [&, member = name](json::value wrong, std::string at) {
                json::value body = sound;
                body[member] = std::move(wrong);
                to(std::move(body), at.empty() ? member : std::move(at));
            };
            add_values(resolved(given), sound[name], put);
        }
    }

    // Values that are none of this schema, and sound ones that are broken further inside.
    void add_values(const value& schema, const json::value& sound, const receiver& to) const {
        for (const json::value& other : {json::value(true), json::value(17), json::value("text"),
                                         json::value::object(), json::value::array({true})})
            if (!has_type(schema, other)) to(other, {});
        if (schema.contains("enum") || schema.contains("const")) to("no such word", {});
        if (schema.contains("minimum")) {
            to(schema["minimum"].get<double>() - 1, {});
            if (schema.value("type", "") == "integer") {
                to(schema["minimum"].get<std::int64_t>() - 1, {});
                to(schema["minimum"].get<double>() + 0.5, {});
            }
        }
        if (schema.contains("maximum")) to(schema["maximum"].get<double>() + 0.5, {});
        if (schema.value("minLength", 0) > 0) to("", {});
        if (schema.value("minItems", 0) > 0) to(json::value::array(), {});
        if (!sound.is_object() && !sound.is_array()) return;
        if (schema.contains("oneOf")) {
            for (const auto& each : schema["oneOf"])
                if (has_type(resolved(each), sound)) add_inner(resolved(each), sound, to);
        } else {
            add_inner(schema, sound, to);
        }
    }

    void add_inner(const value& schema, const json::value& sound, const receiver& to) const {
        if (sound.is_object()) add_members(schema, sound, to);
        if (sound.is_array() && schema.contains("items")) {
            for (std::size_t i = 0; i < sound.size(); ++i) {
                const auto put = [&](json::value wrong, std::string at) {
                    json::value list = sound;
                    list[i] = std::move(wrong);
                    to(std::move(list), std::move(at));
                };
                add_values(resolved(schema["items"]), sound[i], put);
            }
        }
    }

    // Whether a value of that kind may be of the schema.
    bool has_type(const value& schema, const json::value& of) const {
        if (schema.contains("oneOf")) {
            for (const auto& each : schema["oneOf"])
                if (has_type(resolved(each), of)) return true;
            return false;
        }
        if (schema.contains("const")) return of.is_string();
        if (!schema.contains("type")) return true;
        const auto is = [&](const std::string& type) {
            return type == "string"    ? of.is_string()
                   : type == "integer" ? of.is_number_integer()
                   : type == "number"  ? of.is_number()
                   : type == "boolean" ? of.is_boolean()
                   : type == "object"  ? of.is_object()
                   : type == "array"   ? of.is_array() && has_items(schema, of)
                                       : of.is_null();
        };
        if (schema["type"].is_string()) return is(schema["type"]);
        for (const auto& each : schema["type"])
            if (is(each)) return true;
        return false;
    }
    bool has_items(const value& schema, const json::value& of) const {
        return !schema.contains("items") || has_type(resolved(schema["items"]), of.at(0));
    }

    value components_;
};

struct operation {
    std::string method, path, schema, sound;
};

// Bodies that have everything.
const std::vector<operation> operations = {
    {"POST", "/v1/chat/completions", "ChatCompletionRequest", R"({
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "me", "content": [{"type": "text", "text": "The weather?"}]},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function",
                 "function": {"name": "get_weather", "arguments": "{\"city\": \"Paris\"}"}}]},
            {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}],
        "max_tokens": 3, "temperature": 1.5, "stream": false,
        "stream_options": {"include_usage": true},
        "tools": [{"type": "function", "function": {
            "name": "get_weather", "description": "In a city", "parameters": {"type": "object"}}}],
        "tool_choice": "auto"})"},
    {"POST", "/v1/embeddings", "EmbeddingRequest", R"({
        "model": "text-embedding-3-small", "input": "Hi", "encoding_format": "float",
        "dimensions": 4, "user": "me"})"},
    {"POST", "/anthropic/v1/messages", "AnthropicMessageRequest", R"({
        "model": "claude-3-5-sonnet-20241022",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "The weather?"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "toolu_1", "name": "get_weather",
                 "input": {"city": "Paris"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": false,
                 "content": "Sunny"}]}],
        "max_tokens": 3, "temperature": 1, "stream": false,
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [{"name": "get_weather", "description": "In a city",
                   "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto"},
        "metadata": {}})"},
    {"PUT", "/api/config/caching", "CachingConfigUpdate", R"({
        "auto_inject_anthropic_cache_control": false, "response_cache_enabled": false,
        "response_cache_ttl_secs": 300})"},
    {"PUT", "/api/config/token-refresh", "TokenRefreshConfigUpdate", R"({
        "enabled": true, "refresh_threshold_secs": 300, "check_interval_secs": 60})"},
};

raw_response ask(const operation& of, const std::string& body) {
    return gateway::bundled().ask(of.method, of.path, body);
}

void expect_refused(const raw_response& got, const std::string& body) {
    EXPECT_EQ(got.status, 400) << body << "\n" << got.body;
    if (got.status == 400) {
        EXPECT_EQ(error_type(got), "invalid_request_error") << got.body;
    }
}

TEST(gateway_bad_input, in_any_member_is_400_and_named) {
    SCOPED_TRACE("rule: err-bad-body");
    const breaker broken;
    for (const operation& each : operations) {
        SCOPED_TRACE(each.path);
        const json::value sound = json::parse(each.sound).value();
        const raw_response accepted = ask(each, each.sound);
        EXPECT_EQ(accepted.status, 200) << accepted.body;
        const std::vector<wrong_body> all = broken.all(each.schema, sound);
        EXPECT_GT(all.size(), 2 * sound.size());
        for (const wrong_body& wrong : all) {
            const raw_response got = ask(each, json::encode(wrong.body));
            expect_refused(got, json::encode(wrong.body));
            if (got.status == 400) {
                EXPECT_NE(got.body.find(wrong.member), std::string::npos)
                    << wrong.member << " is not named: " << got.body;
            }
        }
    }
}

TEST(gateway_bad_input, that_is_no_json_is_400) {
    SCOPED_TRACE("rule: err-bad-body");
    for (const operation& each : operations)
        for (const std::string& body :
             {std::string(), std::string("{"), std::string("null"), std::string("[]"),
              std::string("\"text\""), std::string("{\"model\": \"gpt-4o\",}"),
              std::string("\xff\xfe"), std::string("{\"model\": \"\xc3\x28\"}"),
              std::string(100'000, '['), "{\"model\": " + std::string(400, '9') + "e999999}"}) {
            const raw_response got = ask(each, body);
            expect_refused(got, body.substr(0, 100));
        }
}

TEST(gateway_bad_input, in_a_query_is_400) {
    for (const char* target :
         {"/usage?limit=0", "/usage?limit=x", "/usage?start_time=now", "/usage?end_time=1",
          "/usage/summary?start_time=now", "/usage/summary?end_time=2024-11-29"}) {
        const raw_response got = gateway::shared().get(target);
        expect_refused(got, target);
    }
}

TEST(gateway_bad_input, temperatures_have_their_ranges) {
    SCOPED_TRACE("rule: msg-temperature");
    const auto status = [](const char* path, double temperature) {
        return gateway::shared().post(path, with(hello, {{"temperature", temperature}})).status;
    };
    EXPECT_EQ(status("/v1/chat/completions", 0), 200);
    EXPECT_EQ(status("/v1/chat/completions", 2), 200);
    EXPECT_EQ(status("/v1/chat/completions", 2.01), 400);
    EXPECT_EQ(status("/anthropic/v1/messages", 0), 200);
    EXPECT_EQ(status("/anthropic/v1/messages", 1), 200);
    EXPECT_EQ(status("/anthropic/v1/messages", 1.01), 400);
    EXPECT_EQ(status("/anthropic/v1/messages", -0.01), 400);
}

TEST(gateway_bad_input, messages_without_max_tokens_are_400) {
    SCOPED_TRACE("rule: msg-max-tokens-required");
    const raw_response got =
        gateway::shared().post("/anthropic/v1/messages", without(hello, "max_tokens"));
    expect_refused(got, "without max_tokens");
    EXPECT_NE(got.body.find("max_tokens"), std::string::npos) << got.body;
    EXPECT_EQ(gateway::shared()
                  .post("/v1/chat/completions",
                        with(without(hello, "max_tokens"), {{"max_completion_tokens", 2}}))
                  .status,
              200);
}

}  // namespace bad_input_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
