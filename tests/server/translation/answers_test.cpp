// Whole answers, both ways.
#include "support.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace answers_tests {

document chat_answer(std::string_view content,
                     std::string_view more = R"("stop_reason":"end_turn")",
                     const answer_head& as = head) {
    return shown(
        to_chat(from_json<anthropic::message>(
                    R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-x",
            "usage":{"input_tokens":3,"output_tokens":4},"content":)" +
                    std::string(content) + "," + std::string(more) + "}"),
                as));
}

document message_answer(std::string_view message, std::string_view finish = R"("stop")",
                        std::string_view more = "") {
    return shown(
        to_message(from_json<openai::chat_response>(
                       R"({"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"gpt-x",
            "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7},
            "choices":[{"index":0,"message":)" +
                       std::string(message) + R"(,"finish_reason":)" + std::string(finish) +
                       std::string(more) + "}]}"),
                   head));
}

TEST(message_as_chat, says_what_was_said) {
    EXPECT_EQ(
        chat_answer(R"([{"type":"text","text":"Hello"},{"type":"text","text":" there."}])"),
        read(R"({"id":"msg_1","object":"chat.completion","created":1700000000,"model":"claude-x",
        "choices":[{"index":0,"finish_reason":"stop",
                    "message":{"role":"assistant","content":"Hello there."}}],
        "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}})"));
}

TEST(message_as_chat, calls_have_text_for_arguments_and_no_text_is_null) {
    const document made =
        chat_answer(R"([{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1]}},
        {"type":"tool_use","id":"toolu_2","name":"g","input":{}}])",
                    R"("stop_reason":"tool_use")");
    const document& message = made["choices"][0]["message"];
    EXPECT_TRUE(message.at("content").is_null());
    EXPECT_EQ(message["tool_calls"], read(R"([
        {"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\":[1]}"}},
        {"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}])"));
    EXPECT_EQ(made["choices"][0]["finish_reason"], "tool_calls");
    // Nothing at all is the empty text, and not null.
    EXPECT_EQ(chat_answer("[]")["choices"][0]["message"]["content"], "");
}

TEST(message_as_chat, thoughts_can_be_sent_back) {
    const document message = chat_answer(R"([{"type":"thinking","thinking":"Hm.","signature":"Eq="},
        {"type":"redacted_thinking","data":"x"},{"type":"text","text":"So."}])")["choices"][0]
                                                                                ["message"];
    EXPECT_EQ(message["content"], "So.");
    EXPECT_EQ(message["reasoning"], "Hm.");
    EXPECT_EQ(message["thinking_blocks"],
              read(R"([{"type":"thinking","thinking":"Hm.","signature":"Eq="},
        {"type":"redacted_thinking","data":"x"}])"));
    const document sealed = chat_answer(
        R"([{"type":"thinking","thinking":"","signature":"only"},{"type":"text","text":"So."}])");
    EXPECT_FALSE(sealed["choices"][0]["message"].contains("reasoning"));
    EXPECT_EQ(sealed["choices"][0]["message"]["thinking_blocks"][0]["signature"], "only");
}

TEST(message_as_chat, blocks_that_no_chat_knows_say_nothing) {
    EXPECT_EQ(
        chat_answer(R"([{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":"x"}},
        {"type":"novelty","of":[1]},{"type":"text","text":"So.","citations":[]}])"),
        chat_answer(R"([{"type":"text","text":"So."}])"));
}

TEST(message_as_chat, the_stop_sequence_is_told_as_others_tell_it) {
    const document choice =
        chat_answer(R"([{"type":"text","text":"So"}])",
                    R"("stop_reason":"stop_sequence","stop_sequence":"END")")["choices"][0];
    EXPECT_EQ(choice["finish_reason"], "stop");
    EXPECT_EQ(choice["stop_reason"], "END");
}

TEST(message_as_chat, an_answer_in_a_form_is_text) {
    answer_head formed = head;
    formed.answer_tool = "city";
    const document made = chat_answer(R"([{"type":"text","text":"Here:"},
        {"type":"tool_use","id":"t","name":"city","input":{"name":"Bern"}}])",
                                      R"("stop_reason":"tool_use")", formed);
    EXPECT_EQ(made["choices"][0]["message"]["content"], R"({"name":"Bern"})");
    EXPECT_FALSE(made["choices"][0]["message"].contains("tool_calls"));
    EXPECT_EQ(made["choices"][0]["finish_reason"], "stop");
    const document refused =
        chat_answer(R"([{"type":"text","text":"No."}])", R"("stop_reason":"refusal")", formed);
    EXPECT_EQ(refused["choices"][0]["message"]["content"], "No.");
    EXPECT_EQ(refused["choices"][0]["finish_reason"], "content_filter");
}

TEST(message_as_chat, what_the_upstream_left_out_is_filled_in) {
    const document made = shown(to_chat(from_json<anthropic::message>(R"({"id":"","type":"message",
        "role":"assistant","model":"","stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1},
        "content":[{"type":"tool_use","id":"","name":"f","input":{}}]})"),
                                        head));
    EXPECT_EQ(made["id"], "made-up");
    EXPECT_EQ(made["model"], "asked-for");
    EXPECT_NE(made["choices"][0]["message"]["tool_calls"][0]["id"], "");
}

TEST(chat_as_message, says_what_was_said) {
    EXPECT_EQ(message_answer(R"({"role":"assistant","content":"Hello."})"),
              read(R"({"id":"chatcmpl-1","type":"message","role":"assistant","model":"gpt-x",
        "content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,
        "usage":{"input_tokens":3,"output_tokens":4}})"));
}

TEST(chat_as_message, calls_have_objects_for_input) {
    // "stop" beside calls, and "" beside them.
    const document made = message_answer(R"({"role":"assistant","content":"","tool_calls":[
        {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":[1]}"}},
        {"id":"call_2","type":"function","function":{"name":"g","arguments":""}},
        {"id":"call_3","type":"function","function":{"name":"h","arguments":"{\"city\":\"Be"}}]})");
    EXPECT_EQ(made["content"], read(R"([
        {"type":"tool_use","id":"call_1","name":"f","input":{"a":[1]}},
        {"type":"tool_use","id":"call_2","name":"g","input":{}},
        {"type":"tool_use","id":"call_3","name":"h","input":{"city":"Be"}}])"));
    EXPECT_EQ(made["stop_reason"], "tool_use");
    EXPECT_EQ(message_answer(R"({"role":"assistant","content":"\n\n","tool_calls":[
        {"id":"c","type":"function","function":{"name":"g","arguments":"{}"}}]})")["content"]
                  .size(),
              1U);
}

TEST(chat_as_message, ids_are_there_and_tell_calls_apart) {
    const document content = message_answer(R"({"role":"assistant","content":null,"tool_calls":[
        {"id":"","type":"function","function":{"name":"f","arguments":"{}"}},
        {"id":"call_0","type":"function","function":{"name":"f","arguments":"{}"}},
        {"id":"call_0","type":"function","function":{"name":"f","arguments":"{}"}}]})",
                                            R"("tool_calls")")["content"];
    EXPECT_NE(content[0]["id"], "");
    EXPECT_EQ(content[1]["id"], "call_0");
    EXPECT_NE(content[2]["id"], "call_0");
    EXPECT_NE(content[2]["id"], content[0]["id"]);
}

TEST(chat_as_message, refusals_and_filters_are_refusals) {
    const document refused =
        message_answer(R"({"role":"assistant","content":null,"refusal":"I cannot."})");
    EXPECT_EQ(refused["content"], read(R"([{"type":"text","text":"I cannot."}])"));
    EXPECT_EQ(refused["stop_reason"], "refusal");
    EXPECT_EQ(message_answer(R"({"role":"assistant","content":"So"})",
                             R"("content_filter")")["stop_reason"],
              "refusal");
    EXPECT_EQ(
        message_answer(R"({"role":"assistant","content":"So"})", R"("length")")["stop_reason"],
        "max_tokens");
}

TEST(chat_as_message, the_stop_sequence_is_told) {
    const document made = message_answer(R"({"role":"assistant","content":"So"})", R"("stop")",
                                         R"(,"stop_reason":"END")");
    EXPECT_EQ(made["stop_reason"], "stop_sequence");
    EXPECT_EQ(made["stop_sequence"], "END");
    EXPECT_EQ(message_answer(R"({"role":"assistant","content":"So"})", R"("stop")",
                             R"(,"stop_reason":128001)")["stop_reason"],
              "end_turn");
}

TEST(chat_as_message, thoughts_of_any_spelling_are_thinking) {
    for (const char* name : {"reasoning", "reasoning_content"})
        EXPECT_EQ(message_answer(R"({"role":"assistant","content":"So.",")" + std::string(name) +
                                 R"(":"Hm."})")["content"],
                  read(R"([{"type":"thinking","thinking":"Hm.","signature":""},
                           {"type":"text","text":"So."}])"))
            << name;
    EXPECT_EQ(
        message_answer(R"({"role":"assistant","content":null,"reasoning":"Hm.","thinking_blocks":[
        {"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"redacted_thinking","data":"x"}]})")
            ["content"],
        read(R"([{"type":"thinking","thinking":"Hm.","signature":"s"},
                       {"type":"redacted_thinking","data":"x"}])"));
}

TEST(chat_as_message, without_a_choice_nothing_was_said) {
    const document made = shown(to_message(
        from_json<openai::chat_response>(R"({"id":"x","created":1,"model":"m","choices":[]})"),
        head));
    EXPECT_EQ(made["content"], read("[]"));
    EXPECT_EQ(made["stop_reason"], "end_turn");
    EXPECT_EQ(made["usage"], read(R"({"input_tokens":0,"output_tokens":0})"));
}

}  // namespace answers_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
