// Chunks of chats as events of messages.
#include "support.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace message_stream_tests {

std::string chunk(const std::string& delta, const std::string& finish = "null",
                  const std::string& more = "") {
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,"model":"gpt-x",
        "choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]" + more + "}";
}
std::string said(const std::string& text) { return chunk(document({{"content", text}}).dump()); }
std::string calls(const std::string& pieces, const std::string& finish = "null") {
    return chunk(R"({"tool_calls":[)" + pieces + "]}", finish);
}
std::string header(int index, const std::string& id, const std::string& name,
                   const std::string& input = "") {
    return document({{"index", index},
                     {"id", id},
                     {"type", "function"},
                     {"function", {{"name", name}, {"arguments", input}}}})
        .dump();
}
std::string piece(int index, const std::string& input) {
    return document({{"index", index}, {"function", {{"arguments", input}}}}).dump();
}
const std::string role = chunk(R"({"role":"assistant","content":""})");
const std::string usage = R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":5,
    "model":"gpt-x","choices":[],"usage":{"prompt_tokens":130,"completion_tokens":7,"total_tokens":137,
    "prompt_tokens_details":{"cached_tokens":100}}})";
const std::string stopped = chunk("{}", R"("stop")");
const std::string called = chunk("{}", R"("tool_calls")");

struct call_shown {
    std::string id, name, input;
    bool operator==(const call_shown&) const = default;
};
std::ostream& operator<<(std::ostream& out, const call_shown& each) {
    return out << each.id << " " << each.name << each.input;
}
using shown_calls = std::vector<call_shown>;

shown_calls calls_in(const message_told& told) {
    is_in_order(told.events);
    shown_calls made;
    for (const auto& each : told.whole().tool_calls())
        made.push_back({each.id, each.name, each.input.members.dump()});
    return made;
}

TEST(message_stream, has_the_order_of_messages) {
    SCOPED_TRACE("rule: sse-msg-order");
    const message_told told = tell_message({role, said("Hel"), said("lo"), stopped, usage});
    EXPECT_TRUE(told.ended_well);
    EXPECT_EQ(told.names(),
              (std::vector<std::string>{"message_start", "content_block_start",
                                        "content_block_delta", "content_block_delta",
                                        "content_block_stop", "message_delta", "message_stop"}));
    EXPECT_EQ(shown(told.whole()), read(R"({"id":"chatcmpl-1","type":"message","role":"assistant",
        "model":"gpt-x","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn",
        "stop_sequence":null,"usage":{"input_tokens":30,"cache_read_input_tokens":100,"output_tokens":7}})"));
}

TEST(message_stream, usage_is_told_at_the_end) {
    SCOPED_TRACE("rule: sse-msg-usage");
    const message_told told = tell_message({role, said("Hi"), stopped, usage});
    const document start = shown(told.events.front());
    EXPECT_EQ(start["message"]["usage"], read(R"({"input_tokens":0,"output_tokens":0})"));
    EXPECT_EQ(start["message"]["content"], read("[]"));
    EXPECT_EQ(start["message"]["stop_reason"], document());
    EXPECT_EQ(shown(told.events[told.events.size() - 2])["usage"],
              read(R"({"input_tokens":30,"cache_read_input_tokens":100,"output_tokens":7})"));
    EXPECT_EQ(told.used, (token_counts{.prompt = 130, .answer = 7, .cache_read = 100}));
    // Some send it beside every chunk.
    EXPECT_EQ(tell_message({chunk(R"({"content":"Hi"})", "null",
                                  R"(,"usage":{"prompt_tokens":9,"completion_tokens":1})"),
                            stopped})
                  .used.prompt,
              9);
}

TEST(message_stream, blocks_are_numbered_without_gaps) {
    SCOPED_TRACE("rule: sse-msg-index");
    const message_told told = tell_message({role, chunk(R"({"reasoning_content":"Hm."})"),
                                            said("See."), calls(header(0, "a", "f", "{}")),
                                            calls(header(1, "b", "f", "{}")), called, usage});
    is_in_order(told.events);
    EXPECT_EQ(told.whole().content.size(), 4U);
}

TEST(message_stream, inputs_of_calls_are_whole) {
    SCOPED_TRACE("rule: sse-msg-tool-json");
    const message_told told = tell_message(
        {role, calls(header(0, "a", "f")), calls(piece(0, "{\"x\"")), calls(piece(0, ":1}")),
         calls(header(1, "b", "g")), calls(piece(1, "{\"y\":[\"}\"]}")), called});
    EXPECT_EQ(calls_in(told),
              (shown_calls{{"a", "f", R"({"x":1})"}, {"b", "g", R"({"y":["}"]})"}}));
    for (const auto& each : told.events) {
        const auto* begun = std::get_if<anthropic::content_block_start>(&each);
        if (!begun) continue;
        EXPECT_EQ(shown(*begun)["content_block"]["input"], read("{}"));
    }
    EXPECT_EQ(shown(told.whole())["stop_reason"], "tool_use");
}

TEST(message_stream, what_was_said_is_told_at_once) {
    message_stream stream(head);
    std::vector<anthropic::stream_event> out;
    const auto told_of = [&](const std::string& each) {
        out.clear();
        stream.feed(from_json<openai::chat_chunk>(each), out);
        return out.size();
    };
    EXPECT_EQ(told_of(role), 1U);                                   // the message starts
    EXPECT_EQ(told_of(said("Hi")), 2U);                             // a block and its text
    EXPECT_EQ(told_of(calls(header(0, "a", "f"))), 1U);             // the text is over
    EXPECT_EQ(told_of(calls(piece(0, "{\"x\":"))), 2U);             // a call and its input
    EXPECT_EQ(told_of(calls(piece(0, "1}"))), 2U);                  // more, and the end
    EXPECT_EQ(told_of(calls(header(1, "b", "f", "{\"y\":"))), 2U);  // the next call
}

TEST(message_stream, calls_that_take_turns_are_not_merged) {
    EXPECT_EQ(calls_in(tell_message({role, calls(header(0, "a", "f") + "," + header(1, "b", "g")),
                                     calls(piece(1, "{\"y\":")), calls(piece(0, "{\"x\":")),
                                     calls(piece(1, "2}") + "," + piece(0, "1}")), called})),
              (shown_calls{{"a", "f", R"({"x":1})"}, {"b", "g", R"({"y":2})"}}));
}

TEST(message_stream, two_calls_under_one_index_or_none_are_two) {
    const shown_calls two = {{"a", "f", R"({"x":1})"}, {"b", "f", R"({"x":2})"}};
    EXPECT_EQ(calls_in(tell_message({calls(header(0, "a", "f", "{\"x\":1}")),
                                     calls(header(0, "b", "f", "{\"x\":2}")), stopped})),
              two);
    EXPECT_EQ(
        calls_in(tell_message({calls(header(0, "a", "f")), calls(piece(0, "{\"x\":1}")),
                               calls(header(0, "b", "f")), calls(piece(0, "{\"x\":2}")), stopped})),
        two);
    const auto bare = [](const std::string& id, const std::string& input) {
        return R"({"id":")" + id + R"(","type":"function","function":{"name":"f","arguments":)" +
               document(input).dump() + "}}";
    };
    EXPECT_EQ(calls_in(tell_message(
                  {calls(bare("a", "{\"x\":1}") + "," + bare("b", "{\"x\":2}")), stopped})),
              two);
    // Without ids as well.
    const shown_calls nameless = calls_in(
        tell_message({calls(bare("", "{\"x\":1}")), calls(bare("", "{\"x\":2}")), stopped}));
    ASSERT_EQ(nameless.size(), 2U);
    EXPECT_EQ(nameless[0].input, R"({"x":1})");
    EXPECT_EQ(nameless[1].input, R"({"x":2})");
    EXPECT_NE(nameless[0].id, nameless[1].id);
    EXPECT_NE(nameless[0].id, "");
    // Pieces without an index go on with the call that was last spoken of.
    EXPECT_EQ(calls_in(tell_message({calls(bare("a", "{\"x\"")),
                                     calls(R"({"function":{"arguments":":1}"}})"),
                                     calls(bare("b", "{\"x\":2}")), stopped})),
              two);
}

TEST(message_stream, headers_that_are_repeated_change_nothing) {
    EXPECT_EQ(calls_in(tell_message({calls(header(0, "a", "get_weather", "{\"x\"")),
                                     calls(header(0, "a", "get_weather", ":1}")),
                                     calls(header(0, "a", "get_weather", "")), called})),
              (shown_calls{{"a", "get_weather", R"({"x":1})"}}));
}

TEST(message_stream, a_call_without_input_has_an_empty_one) {
    EXPECT_EQ(calls_in(tell_message({calls(header(0, "a", "f")), called})),
              (shown_calls{{"a", "f", "{}"}}));
    EXPECT_EQ(
        calls_in(tell_message({calls(header(0, "a", "f") + "," + header(1, "b", "g")), called})),
        (shown_calls{{"a", "f", "{}"}, {"b", "g", "{}"}}));
    EXPECT_EQ(calls_in(tell_message({calls(header(0, "a", "f", "null")), called})),
              (shown_calls{{"a", "f", "{}"}}));
}

TEST(message_stream, a_chunk_may_say_all_at_once) {
    const message_told told =
        tell_message({chunk(R"({"role":"assistant","content":"See.","tool_calls":[)" +
                                header(0, "a", "f", "{\"x\":1}") + "]}",
                            R"("tool_calls")")});
    EXPECT_EQ(calls_in(told), (shown_calls{{"a", "f", R"({"x":1})"}}));
    EXPECT_EQ(told.whole().text(), "See.");
    EXPECT_EQ(shown(told.whole())["stop_reason"], "tool_use");
    EXPECT_EQ(tell_message({chunk(R"({"content":"Hi"})", R"("length")")}).whole().text(), "Hi");
}

TEST(message_stream, text_behind_a_call_is_not_lost) {
    const message_told told = tell_message({said("A"), calls(header(0, "a", "f", "{\"x\":")),
                                            said("B"), calls(piece(0, "1}")), called});
    EXPECT_EQ(calls_in(told), (shown_calls{{"a", "f", R"({"x":1})"}}));
    EXPECT_EQ(told.whole().text(), "AB");
}

TEST(message_stream, blank_text_is_no_block) {
    const message_told told =
        tell_message({role, said("\n"), said("\n"), calls(header(0, "a", "f", "{}")), called});
    EXPECT_EQ(told.whole().content.size(), 1U);
    // White space before text is the text's.
    EXPECT_EQ(tell_message({said("\n"), said("\n"), said("Hi"), said(" "), stopped}).whole().text(),
              "\n\nHi ");
    is_in_order(tell_message({role, stopped}).events);
    EXPECT_TRUE(tell_message({role, stopped}).whole().content.empty());
}

TEST(message_stream, thoughts_are_blocks_with_their_signatures) {
    const message_told told = tell_message(
        {role, chunk(R"({"reasoning":"Hm"})"), chunk(R"({"reasoning":"."})"),
         chunk(R"({"thinking_blocks":[{"type":"thinking","thinking":"Hm.","signature":"Eq="},
                                     {"type":"redacted_thinking","data":"x"}]})"),
         chunk(R"({"thinking_blocks":[{"type":"thinking","thinking":"","signature":"only"}]})"),
         said("So."), stopped});
    is_in_order(told.events);
    EXPECT_EQ(shown(told.whole())["content"], read(R"([
        {"type":"thinking","thinking":"Hm.","signature":"Eq="},{"type":"redacted_thinking","data":"x"},
        {"type":"thinking","thinking":"","signature":"only"},{"type":"text","text":"So."}])"));
}

TEST(message_stream, a_refusal_is_text_and_the_reason) {
    const message_told told = tell_message(
        {role, chunk(R"({"refusal":"I can"})"), chunk(R"({"refusal":"not."})"), stopped});
    EXPECT_EQ(told.whole().text(), "I cannot.");
    EXPECT_EQ(shown(told.whole())["stop_reason"], "refusal");
}

TEST(message_stream, ends_well_without_the_marker_if_it_has_its_reason) {
    EXPECT_TRUE(tell_message({said("Hi"), stopped}, false).ended_well);
    EXPECT_TRUE(tell_message({said("Hi")}, true).ended_well);
    const message_told broken = tell_message({said("Hi")}, false);
    EXPECT_FALSE(broken.ended_well);
    EXPECT_EQ(broken.names().back(), "content_block_delta");
    EXPECT_FALSE(tell_message({}, false).ended_well);
    const message_told nothing = tell_message({}, true);
    is_in_order(nothing.events);
    EXPECT_EQ(nothing.whole().id, "made-up");
}

TEST(message_stream, chunks_without_a_choice_do_not_start_the_message) {
    // As Azure begins: filters of the prompt, and no id.
    const message_told told =
        tell_message({R"({"id":"","object":"","created":0,"model":"","choices":[],
        "prompt_filter_results":[]})",
                      role, said("Hi"), stopped, usage});
    EXPECT_EQ(told.whole().id, "chatcmpl-1");
    EXPECT_EQ(told.whole().model, "gpt-x");
}

TEST(message_stream, other_choices_and_unknown_members_change_nothing) {
    const message_told told =
        tell_message({R"({"id":"c","created":1,"model":"m","novelty":1,"choices":[
        {"index":1,"delta":{"content":"other"},"finish_reason":"stop"},
        {"index":0,"delta":{"content":"Hi","novelty":{}},"finish_reason":null,"odd":[]}]})",
                      chunk("{}", R"("eos")")});
    EXPECT_EQ(told.whole().text(), "Hi");
    EXPECT_EQ(shown(told.whole())["stop_reason"], "end_turn");
}

}  // namespace message_stream_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
