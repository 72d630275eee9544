// Requests for a message as chats.
#include "support.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace chat_request_tests {

document chat_of(std::string_view messages, const chat_rules& rules = {}) {
    const document made = to_chat_json(
        R"({"model":"m","max_tokens":9,"messages":)" + std::string(messages) + "}", rules);
    return made.is_string() ? made : made["messages"];
}

TEST(messages_to_chat, says_what_was_asked) {
    EXPECT_EQ(
        to_chat_json(messages_with(R"("temperature":0.5,"top_p":0.9,"stop_sequences":["END",""],
        "metadata":{"user_id":"u1"},"service_tier":"standard_only")")),
        read(R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}],
        "temperature":0.5,"top_p":0.9,"stop":["END"],"user":"u1","service_tier":"default"})"));
    const document newer = to_chat_json(messages_with(""), {.names_max_completion_tokens = true});
    EXPECT_EQ(newer["max_completion_tokens"], 9);
    EXPECT_FALSE(newer.contains("max_tokens"));
    for (const char* none : {R"("stop_sequences":[])", R"("stop_sequences":[""])"})
        EXPECT_FALSE(to_chat_json(messages_with(none)).contains("stop")) << none;
    EXPECT_EQ(to_chat_json(messages_with(R"("top_k":5,"novelty":1,"container":"c")")),
              to_chat_json(messages_with("")));
}

TEST(messages_to_chat, a_stream_asks_for_usage) {
    const document made = to_chat_json(messages_with(R"("stream":true)"));
    EXPECT_EQ(made["stream"], true);
    EXPECT_EQ(made["stream_options"], read(R"({"include_usage":true})"));
    EXPECT_FALSE(to_chat_json(messages_with(R"("stream":false)")).contains("stream_options"));
}

TEST(messages_to_chat, the_system_is_one_message_at_the_beginning) {
    EXPECT_EQ(to_chat_json(messages_with(R"("system":"Be brief.")"))["messages"],
              read(R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}])"));
    EXPECT_EQ(
        to_chat_json(messages_with(R"("system":[
        {"type":"text","text":"A","cache_control":{"type":"ephemeral"}},{"type":"text","text":""},
        {"type":"text","text":"B"}])"))["messages"][0],
        read(
            R"({"role":"system","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]})"));
    EXPECT_EQ(
        to_chat_json(messages_with(R"("system":[{"type":"text","text":"A"}])"))["messages"][0],
        read(R"({"role":"system","content":"A"})"));
    for (const char* none :
         {R"("system":"")", R"("system":[])", R"("system":[{"type":"text","text":" "}])"})
        EXPECT_EQ(to_chat_json(messages_with(none))["messages"].size(), 1U) << none;
}

TEST(messages_to_chat, texts_and_images) {
    EXPECT_EQ(chat_of(R"([{"role":"user","content":[{"type":"text","text":"What?"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
        {"type":"image","source":{"type":"url","url":"https://a.b/c"}},
        {"type":"text","text":"\n"},
        {"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"D"}}]}])"),
              read(R"([{"role":"user","content":[{"type":"text","text":"What?"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
        {"type":"image_url","image_url":{"url":"https://a.b/c"}},
        {"type":"text","text":"T\n\nD"}]}])"));
    EXPECT_EQ(
        chat_of(
            R"([{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}])"),
        "messages[0].content[0].source");
    EXPECT_EQ(chat_of(R"([{"role":"user","content":[{"type":"document","source":
        {"type":"base64","media_type":"application/pdf","data":"AA"}}]}])"),
              "messages[0].content[0].source");
    EXPECT_EQ(chat_of(R"([{"role":"user","content":[{"type":"hologram","of":1}]}])"),
              "messages[0].content[0]");
    EXPECT_EQ(chat_of(R"([{"role":"robot","content":"Hi"}])"), "messages[0].role");
}

TEST(messages_to_chat, answers_keep_texts_and_calls) {
    EXPECT_EQ(chat_of(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":[
        {"type":"text","text":"Let me see."},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1,2.5]}},
        {"type":"tool_use","id":"toolu_2","name":"g","input":{}}]}])")[1],
              read(R"({"role":"assistant","content":"Let me see.","tool_calls":[
        {"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,2.5]}"}},
        {"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}]})"));
    // No text is null, which is to say absent, and not "".
    EXPECT_FALSE(chat_of(R"([{"role":"assistant","content":[{"type":"text","text":""},
        {"type":"tool_use","id":"t","name":"f","input":{}}]}])")[0]
                     .contains("content"));
    EXPECT_EQ(chat_of(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":""},
        {"role":"assistant","content":[{"type":"text","text":" "}]}])")
                  .size(),
              1U);
    EXPECT_EQ(chat_of(R"([{"role":"assistant","content":[
        {"type":"server_tool_use","id":"s","name":"web_search","input":{}}]}])"),
              "messages[0].content[0]");
}

TEST(messages_to_chat, results_follow_their_calls_and_images_do_not_part_them) {
    EXPECT_EQ(chat_of(R"([{"role":"user","content":[
        {"type":"text","text":"Here."},
        {"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"1"},
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
            {"type":"text","text":"2"}]},
        {"type":"tool_result","tool_use_id":"b","content":"3"},
        {"type":"tool_result","tool_use_id":"c","is_error":true,"content":"no such city"},
        {"type":"tool_result","tool_use_id":"d"},
        {"type":"text","text":"And?"}]}])"),
              read(R"([
        {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]},
        {"role":"tool","tool_call_id":"b","content":"3"},
        {"role":"tool","tool_call_id":"c","content":"Error: no such city"},
        {"role":"tool","tool_call_id":"d","content":""},
        {"role":"user","content":[{"type":"text","text":"From the result of a:"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
            {"type":"text","text":"Here."},{"type":"text","text":"And?"}]}])"));
}

TEST(messages_to_chat, thoughts_go_to_those_who_take_them) {
    const char* turns = R"([{"role":"assistant","content":[
        {"type":"thinking","thinking":"Hm. ","signature":"s"},{"type":"redacted_thinking","data":"x"},
        {"type":"thinking","thinking":"So.","signature":""},{"type":"text","text":"Yes."}]}])";
    EXPECT_EQ(chat_of(turns), read(R"([{"role":"assistant","content":"Yes."}])"));
    EXPECT_EQ(chat_of(turns, {.takes_thoughts = true}),
              read(R"([{"role":"assistant","content":"Yes.","reasoning":"Hm. So."}])"));
    const auto effort = [](std::string_view thinking) {
        return to_chat_json(messages_with(R"("thinking":)" + std::string(thinking)))
            .value("reasoning_effort", "");
    };
    EXPECT_EQ(effort(R"({"type":"enabled","budget_tokens":1024})"), "low");
    EXPECT_EQ(effort(R"({"type":"enabled","budget_tokens":4096})"), "medium");
    EXPECT_EQ(effort(R"({"type":"enabled","budget_tokens":30000})"), "high");
    EXPECT_EQ(effort(R"({"type":"adaptive"})"), "medium");
    EXPECT_EQ(effort(R"({"type":"disabled"})"), "");
}

TEST(messages_to_chat, tools_and_their_choice) {
    const std::string tools = R"("tools":[{"name":"f","description":"d","strict":true,
        "input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}},
        {"type":"custom","name":"g","input_schema":{"type":"object"}}])";
    const auto chosen = [&](const std::string& choice) {
        return to_chat_json(messages_with(tools + R"(,"tool_choice":)" + choice));
    };
    const document plain = to_chat_json(messages_with(tools));
    EXPECT_EQ(plain["tools"], read(R"([
        {"type":"function","function":{"name":"f","description":"d","strict":true,
            "parameters":{"type":"object","properties":{}}}},
        {"type":"function","function":{"name":"g","parameters":{"type":"object"}}}])"));
    EXPECT_FALSE(plain.contains("tool_choice"));
    EXPECT_FALSE(plain.contains("parallel_tool_calls"));
    EXPECT_EQ(chosen(R"({"type":"auto"})")["tool_choice"], "auto");
    EXPECT_EQ(chosen(R"({"type":"any"})")["tool_choice"], "required");
    EXPECT_EQ(chosen(R"({"type":"none"})")["tool_choice"], "none");
    EXPECT_EQ(chosen(R"({"type":"tool","name":"f"})")["tool_choice"],
              read(R"({"type":"function","function":{"name":"f"}})"));
    EXPECT_EQ(chosen(R"({"type":"auto","disable_parallel_tool_use":true})")["parallel_tool_calls"],
              false);
    EXPECT_EQ(chosen(R"({"type":"any","disable_parallel_tool_use":false})")["parallel_tool_calls"],
              true);
    EXPECT_EQ(chosen(R"({"type":"tool"})"), "tool_choice.name");
    EXPECT_EQ(chosen(R"({"type":"perhaps"})"), "tool_choice.type");
    EXPECT_EQ(to_chat_json(
                  messages_with(R"("tools":[{"type":"web_search_20250305","name":"web_search"}])")),
              "tools[0].type");
    EXPECT_FALSE(to_chat_json(messages_with(R"("tools":[],"tool_choice":{"type":"auto"})"))
                     .contains("tool_choice"));
}

TEST(messages_to_chat, an_answer_in_a_form_has_the_same_form) {
    const char* form = R"({"type":"json_schema","schema":{"type":"object"}})";
    for (const std::string& spelled : {R"("output_format":)" + std::string(form),
                                       R"("output_config":{"format":)" + std::string(form) + "}"})
        EXPECT_EQ(to_chat_json(messages_with(spelled))["response_format"],
                  read(R"({"type":"json_schema","json_schema":{"name":"answer","strict":true,
                           "schema":{"type":"object"}}})"))
            << spelled;
    EXPECT_EQ(to_chat_json(messages_with(R"("output_format":{"type":"verse"})")), "output_format");
    EXPECT_EQ(to_chat_json(messages_with(R"("output_config":{"format":{"type":"json_schema"}})")),
              "output_config.format");
    for (const char* none : {R"("output_format":null)", R"("output_config":{"effort":"low"})"})
        EXPECT_FALSE(to_chat_json(messages_with(none)).contains("response_format")) << none;
}

TEST(messages_to_chat, ids_that_an_upstream_gave_come_back_to_it) {
    // The client had the id of one upstream in the form that Anthropic takes.
    const std::string given = "functions.f:0";
    const anthropic::message said = to_message(
        from_json<openai::chat_response>(R"({"id":"x","created":1,"model":"m","choices":[{"index":0,
        "finish_reason":"tool_calls","message":{"role":"assistant","content":null,"tool_calls":[
        {"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}}]}}]})"),
        head);
    ASSERT_EQ(said.tool_calls().size(), 1U);
    const std::string id = said.tool_calls()[0].id;
    EXPECT_NE(id, given);
    const document back =
        chat_of(R"([{"role":"assistant","content":[{"type":"tool_use","id":")" + id +
                R"(","name":"f","input":{}}]},{"role":"user","content":[
        {"type":"tool_result","tool_use_id":")" +
                id + R"(","content":"1"}]}])");
    EXPECT_EQ(back[0]["tool_calls"][0]["id"], given);
    EXPECT_EQ(back[1]["tool_call_id"], given);
    // OpenAI takes 40 characters.
    const document longer = chat_of(R"([{"role":"assistant","content":[{"type":"tool_use","id":")" +
                                    std::string(64, 'x') + R"(","name":"f","input":{}}]}])");
    EXPECT_LE(longer[0]["tool_calls"][0]["id"].get<std::string>().size(), 40U);
}

}  // namespace chat_request_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
