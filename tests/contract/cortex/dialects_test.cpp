// Chats and messages of the local engine, and their streams, as the two dialects have them.
#include <set>

#include "contract/cortex/gateway.hpp"
#include "contract/specification.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace dialects_tests {

using specification::value;  // the order of members means nothing

const char* const claude = "claude-3-5-sonnet-20241022";
const json::value capital = {
    {"model", "gpt-4o"},
    {"messages", {{{"role", "user"}, {"content", "What is the capital of France?"}}}},
    {"max_tokens", 60},
    {"temperature", 0}};
const json::value city = {{"type", "object"},
                          {"properties", {{"city", {{"type", "string"}}}}},
                          {"required", {"city"}},
                          {"additionalProperties", false}};
const json::value chat_tools = {
    {{"type", "function"},
     {"function",
      {{"name", "get_weather"}, {"description", "The weather in a city"}, {"parameters", city}}}}};
const json::value message_tools = {
    {{"name", "get_weather"}, {"description", "The weather in a city"}, {"input_schema", city}}};

// Asks for the weather, and has to call the tool.
json::value calling(bool anthropic) {
    json::value made = with(
        capital, {{"messages", {{{"role", "user"}, {"content", "What is the weather in Paris?"}}}},
                  {"max_tokens", 400},
                  {"tools", anthropic ? message_tools : chat_tools}});
    if (anthropic)
        made["tool_choice"] = {{"type", "tool"}, {"name", "get_weather"}};
    else
        made["tool_choice"] = {{"type", "function"}, {"function", {{"name", "get_weather"}}}};
    return made;
}

raw_response chat(const json::value& body) {
    raw_response got = gateway::bundled().post("/v1/chat/completions", body);
    EXPECT_EQ(got.status, 200) << got.body;
    return got;
}
raw_response messages(const json::value& body) {
    raw_response got = gateway::bundled().post("/anthropic/v1/messages", body);
    EXPECT_EQ(got.status, 200) << got.body;
    return got;
}

// Both providers answer in both dialects: one as it is, the other translated.
const std::vector<std::string> models = {"gpt-4o", claude};

// Both vendors are elsewhere.
cortex_options with_both(const provider& openai, const provider& anthropic) {
    cortex_options how =
        with_provider("openai", openai.settings(provider_type::openai, {"gpt-4o"}));
    std::erase_if(how.providers, [](const auto& each) { return each.first == "anthropic"; });
    how.providers.emplace_back("anthropic", anthropic.settings(provider_type::anthropic, {claude}));
    return how;
}

TEST(gateway_chat, is_one_object_unless_a_stream_is_asked_for) {
    SCOPED_TRACE("rule: chat-stream");
    SCOPED_TRACE("rule: chat-usage-sum");
    SCOPED_TRACE("rule: sse-content-type");
    for (const std::string& model : models) {
        const json::value asked = with(capital, {{"model", model}});
        for (const json::value& body : {asked, with(asked, {{"stream", false}})}) {
            const json::value got = chat(body).json();
            EXPECT_EQ(got["object"], "chat.completion");
            EXPECT_EQ(got["choices"][0]["message"]["role"], "assistant");
            EXPECT_NE(got["choices"][0]["message"]["content"].get<std::string>().find("Paris"),
                      std::string::npos)
                << got;
            EXPECT_EQ(got["choices"][0]["finish_reason"], "stop");
            const json::value& usage = got["usage"];
            EXPECT_GT(usage["completion_tokens"], 0);
            EXPECT_EQ(usage["total_tokens"].get<int>(),
                      usage["prompt_tokens"].get<int>() + usage["completion_tokens"].get<int>());
        }
        EXPECT_TRUE(chat(with(asked, {{"stream", true}}))
                        .header("content-type")
                        .starts_with("text/event-stream"));
    }
}

TEST(gateway_chat, that_is_cut_off_says_so) {
    SCOPED_TRACE("rule: chat-length");
    for (const std::string& model : models)
        EXPECT_EQ(chat(with(capital, {{"model", model}, {"max_tokens", 1}}))
                      .json()["choices"][0]["finish_reason"],
                  "length");
}

TEST(gateway_chat, ends_with_the_calls_of_the_model) {
    SCOPED_TRACE("rule: chat-tools");
    SCOPED_TRACE("rule: chat-tool-choice");
    for (const std::string& model : models) {
        const json::value asked = with(calling(false), {{"model", model}});
        const json::value choice = chat(asked).json()["choices"][0];
        EXPECT_EQ(choice["finish_reason"], "tool_calls");
        const json::value& call = choice["message"].at("tool_calls").at(0);
        EXPECT_EQ(call["type"], "function");
        EXPECT_EQ(call["function"]["name"], "get_weather");
        const auto arguments = json::parse(call["function"]["arguments"].get<std::string>());
        ASSERT_TRUE(arguments);
        EXPECT_TRUE((*arguments)["city"].is_string());
        // Left to the model, it calls; forbidden to, it does not.
        const json::value left = chat(with(asked, {{"tool_choice", "auto"}})).json()["choices"][0];
        EXPECT_EQ(left["finish_reason"], "tool_calls") << left;
        const json::value none =
            chat(with(asked, {{"tool_choice", "none"}, {"max_tokens", 30}})).json()["choices"][0];
        EXPECT_TRUE(member(none["message"], "tool_calls").empty()) << none;
        EXPECT_NE(none["finish_reason"], "tool_calls");
    }
}

TEST(gateway_chat, hands_tools_to_the_provider) {
    SCOPED_TRACE("rule: chat-tools");
    SCOPED_TRACE("rule: chat-tool-choice");
    const provider openai(completion());
    const provider anthropic(message());
    gateway of(with_both(openai, anthropic));
    EXPECT_EQ(of.post("/v1/chat/completions", calling(false)).status, 200);
    EXPECT_EQ(value(openai.last()["tools"]), value(chat_tools));
    EXPECT_EQ(openai.last()["tool_choice"], calling(false)["tool_choice"]);
    EXPECT_EQ(of.post("/v1/chat/completions", with(calling(false), {{"model", claude}})).status,
              200);
    EXPECT_EQ(value(anthropic.last()["tools"]), value(message_tools));
    EXPECT_EQ(anthropic.last()["tool_choice"], calling(true)["tool_choice"]);
}

// The chunks of a chat, after what all of them have in common was looked at.
std::vector<json::value> chunks_of(const json::value& asked) {
    const std::vector<json::value> all = chat(with(asked, {{"stream", true}})).chunks();
    EXPECT_FALSE(all.empty());
    for (const json::value& each : all) {
        EXPECT_EQ(each["object"], "chat.completion.chunk");
        for (const char* same : {"id", "created", "model"}) EXPECT_EQ(each[same], all[0][same]);
    }
    return all;
}

TEST(gateway_chat, in_a_stream_begins_with_the_role_and_ends_with_the_reason) {
    SCOPED_TRACE("rule: sse-chat-done");
    SCOPED_TRACE("rule: sse-chat-shape");
    for (const std::string& model : models) {
        const json::value asked = with(capital, {{"model", model}});
        const raw_response got = chat(with(asked, {{"stream", true}}));
        EXPECT_TRUE(got.body.ends_with("data: [DONE]\n\n")) << got.body;
        const auto all = chunks_of(asked);
        EXPECT_EQ(all.front()["choices"][0]["delta"]["role"], "assistant");
        std::string text;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const json::value& choice = all[i]["choices"].at(0);
            EXPECT_EQ(choice["index"], 0);
            const json::value content = member(choice["delta"], "content");
            if (content.is_string()) text += content.get<std::string>();
            EXPECT_EQ(member(choice, "finish_reason"),
                      i + 1 == all.size() ? json::value("stop") : json::value(nullptr));
        }
        EXPECT_EQ(json::value(text), chat(asked).json()["choices"][0]["message"]["content"]);
    }
}

TEST(gateway_chat, in_a_stream_tells_its_usage_where_that_is_asked_for) {
    SCOPED_TRACE("rule: sse-chat-usage");
    for (const std::string& model : models) {
        const json::value asked = with(capital, {{"model", model}});
        const auto all = chunks_of(with(asked, {{"stream_options", {{"include_usage", true}}}}));
        EXPECT_TRUE(all.back()["choices"].empty());
        EXPECT_EQ(all.back()["usage"]["total_tokens"], chat(asked).json()["usage"]["total_tokens"]);
        for (std::size_t i = 0; i + 1 < all.size(); ++i) EXPECT_EQ(all[i]["choices"].size(), 1U);
        for (const json::value& each : chunks_of(asked)) EXPECT_EQ(each["choices"].size(), 1U);
    }
}

TEST(gateway_chat, in_a_stream_tells_calls_piece_by_piece) {
    SCOPED_TRACE("rule: sse-chat-tools");
    for (const std::string& model : models) {
        std::string id, name, arguments;
        const auto all = chunks_of(with(calling(false), {{"model", model}}));
        for (const json::value& each : all) {
            const json::value calls = member(each["choices"][0]["delta"], "tool_calls");
            for (const auto& call : calls) {
                EXPECT_EQ(call["index"], 0);
                id += call.value("id", "");
                const json::value function = call.value("function", json::value::object());
                name += function.value("name", "");
                arguments += function.value("arguments", "");
            }
        }
        EXPECT_EQ(name, "get_weather");
        EXPECT_FALSE(id.empty());
        EXPECT_TRUE(json::parse(arguments)) << arguments;
        EXPECT_EQ(all.back()["choices"][0]["finish_reason"], "tool_calls");
    }
}

TEST(gateway_messages, are_one_object_unless_a_stream_is_asked_for) {
    SCOPED_TRACE("rule: msg-stream");
    SCOPED_TRACE("rule: msg-content-types");
    for (const std::string& model : models) {
        const json::value asked = with(capital, {{"model", model}});
        for (const json::value& body : {asked, with(asked, {{"stream", false}})}) {
            const json::value got = messages(body).json();
            EXPECT_EQ(got["type"], "message");
            EXPECT_EQ(got["role"], "assistant");
            ASSERT_EQ(got["content"].size(), 1U);
            EXPECT_EQ(got["content"][0]["type"], "text");
            EXPECT_NE(got["content"][0]["text"].get<std::string>().find("Paris"),
                      std::string::npos);
            EXPECT_EQ(got["stop_reason"], "end_turn");
            EXPECT_GT(got["usage"]["input_tokens"], 0);
        }
        EXPECT_EQ(messages(with(asked, {{"max_tokens", 1}})).json()["stop_reason"], "max_tokens");
        const json::value called = messages(with(calling(true), {{"model", model}})).json();
        EXPECT_EQ(called["stop_reason"], "tool_use");
        const json::value& block = called["content"].back();
        EXPECT_EQ(block["type"], "tool_use");
        EXPECT_EQ(block["name"], "get_weather");
        EXPECT_TRUE(block["input"]["city"].is_string()) << called;
        EXPECT_TRUE(messages(with(asked, {{"stream", true}}))
                        .header("content-type")
                        .starts_with("text/event-stream"));
    }
}

TEST(gateway_messages, have_a_system_prompt) {
    SCOPED_TRACE("rule: msg-system");
    const provider openai(completion());
    const provider anthropic(message());
    gateway of(with_both(openai, anthropic));
    const json::value blocks = {{{"type", "text"}, {"text", "Be brief."}}};
    for (const json::value& system : {json::value("Be brief."), blocks}) {
        const json::value asked = with(capital, {{"system", system}});
        EXPECT_EQ(of.post("/anthropic/v1/messages", with(asked, {{"model", claude}})).status, 200);
        EXPECT_EQ(anthropic.last()["system"], system);
        EXPECT_EQ(of.post("/anthropic/v1/messages", asked).status, 200);
        const json::value first = openai.last()["messages"][0];
        EXPECT_EQ(first["role"], "system");
        EXPECT_NE(json::encode(first["content"]).find("Be brief."), std::string::npos);
    }
}

struct event {
    std::string type;
    json::value data;
};

// The events of a stream, whose lines `event:` say what their data say, too.
std::vector<event> events_of(const json::value& asked) {
    const raw_response got = messages(with(asked, {{"stream", true}}));
    std::vector<event> all;
    http::sse_reader reader;
    for (std::string_view rest = got.body;;) {
        const auto step = reader.next(rest);
        rest.remove_prefix(step.consumed);
        if (step.kind != http::sse_reader::step::event) break;
        const auto data = json::parse(reader.event().data);
        EXPECT_TRUE(data) << reader.event().data;
        if (!data) break;
        EXPECT_EQ((*data)["type"].get<std::string>(), reader.event().type);
        if (reader.event().type != "ping") all.push_back({reader.event().type, *data});
    }
    EXPECT_EQ(got.body.find("[DONE]"), std::string::npos);
    return all;
}

// Those that the model had from an earlier request included.
int input_tokens(const json::value& usage) {
    int all = 0;
    for (const char* part :
         {"input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"})
        if (const json::value given = member(usage, part); given.is_number())
            all += given.get<int>();
    return all;
}

TEST(gateway_messages, in_a_stream_are_blocks_one_after_the_other) {
    SCOPED_TRACE("rule: sse-msg-order");
    SCOPED_TRACE("rule: sse-msg-event-line");
    SCOPED_TRACE("rule: sse-msg-index");
    SCOPED_TRACE("rule: sse-msg-usage");
    for (const std::string& model : models)
        for (const json::value& body : {capital, calling(true)}) {
            const json::value asked = with(body, {{"model", model}});
            const auto all = events_of(asked);
            ASSERT_GE(all.size(), 6U);
            EXPECT_EQ(all.front().type, "message_start");
            EXPECT_EQ(all[all.size() - 2].type, "message_delta");
            EXPECT_EQ(all.back().type, "message_stop");
            int open = -1, next = 0;
            for (std::size_t i = 1; i + 2 < all.size(); ++i) {
                const int index = all[i].data["index"];
                if (all[i].type == "content_block_start") {
                    EXPECT_EQ(open, -1);
                    EXPECT_EQ(index, next++);
                    open = index;
                } else {
                    EXPECT_EQ(index, open);
                    if (all[i].type == "content_block_stop")
                        open = -1;
                    else
                        EXPECT_EQ(all[i].type, "content_block_delta");
                }
            }
            EXPECT_EQ(open, -1);
            const json::value whole = messages(asked).json();
            EXPECT_EQ(next, whole["content"].size());
            const json::value& delta = all[all.size() - 2].data;
            EXPECT_EQ(delta["delta"]["stop_reason"], whole["stop_reason"]);
            EXPECT_EQ(delta["usage"]["output_tokens"], whole["usage"]["output_tokens"]);
            // What an OpenAI provider does not say at the start is said at the end.
            const json::value& start = all.front().data["message"]["usage"];
            EXPECT_EQ(input_tokens(model == claude ? start : delta["usage"]),
                      input_tokens(whole["usage"]));
        }
}

TEST(gateway_messages, in_a_stream_tell_a_calls_input_piece_by_piece) {
    SCOPED_TRACE("rule: sse-msg-tool-json");
    for (const std::string& model : models) {
        std::string input;
        bool begun = false;
        for (const event& each : events_of(with(calling(true), {{"model", model}}))) {
            if (each.type == "content_block_start" &&
                each.data["content_block"]["type"] == "tool_use") {
                begun = true;
                EXPECT_EQ(each.data["content_block"]["input"], json::value::object());
                EXPECT_EQ(each.data["content_block"]["name"], "get_weather");
            }
            if (each.type == "content_block_delta" &&
                each.data["delta"]["type"] == "input_json_delta")
                input += each.data["delta"]["partial_json"].get<std::string>();
        }
        EXPECT_TRUE(begun);
        const auto read = json::parse(input);
        ASSERT_TRUE(read) << input;
        EXPECT_TRUE((*read)["city"].is_string());
    }
}

}  // namespace dialects_tests
}  // namespace
}  // namespace tessera::contract::gateway_tests
