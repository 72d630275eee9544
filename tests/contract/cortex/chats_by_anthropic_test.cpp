// OpenAI's clients, answered by an upstream that speaks Anthropic's dialect.
#include "contract/cortex/translated_gateway.hpp"
#include "tessera/openai/chat.hpp"
#include "tessera/openai/chat_accumulator.hpp"

namespace tessera::contract::gateway_tests {
namespace {
namespace chats_by_anthropic {

const std::string whole = R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-3",
    "content":[{"type":"thinking","thinking":"Hm.","signature":"Eq="},{"type":"text","text":"See."},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"city":"Zürich"}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":10,
        "cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":7}})";

const std::vector<std::string> events = {
    R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-3",
        "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,
        "cache_read_input_tokens":100,"cache_creation_input_tokens":20,"output_tokens":0}}})",
    R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
    R"({"type":"ping"})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}})",
    R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq="}})",
    R"({"type":"content_block_stop","index":0})",
    R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
    R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"See."}})",
    R"({"type":"novelty","of":[1]})",
    R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}})",
    R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Zür"}})",
    R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"ich\"}"}})",
    R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":7}})",
    R"({"type":"message_stop"})"};

TEST(chats_by_anthropic, ask_as_anthropic_is_asked) {
    translated().upstream(answers(whole));
    const auto got = translated().chat(R"("messages":[{"role":"system","content":"Be brief."},
        {"role":"user","content":[{"type":"text","text":"What?"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
        {"role":"assistant","content":"","tool_calls":[
            {"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}},
            {"id":"functions.f:1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
        {"role":"tool","tool_call_id":"functions.f:0","content":"1"},
        {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.b/c.png"}}]},
        {"role":"tool","tool_call_id":"functions.f:1","content":"2"}],
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
        "tool_choice":"none","parallel_tool_calls":false,"temperature":1.5,"stop":"","seed":5)");
    ASSERT_EQ(got.status, 200) << got.body;
    const auto seen = translated().seen();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].head.target, "/v1/messages");
    EXPECT_EQ(seen[0].header("x-api-key"), "upstream-key");
    EXPECT_EQ(seen[0].header("anthropic-version"), "2023-06-01");
    const document asked = read(seen[0].body);
    EXPECT_EQ(asked["model"], "claude");
    EXPECT_EQ(asked["system"], "Be brief.");
    EXPECT_EQ(asked["max_tokens"], 4096);
    EXPECT_EQ(asked["temperature"], 1);
    EXPECT_EQ(asked["tool_choice"], read(R"({"type":"none"})"));
    EXPECT_FALSE(asked.contains("stop_sequences"));
    EXPECT_FALSE(asked.contains("seed"));
    const document& turns = asked["messages"];
    ASSERT_EQ(turns.size(), 3U);
    EXPECT_EQ(turns[0]["content"][1]["source"],
              read(R"({"type":"base64","media_type":"image/png","data":"AAAA"})"));
    const document &calls = turns[1]["content"], &results = turns[2]["content"];
    ASSERT_EQ(calls.size(), 2U);
    ASSERT_EQ(results.size(), 3U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(calls[i]["type"], "tool_use");
        EXPECT_EQ(results[i]["type"], "tool_result");
        EXPECT_EQ(results[i]["tool_use_id"], calls[i]["id"]);
        EXPECT_EQ(calls[i]["id"].get<std::string>().find_first_of(".:"), std::string::npos);
    }
    EXPECT_EQ(results[2]["type"], "image");
}

TEST(chats_by_anthropic, are_answered_whole) {
    SCOPED_TRACE("rule: chat-usage-sum");
    translated().upstream(answers(whole));
    document answer;
    const document record = translated().record_of("claude", [&] {
        const auto got = translated().chat("");
        ASSERT_EQ(got.status, 200) << got.body;
        answer = read(got.body);
    });
    const document& choice = answer["choices"][0];
    EXPECT_EQ(answer["object"], "chat.completion");
    EXPECT_EQ(choice["finish_reason"], "tool_calls");
    EXPECT_EQ(choice["message"]["content"], "See.");
    EXPECT_EQ(choice["message"]["tool_calls"], read(R"([{"id":"toolu_1","type":"function",
        "function":{"name":"f","arguments":"{\"city\":\"Zürich\"}"}}])"));
    EXPECT_EQ(choice["message"]["thinking_blocks"][0]["signature"], "Eq=");
    EXPECT_EQ(answer["usage"]["prompt_tokens"], 130);
    EXPECT_EQ(answer["usage"]["prompt_tokens_details"]["cached_tokens"], 100);
    EXPECT_EQ(answer["usage"]["total_tokens"], 137);
    EXPECT_EQ(record["input_tokens"], 130);
    EXPECT_EQ(record["output_tokens"], 7);
    EXPECT_EQ(record["status"], "success");
    EXPECT_EQ(record["provider"], "anthropic");
}

TEST(chats_by_anthropic, are_streamed_however_the_bytes_come) {
    SCOPED_TRACE("rule: sse-chat-done");
    for (const std::size_t piece : {1U, 7U, 100'000U}) {
        translated().upstream(streams(message_events(events), piece));
        raw_response got;
        const document record = translated().record_of("claude", [&] {
            got = translated().chat(R"("stream":true,"stream_options":{"include_usage":true})");
        });
        EXPECT_EQ(translated().asked()["stream"], true);
        openai::chat_accumulator<openai::chat_response, openai::chat_chunk> all;
        const auto chunks = got.chunks();
        ASSERT_FALSE(chunks.empty());
        for (const json::value& each : chunks)
            all.add(json::decode<openai::chat_chunk>(each).value());
        const openai::chat_response said = all.response();
        ASSERT_EQ(said.choices.size(), 1U);
        EXPECT_EQ(said.text(), "See.");
        EXPECT_EQ(said.choices[0].finish_reason, openai::finish_reason::tool_calls);
        ASSERT_TRUE(said.choices[0].message.tool_calls);
        const auto& calls = *said.choices[0].message.tool_calls;
        ASSERT_EQ(calls.size(), 1U);
        EXPECT_EQ(calls[0].id, "toolu_1");
        EXPECT_EQ(calls[0].function.arguments, R"({"city":"Zürich"})");
        EXPECT_EQ(chunks.back()["choices"], json::value::array());
        EXPECT_EQ(said.usage->prompt_tokens, 130);
        EXPECT_EQ(said.usage->prompt_tokens_details->cached_tokens, 100);
        EXPECT_EQ(record["input_tokens"], 130);
        EXPECT_EQ(record["output_tokens"], 7);
    }
}

TEST(chats_by_anthropic, tell_usage_only_to_who_asks) {
    translated().upstream(streams(message_events(events)));
    for (const json::value& each : translated().chat(R"("stream":true)").chunks()) {
        EXPECT_FALSE(each["choices"].empty());
        EXPECT_FALSE(each.contains("usage"));
    }
}

TEST(chats_by_anthropic, end_without_their_marker_when_the_upstream_fails_midway) {
    auto begun = events;
    begun.resize(8);
    begun.push_back(
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
    translated().upstream(streams(message_events(begun)));
    raw_response got;
    const document record =
        translated().record_of("claude", [&] { got = translated().chat(R"("stream":true)"); });
    EXPECT_EQ(got.status, 200);
    const auto data = got.events();
    ASSERT_GT(data.size(), 2U);
    const document last = read(data.back());
    EXPECT_EQ(last["error"]["type"], "provider_error");
    EXPECT_NE(last["error"]["message"].get<std::string>().find("Overloaded"), std::string::npos);
    EXPECT_EQ(record["status"], "error");
    EXPECT_EQ(record["error_code"], "overloaded_error");
    EXPECT_EQ(record["input_tokens"], 130);
}

TEST(chats_by_anthropic, that_break_off_are_errors) {
    auto begun = events;
    begun.resize(8);
    translated().upstream(streams(message_events(begun)));
    const auto data = translated().chat(R"("stream":true)").events();
    ASSERT_FALSE(data.empty());
    EXPECT_EQ(read(data.back())["error"]["type"], "provider_error");
}

TEST(chats_by_anthropic, are_refused_as_the_upstream_refuses) {
    struct refusal {
        int upstream, ours;
        const char *type, *ours_type;
    };
    for (const refusal& each : {refusal{400, 400, "invalid_request_error", "invalid_request_error"},
                                {401, 502, "authentication_error", "provider_error"},
                                {404, 404, "not_found_error", "invalid_request_error"},
                                {413, 400, "request_too_large", "invalid_request_error"},
                                {429, 429, "rate_limit_error", "rate_limit_error"},
                                {529, 502, "overloaded_error", "provider_error"}}) {
        translated().upstream(answers(R"({"type":"error","error":{"type":")" +
                                          std::string(each.type) + R"(","message":"because so"}})",
                                      each.upstream, "retry-after: 7\r\n"));
        for (const char* members : {"", R"("stream":true)"}) {
            const auto got = translated().chat(members);
            EXPECT_EQ(got.status, each.ours);
            EXPECT_EQ(read(got.body)["error"]["type"], each.ours_type) << got.body;
            if (each.ours != 502) {
                EXPECT_EQ(read(got.body)["error"]["message"], "because so");
            }
            if (each.ours == 429) {
                EXPECT_EQ(got.header("retry-after"), "7");
            }
        }
    }
}

TEST(chats_by_anthropic, that_anthropic_cannot_answer_never_reach_it) {
    translated().upstream(answers(whole));
    for (
        const char* members :
        {R"("n":2)", R"("logprobs":true)", R"("messages":[{"role":"user","content":" "}])",
         R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}])"}) {
        const auto got = translated().chat(members);
        EXPECT_EQ(got.status, 400) << got.body;
        EXPECT_EQ(read(got.body)["error"]["type"], "invalid_request_error");
    }
    EXPECT_TRUE(translated().seen().empty());
}

TEST(chats_by_anthropic, in_a_form_are_json) {
    translated().upstream(
        answers(R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-3",
        "content":[{"type":"tool_use","id":"t","name":"city","input":{"name":"Bern"}}],
        "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}})"));
    const document answer =
        read(translated()
                 .chat(R"("response_format":{"type":"json_schema","json_schema":{
        "name":"city","schema":{"type":"object","properties":{"name":{"type":"string"}}}}})")
                 .body);
    EXPECT_EQ(translated().asked()["tool_choice"]["name"], "city");
    EXPECT_EQ(answer["choices"][0]["message"]["content"], R"({"name":"Bern"})");
    EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
}

}  // namespace chats_by_anthropic
}  // namespace
}  // namespace tessera::contract::gateway_tests
