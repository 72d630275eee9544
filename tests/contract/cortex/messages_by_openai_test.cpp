// Anthropic's clients, answered by an upstream that speaks OpenAI's dialect.
#include "contract/cortex/translated_gateway.hpp"
#include "tessera/anthropic/accumulator.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace messages_by_openai {

std::string chunk(const std::string& delta, const std::string& finish = "null") {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"gpt-x",
        "choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]}";
}
const std::string whole =
    R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"gpt-x",
    "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"\n",
        "tool_calls":[{"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{\"city\":\"Zürich\"}"}},
                      {"id":"functions.f:1","type":"function","function":{"name":"f","arguments":""}}]}}],
    "usage":{"prompt_tokens":130,"completion_tokens":7,"total_tokens":137,
             "prompt_tokens_details":{"cached_tokens":100}}})";

// Text and the first call in one chunk, the second under the same index, the finish with content,
// and usage in a chunk of its own.
const std::vector<std::string> chunks = {
    chunk(R"({"role":"assistant","content":""})"),
    chunk(R"({"content":"See"})"),
    chunk(R"({"content":".","tool_calls":[{"index":0,"id":"functions.f:0","type":"function",
        "function":{"name":"f","arguments":"{\"city\":\"Zür"}}]})"),
    chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"ich\"}"}}]})"),
    chunk(R"({"tool_calls":[{"index":0,"id":"functions.f:1","type":"function",
        "function":{"name":"f","arguments":"{}"}}]})",
          R"("stop")"),
    R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"gpt-x",
        "choices":[],"usage":{"prompt_tokens":130,"completion_tokens":7,"total_tokens":137,
        "prompt_tokens_details":{"cached_tokens":100}}})"};

anthropic::message streamed(const raw_response& got) {
    anthropic::message_accumulator all;
    std::string before;
    for (const std::string& each : got.events()) {
        const auto event = json::decode_text<anthropic::stream_event>(each).value();
        all.add(event);
        before = anthropic::event_name(event);
        EXPECT_NE(got.body.find("event: " + before + "\ndata: "), std::string::npos);
    }
    EXPECT_EQ(before, "message_stop");
    return all.message();
}

TEST(messages_by_openai, ask_as_openai_is_asked) {
    translated().upstream(answers(whole));
    const auto got = translated().message(R"("system":[{"type":"text","text":"Be brief.",
            "cache_control":{"type":"ephemeral"}}],
        "messages":[{"role":"user","content":"Hi"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},
                {"type":"text","text":""},
                {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}},
                {"type":"tool_use","id":"toolu_2","name":"f","input":{}}]},
            {"role":"user","content":[
                {"type":"tool_result","tool_use_id":"toolu_1","content":[
                    {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
                {"type":"tool_result","tool_use_id":"toolu_2","content":"2"},
                {"type":"text","text":"And?"}]}],
        "tools":[{"name":"f","input_schema":{"type":"object"}}],
        "tool_choice":{"type":"any","disable_parallel_tool_use":true},"stop_sequences":[],"top_k":3)");
    ASSERT_EQ(got.status, 200) << got.body;
    const auto seen = translated().seen();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].head.target, "/v1/chat/completions");
    EXPECT_EQ(seen[0].header("authorization"), "Bearer upstream-key");
    const document asked = read(seen[0].body);
    EXPECT_EQ(asked["model"], "gpt");
    EXPECT_EQ(asked["tool_choice"], "required");
    EXPECT_EQ(asked["parallel_tool_calls"], false);
    EXPECT_FALSE(asked.contains("stop"));
    EXPECT_FALSE(asked.contains("top_k"));
    EXPECT_EQ(asked["messages"], read(R"([{"role":"system","content":"Be brief."},
        {"role":"user","content":"Hi"},
        {"role":"assistant","tool_calls":[
            {"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
            {"id":"toolu_2","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"toolu_1","content":""},
        {"role":"tool","tool_call_id":"toolu_2","content":"2"},
        {"role":"user","content":[{"type":"text","text":"From the result of toolu_1:"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"text","text":"And?"}]}])"));
}

TEST(messages_by_openai, are_answered_whole) {
    translated().upstream(answers(whole));
    document answer;
    const document record = translated().record_of("gpt", [&] {
        const auto got = translated().message("");
        ASSERT_EQ(got.status, 200) << got.body;
        answer = read(got.body);
    });
    EXPECT_EQ(answer["type"], "message");
    EXPECT_EQ(answer["stop_reason"], "tool_use");
    ASSERT_EQ(answer["content"].size(), 2U);
    EXPECT_EQ(answer["content"][0]["input"], read(R"({"city":"Zürich"})"));
    EXPECT_EQ(answer["content"][1]["input"], read("{}"));
    EXPECT_EQ(answer["usage"]["input_tokens"], 30);
    EXPECT_EQ(answer["usage"]["cache_read_input_tokens"], 100);
    EXPECT_EQ(record["input_tokens"], 130);
    EXPECT_EQ(record["output_tokens"], 7);
    EXPECT_EQ(record["endpoint"], "/anthropic/v1/messages");
}

TEST(messages_by_openai, are_streamed_however_the_bytes_come) {
    SCOPED_TRACE("rule: sse-msg-event-line");
    for (const std::size_t piece : {1U, 7U, 100'000U}) {
        translated().upstream(streams(chat_chunks(chunks), piece));
        raw_response got;
        const document record =
            translated().record_of("gpt", [&] { got = translated().message(R"("stream":true)"); });
        EXPECT_EQ(translated().asked()["stream_options"], read(R"({"include_usage":true})"));
        EXPECT_EQ(got.body.find("[DONE]"), std::string::npos);
        const anthropic::message said = streamed(got);
        EXPECT_EQ(said.text(), "See.");
        const auto calls = said.tool_calls();
        ASSERT_EQ(calls.size(), 2U);
        EXPECT_EQ(calls[0].input.members, json::value({{"city", "Zürich"}}));
        EXPECT_EQ(calls[1].input.members, json::value::object());
        EXPECT_NE(calls[0].id, calls[1].id);
        EXPECT_EQ(*said.stop_reason, anthropic::stop_reason::tool_use);
        EXPECT_EQ(said.usage.input_tokens, 30);
        EXPECT_EQ(said.usage.cache_read_input_tokens, 100);
        EXPECT_EQ(said.usage.output_tokens, 7);
        EXPECT_EQ(record["input_tokens"], 130);
        EXPECT_EQ(record["output_tokens"], 7);
        EXPECT_EQ(record["status"], "success");
    }
}

TEST(messages_by_openai, ids_that_the_upstream_gave_come_back_to_it) {
    translated().upstream(answers(whole));
    const document content = read(translated().message("").body)["content"];
    const std::string id = content[0]["id"];
    EXPECT_EQ(id.find_first_of(".:"), std::string::npos);
    EXPECT_LE(id.size(), 40U);
    translated().upstream(answers(whole));
    const document messages = {
        {{"role", "user"}, {"content", "Hi"}},
        {{"role", "assistant"}, {"content", content}},
        {{"role", "user"},
         {"content",
          {{{"type", "tool_result"}, {"tool_use_id", id}, {"content", "1"}},
           {{"type", "tool_result"}, {"tool_use_id", content[1]["id"]}, {"content", "2"}}}}}};
    ASSERT_EQ(translated().message("\"messages\":" + messages.dump()).status, 200);
    const document turns = translated().asked()["messages"];
    EXPECT_EQ(turns[1]["tool_calls"][0]["id"], "functions.f:0");
    EXPECT_EQ(turns[1]["tool_calls"][1]["id"], "functions.f:1");
    EXPECT_EQ(turns[2]["tool_call_id"], "functions.f:0");
    EXPECT_EQ(turns[3]["tool_call_id"], "functions.f:1");
}

TEST(messages_by_openai, end_well_without_the_marker) {
    translated().upstream(streams(chat_chunks(chunks, false)));
    const auto got = translated().message(R"("stream":true)");
    EXPECT_EQ(streamed(got).tool_calls().size(), 2U);
    EXPECT_EQ(streamed(got).usage.output_tokens, 7);
}

TEST(messages_by_openai, end_with_an_error_when_the_upstream_fails_midway) {
    const std::string begun = chat_chunks({chunks[0], chunks[1]}, false);
    for (const std::string& end :
         {std::string(
              R"(data: {"error":{"message":"Overloaded","type":"server_error","code":null}})") +
              "\n\n",
          std::string()}) {
        translated().upstream(streams(begun + end));
        raw_response got;
        const document record =
            translated().record_of("gpt", [&] { got = translated().message(R"("stream":true)"); });
        EXPECT_EQ(got.status, 200);
        const auto data = got.events();
        ASSERT_GT(data.size(), 2U);
        const document last = read(data.back());
        EXPECT_EQ(last["type"], "error") << last;
        EXPECT_EQ(last["error"]["type"], "provider_error");
        EXPECT_NE(got.body.find("event: error\n"), std::string::npos);
        EXPECT_EQ(got.body.find("message_stop"), std::string::npos);
        EXPECT_EQ(record["status"], "error");
    }
}

TEST(messages_by_openai, are_refused_as_the_upstream_refuses) {
    struct refusal {
        int upstream, ours;
        const char* ours_type;
    };
    for (const refusal& each : {refusal{400, 400, "invalid_request_error"},
                                {401, 502, "provider_error"},
                                {404, 404, "model_not_found"},
                                {422, 400, "invalid_request_error"},
                                {429, 429, "rate_limit_error"},
                                {500, 502, "provider_error"}}) {
        translated().upstream(answers(R"({"error":{"message":"because so","type":"x","code":"y"}})",
                                      each.upstream, "retry-after: 7\r\n"));
        for (const char* members : {"", R"("stream":true)"}) {
            const auto got = translated().message(members);
            EXPECT_EQ(got.status, each.ours);
            const document body = read(got.body);
            EXPECT_EQ(body["type"], "error");
            EXPECT_EQ(body["error"]["type"], each.ours_type) << got.body;
            if (each.ours == 429) {
                EXPECT_EQ(got.header("retry-after"), "7");
            }
        }
    }
}

TEST(messages_by_openai, that_openai_cannot_answer_never_reach_it) {
    translated().upstream(answers(whole));
    for (
        const char* members :
        {R"("tools":[{"type":"web_search_20250305","name":"web_search"}])",
         R"("messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}])"}) {
        const auto got = translated().message(members);
        EXPECT_EQ(got.status, 400) << got.body;
        EXPECT_EQ(read(got.body)["error"]["type"], "invalid_request_error");
    }
    EXPECT_TRUE(translated().seen().empty());
}

TEST(messages_by_openai, are_understood_from_services_that_leave_things_out) {
    // No ids, no type, arguments as an object, null for what is not there.
    translated().upstream(
        answers(R"({"id":null,"created":null,"choices":[{"message":{"role":"assistant",
        "content":null,"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},
        "finish_reason":null}],"usage":null})"));
    const auto got = translated().message("");
    ASSERT_EQ(got.status, 200) << got.body;
    const document answer = read(got.body);
    EXPECT_EQ(answer["content"][0]["input"], read(R"({"a":1})"));
    EXPECT_NE(answer["content"][0]["id"], "");
    EXPECT_NE(answer["id"], "");
    EXPECT_EQ(answer["stop_reason"], "tool_use");

    translated().upstream(streams(chat_chunks(
        {R"({"choices":[{"delta":{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}},{"function":{"name":"f","arguments":"{\"a\":2}"}}]}}]})",
         R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"})));
    const anthropic::message said = streamed(translated().message(R"("stream":true)"));
    ASSERT_EQ(said.tool_calls().size(), 2U);
    EXPECT_EQ(said.tool_calls()[1].input.members, json::value({{"a", 2}}));
    EXPECT_EQ(*said.stop_reason, anthropic::stop_reason::tool_use);
}

}  // namespace messages_by_openai
}  // namespace
}  // namespace tessera::contract::gateway_tests
