// Events of messages as chunks of chats.
#include "support.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace chat_stream_tests {

using lines = std::vector<std::string>;

const std::string start = R"({"type":"message_start","message":{"id":"msg_1","type":"message",
    "role":"assistant","content":[],"model":"claude-x","stop_reason":null,"stop_sequence":null,
    "usage":{"input_tokens":10,"cache_read_input_tokens":100,"cache_creation_input_tokens":20,
             "output_tokens":1}}})";
const std::string stop = R"({"type":"message_stop"})";

std::string began(int index, const std::string& block) {
    return R"({"type":"content_block_start","index":)" + std::to_string(index) +
           R"(,"content_block":)" + block + "}";
}
std::string gained(int index, const std::string& delta) {
    return R"({"type":"content_block_delta","index":)" + std::to_string(index) + R"(,"delta":)" +
           delta + "}";
}
std::string text(int index, const std::string& more) {
    return gained(index, R"({"type":"text_delta","text":")" + more + "\"}");
}
std::string input(int index, const std::string& more) {
    return gained(index, document({{"type", "input_json_delta"}, {"partial_json", more}}).dump());
}
std::string over(int index) {
    return R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}";
}
std::string ends(const std::string& reason, int output = 5) {
    return R"({"type":"message_delta","delta":{"stop_reason":")" + reason +
           R"(","stop_sequence":null},"usage":{"output_tokens":)" + std::to_string(output) + "}}";
}
const std::string empty_text = R"({"type":"text","text":""})";
std::string tool(const std::string& id, const std::string& name = "f") {
    return R"({"type":"tool_use","id":")" + id + R"(","name":")" + name + R"(","input":{}})";
}

TEST(chat_stream, has_the_form_of_chats) {
    SCOPED_TRACE("rule: sse-chat-shape");
    const chat_told told =
        tell_chat({start, R"({"type":"ping"})", began(0, empty_text), text(0, "Hel"), text(0, "lo"),
                   over(0), ends("end_turn"), stop});
    EXPECT_TRUE(told.ended_well);
    document all = document::array();
    for (const auto& each : told.chunks) {
        EXPECT_EQ(each.id, "msg_1");
        EXPECT_EQ(each.model, "claude-x");
        EXPECT_EQ(each.created, 1700000000);
        all.push_back(shown(each)["choices"]);
    }
    EXPECT_EQ(all, read(R"([
        [{"index":0,"delta":{"role":"assistant"}}],
        [{"index":0,"delta":{"content":"Hel"}}],
        [{"index":0,"delta":{"content":"lo"}}],
        [{"index":0,"delta":{},"finish_reason":"stop"}],
        []])"));
}

TEST(chat_stream, tells_usage_where_it_is_asked_for) {
    SCOPED_TRACE("rule: sse-chat-usage");
    const lines events = {start,   began(0, empty_text), text(0, "Hi"),
                          over(0), ends("end_turn", 7),  stop};
    const chat_told told = tell_chat(events);
    EXPECT_TRUE(told.chunks.back().choices.empty());
    EXPECT_EQ(shown(*told.chunks.back().usage), read(R"({"prompt_tokens":130,"completion_tokens":7,
        "total_tokens":137,"prompt_tokens_details":{"cached_tokens":100,"cache_creation_tokens":20}})"));
    for (const auto& each : tell_chat(events, false).chunks) {
        EXPECT_FALSE(each.usage);
        EXPECT_FALSE(each.choices.empty());
    }
    EXPECT_EQ(tell_chat(events, false).used.answer, 7);
}

TEST(chat_stream, input_tokens_that_come_late_are_counted) {
    // Some services know nothing of the prompt when the message starts.
    const chat_told told = tell_chat(
        {R"({"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],
             "model":"x","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"output_tokens":0}}})",
         R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},
             "usage":{"input_tokens":30,"output_tokens":4}})",
         stop});
    EXPECT_EQ(told.used, (token_counts{.prompt = 30, .answer = 4}));
    EXPECT_EQ(told.chunks.back().usage->total_tokens, 34);
}

TEST(chat_stream, calls_are_told_once_and_their_arguments_in_pieces) {
    SCOPED_TRACE("rule: sse-chat-tools");
    const chat_told told =
        tell_chat({start, began(0, empty_text), text(0, "See."), over(0), began(1, tool("toolu_1")),
                   input(1, ""), input(1, "{\"a\""), input(1, ":1}"), over(1),
                   began(2, tool("toolu_2", "g")), over(2), ends("tool_use"), stop});
    document pieces = document::array();
    for (const auto& each : told.chunks)
        if (!each.choices.empty() && each.choices[0].delta->tool_calls)
            pieces.push_back(shown(each)["choices"][0]["delta"]["tool_calls"]);
    EXPECT_EQ(pieces, read(R"([
        [{"index":0,"id":"toolu_1","type":"function","function":{"name":"f","arguments":""}}],
        [{"index":0,"type":"function","function":{"arguments":"{\"a\""}}],
        [{"index":0,"type":"function","function":{"arguments":":1}"}}],
        [{"index":1,"id":"toolu_2","type":"function","function":{"name":"g","arguments":""}}],
        [{"index":1,"type":"function","function":{"arguments":"{}"}}]])"));
    EXPECT_EQ(shown(told.whole())["choices"][0]["finish_reason"], "tool_calls");
}

TEST(chat_stream, text_of_calls_alone_is_null) {
    const chat_told told =
        tell_chat({start, began(0, tool("t")), input(0, "{}"), over(0), ends("tool_use"), stop});
    EXPECT_FALSE(told.whole().choices[0].message.content);
    EXPECT_EQ(tell_chat({start, ends("end_turn"), stop}).whole().choices[0].message.content, "");
}

TEST(chat_stream, blocks_may_overlap_begin_with_something_and_never_end) {
    const chat_told told = tell_chat(
        {start, began(0, R"({"type":"text","text":"A"})"), began(1, tool("a")), began(2, tool("b")),
         input(2, "{\"b\":"), input(1, "{\"a\":1"), text(0, "B"), input(2, "2}"), input(1, "}"),
         began(3, R"({"type":"tool_use","id":"c","name":"f","input":{"whole":true}})"),
         ends("tool_use")});
    EXPECT_TRUE(told.ended_well);
    const openai::chat_response whole = told.whole();
    EXPECT_EQ(whole.text(), "AB");
    const auto& calls = *whole.choices[0].message.tool_calls;
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0].function.arguments, "{\"a\":1}");
    EXPECT_EQ(calls[1].function.arguments, "{\"b\":2}");
    EXPECT_EQ(calls[2].function.arguments, "{\"whole\":true}");
}

TEST(chat_stream, a_block_that_begins_twice_is_two) {
    const chat_told told =
        tell_chat({start, began(0, tool("a")), input(0, "{\"x\":1}"), began(0, tool("b")),
                   input(0, "{}"), over(0), ends("tool_use"), stop});
    const auto& calls = *told.whole().choices[0].message.tool_calls;
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0].function.arguments, "{\"x\":1}");
    EXPECT_EQ(calls[1].id, "b");
}

TEST(chat_stream, deltas_of_blocks_that_never_began_are_not_lost) {
    const chat_told told =
        tell_chat({start, text(0, "Hi"), input(1, "{\"a\":1}"), ends("tool_use"), stop});
    EXPECT_EQ(told.whole().text(), "Hi");
    ASSERT_TRUE(told.whole().choices[0].message.tool_calls);
    EXPECT_EQ((*told.whole().choices[0].message.tool_calls)[0].function.arguments, "{\"a\":1}");
}

TEST(chat_stream, thoughts_are_told_as_they_come_and_whole_at_their_end) {
    const chat_told told =
        tell_chat({start, began(0, R"({"type":"thinking","thinking":"","signature":""})"),
                   gained(0, R"({"type":"thinking_delta","thinking":"Hm"})"),
                   gained(0, R"({"type":"thinking_delta","thinking":"."})"),
                   gained(0, R"({"type":"signature_delta","signature":"Eq="})"), over(0),
                   began(1, R"({"type":"thinking","thinking":"","signature":""})"),
                   gained(1, R"({"type":"signature_delta","signature":"only"})"), over(1),
                   began(2, R"({"type":"redacted_thinking","data":"x"})"), over(2),
                   began(3, empty_text), text(3, "So."), over(3), ends("end_turn"), stop});
    std::string reasoning;
    document blocks = document::array();
    for (const auto& each : told.chunks) {
        if (each.choices.empty()) continue;
        const document delta = shown(each)["choices"][0]["delta"];
        reasoning += delta.value("reasoning", "");
        for (const document& block : delta.value("thinking_blocks", document::array()))
            blocks.push_back(block);
    }
    EXPECT_EQ(reasoning, "Hm.");
    EXPECT_EQ(blocks, read(R"([{"type":"thinking","thinking":"Hm.","signature":"Eq="},
        {"type":"thinking","thinking":"","signature":"only"},{"type":"redacted_thinking","data":"x"}])"));
    EXPECT_EQ(told.whole().text(), "So.");
}

TEST(chat_stream, unknown_events_blocks_and_deltas_change_nothing) {
    const chat_told told = tell_chat(
        {start, R"({"type":"novelty","of":1})",
         began(0, R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})"),
         input(0, "{\"q\":1}"), over(0), began(1, R"({"type":"hologram"})"),
         gained(1, R"({"type":"light_delta","light":1})"), over(1), began(2, empty_text),
         gained(2, R"({"type":"citations_delta","citation":{"type":"page"}})"), text(2, "Hi"),
         over(2), ends("end_turn"), stop});
    EXPECT_TRUE(told.ended_well);
    EXPECT_EQ(told.whole().text(), "Hi");
    EXPECT_FALSE(told.whole().choices[0].message.tool_calls);
}

TEST(chat_stream, an_error_inside_is_an_error) {
    chat_stream stream(head, true);
    std::vector<openai::chat_chunk> out;
    ASSERT_TRUE(stream.feed(from_json<anthropic::stream_event>(start), out));
    const auto wrong = stream.feed(
        from_json<anthropic::stream_event>(
            R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})"),
        out);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().status, 529);
    EXPECT_EQ(wrong.error().type, "overloaded_error");
    const std::size_t told = out.size();
    EXPECT_TRUE(stream.finish(out));
    EXPECT_EQ(out.size(), told);
    EXPECT_EQ(stream.used().prompt, 130);
}

TEST(chat_stream, ends_with_its_reason_or_not_at_all) {
    EXPECT_TRUE(tell_chat({start, text(0, "Hi"), ends("end_turn")}).ended_well);
    EXPECT_TRUE(tell_chat({start, text(0, "Hi"), stop}).ended_well);
    const chat_told broken = tell_chat({start, text(0, "Hi")});
    EXPECT_FALSE(broken.ended_well);
    EXPECT_FALSE(broken.chunks.back().choices.at(0).finish_reason);
    EXPECT_FALSE(tell_chat({}).ended_well);
    // What comes behind the end is not told.
    EXPECT_EQ(tell_chat({start, ends("end_turn"), stop, text(0, "late")}).whole().text(), "");
}

TEST(chat_stream, an_answer_in_a_form_is_text) {
    answer_head formed = head;
    formed.answer_tool = "city";
    const chat_told told = tell_chat(
        {start, began(0, empty_text), text(0, "Here:"), over(0), began(1, tool("t", "city")),
         input(1, "{\"name\":"), input(1, "\"Bern\"}"), over(1), ends("tool_use"), stop},
        true, formed);
    EXPECT_EQ(told.whole().text(), "{\"name\":\"Bern\"}");
    EXPECT_FALSE(told.whole().choices[0].message.tool_calls);
    EXPECT_EQ(told.whole().choices[0].finish_reason, openai::finish_reason::stop);
    EXPECT_EQ(
        tell_chat({start, text(0, "No."), ends("refusal"), stop}, true, formed).whole().text(),
        "No.");
}

}  // namespace chat_stream_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
