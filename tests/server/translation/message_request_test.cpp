// Chats as requests for a message.
#include "support.hpp"

namespace tessera::server::cortex::translation_tests {
namespace {
namespace message_request_tests {

document turns_of(std::string_view messages) {
    const document made =
        to_messages_json(R"({"model":"m","messages":)" + std::string(messages) + "}");
    return made.is_string() ? made : made["messages"];
}

TEST(chat_to_messages, says_what_anthropic_requires) {
    EXPECT_EQ(to_messages_json(chat_with("")), read(R"({"model":"m","max_tokens":4096,
        "messages":[{"role":"user","content":"Hi"}]})"));
    EXPECT_EQ(to_messages_json(chat_with(""), {.max_tokens = 77})["max_tokens"], 77);
    EXPECT_EQ(to_messages_json(chat_with(R"("max_tokens":5)"))["max_tokens"], 5);
    EXPECT_EQ(to_messages_json(chat_with(R"("max_completion_tokens":6)"))["max_tokens"], 6);
    EXPECT_EQ(
        to_messages_json(chat_with(R"("max_tokens":5,"max_completion_tokens":6)"))["max_tokens"],
        6);
}

TEST(chat_to_messages, system_and_developer_messages_are_the_system) {
    const document one = to_messages_json(R"({"model":"m","messages":[
        {"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]})");
    EXPECT_EQ(one["system"], "Be brief.");
    EXPECT_EQ(one["messages"].size(), 1U);
    const document several = to_messages_json(R"({"model":"m","messages":[
        {"role":"developer","content":[{"type":"text","text":"A"},{"type":"text","text":" "}]},
        {"role":"user","content":"Hi"},{"role":"system","content":"B"}]})");
    EXPECT_EQ(several["system"],
              read(R"([{"type":"text","text":"A"},{"type":"text","text":"B"}])"));
    EXPECT_EQ(to_messages_json(R"({"model":"m","messages":[
        {"role":"system","content":"Be brief."}]})"),
              "messages");
    EXPECT_EQ(to_messages_json(R"({"model":"m","messages":[{"role":"user","content":"Hi"},
        {"role":"system","content":[{"type":"image_url","image_url":{"url":"https://a.b/c"}}]}]})"),
              "messages[1].content");
}

TEST(chat_to_messages, blank_text_is_left_out) {
    EXPECT_EQ(turns_of(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":""},
        {"role":"user","content":" \n"},
        {"role":"user","content":[{"type":"text","text":"\t"},{"type":"text","text":"On"}]}])"),
              read(R"([{"role":"user","content":"Hi"},{"role":"user","content":"On"}])"));
}

TEST(chat_to_messages, the_beginning_of_an_answer_does_not_end_with_white_space) {
    EXPECT_EQ(
        turns_of(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"So \n"}])")[1],
        read(R"({"role":"assistant","content":"So"})"));
    EXPECT_EQ(
        turns_of(R"([{"role":"assistant","content":"So "},{"role":"user","content":"Hi"}])")[0],
        read(R"({"role":"assistant","content":"So "})"));
}

TEST(chat_to_messages, users_keep_their_names) {
    EXPECT_EQ(turns_of(R"([{"role":"user","name":"Ann","content":"Hi"},
        {"role":"user","name":"Bob","content":[
            {"type":"image_url","image_url":{"url":"https://a.b/c"}}]}])"),
              read(R"([{"role":"user","content":"Ann: Hi"},{"role":"user","content":[
        {"type":"text","text":"Bob:"},{"type":"image","source":{"type":"url","url":"https://a.b/c"}}]}])"));
}

TEST(chat_to_messages, images_keep_their_source) {
    EXPECT_EQ(turns_of(R"([{"role":"user","content":[
        {"type":"image_url","image_url":{"url":"data:image/PNG;base64,AAAA","detail":"low"}},
        {"type":"image_url","image_url":{"url":"HTTPS://a.b/c"}},
        {"type":"image","image":"iVBORw0KGgoAAAA"}]}])")[0]["content"],
              read(R"([
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
        {"type":"image","source":{"type":"url","url":"HTTPS://a.b/c"}},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAAA"}}])"));
    for (const char* url : {"ftp://a/b", "data:image/png,xx", "data:;base64,AA",
                            "data:image/png;base64", "", "gs://bucket/cat.png"})
        EXPECT_EQ(turns_of(R"([{"role":"user","content":[{"type":"text","text":"What?"},
            {"type":"image_url","image_url":{"url":")" +
                           std::string(url) + R"("}}]}])"),
                  "messages[0].content[1].image_url.url")
            << url;
}

TEST(chat_to_messages, calls_have_objects_for_arguments) {
    EXPECT_EQ(
        turns_of(R"([{"role":"user","content":"Hi"},{"role":"assistant","content":"Let me see.",
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":[1]}"}},
                      {"id":"call_2","type":"function","function":{"name":"g","arguments":""}}]}])")
            [1],
        read(R"({"role":"assistant","content":[{"type":"text","text":"Let me see."},
        {"type":"tool_use","id":"call_1","name":"f","input":{"a":[1]}},
        {"type":"tool_use","id":"call_2","name":"g","input":{}}]})"));
    for (const char* arguments : {"{", "[1]", "null", "x"})
        EXPECT_EQ(
            turns_of(
                R"([{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",
            "function":{"name":"f","arguments":")" +
                std::string(arguments) + R"("}}]}])"),
            "messages[0].tool_calls[0].function.arguments")
            << arguments;
}

TEST(chat_to_messages, results_of_parallel_calls_are_one_turn_in_order) {
    // The user speaks between the results, and shows an image: neither parts them.
    EXPECT_EQ(turns_of(R"([{"role":"user","content":"Hi"},
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"b","type":"function","function":{"name":"f","arguments":"{}"}},
            {"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
            {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"b","content":"1"},
        {"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.b/c"}}]},
        {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"2"},{"type":"text","text":"3"}]},
        {"role":"tool","tool_call_id":"c","content":""},
        {"role":"user","content":"And?"},
        {"role":"assistant","content":"Done."},
        {"role":"user","content":"Thanks."}])"),
              read(R"([{"role":"user","content":"Hi"},
        {"role":"assistant","content":[{"type":"tool_use","id":"b","name":"f","input":{}},
            {"type":"tool_use","id":"a","name":"f","input":{}},
            {"type":"tool_use","id":"c","name":"f","input":{}}]},
        {"role":"user","content":[
            {"type":"tool_result","tool_use_id":"b","content":"1"},
            {"type":"tool_result","tool_use_id":"a","content":[
                {"type":"text","text":"2"},{"type":"text","text":"3"}]},
            {"type":"tool_result","tool_use_id":"c"},
            {"type":"image","source":{"type":"url","url":"https://a.b/c"}},
            {"type":"text","text":"And?"}]},
        {"role":"assistant","content":"Done."},
        {"role":"user","content":"Thanks."}])"));
}

TEST(chat_to_messages, ids_are_of_the_letters_that_anthropic_takes_and_never_the_same) {
    const document turns = turns_of(R"([
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"functions.f:0","content":"1"},
        {"role":"assistant","content":null,"tool_calls":[
            {"id":"functions.f:0","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"functions.f:0","content":"2"}])");
    const std::string first = turns[0]["content"][0]["id"], second = turns[2]["content"][0]["id"];
    EXPECT_NE(first, second);
    EXPECT_EQ(turns[1]["content"][0]["tool_use_id"], first);
    EXPECT_EQ(turns[3]["content"][0]["tool_use_id"], second);
    for (const std::string& id : {first, second})
        EXPECT_EQ(id.find_first_not_of(
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
                  std::string::npos)
            << id;
}

TEST(chat_to_messages, thoughts_come_back_as_they_were) {
    // As a client has them from a translated answer. What is not signed Anthropic would refuse.
    EXPECT_EQ(turns_of(R"([{"role":"assistant","content":"So.","reasoning":"Hm.","thinking_blocks":[
        {"type":"thinking","thinking":"Hm.","signature":"Eq="},
        {"type":"thinking","thinking":"","signature":"only"},
        {"type":"thinking","thinking":"not signed","signature":""},
        {"type":"redacted_thinking","data":"xyz"}]}])")[0]["content"],
              read(R"([{"type":"thinking","thinking":"Hm.","signature":"Eq="},
        {"type":"thinking","thinking":"","signature":"only"},
        {"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"So."}])"));
    EXPECT_EQ(
        turns_of(R"([{"role":"assistant","content":"So.","thinking_blocks":[{"type":"image"}]}])"),
        "messages[0].thinking_blocks");
}

TEST(chat_to_messages, a_refusal_of_before_is_what_was_said) {
    EXPECT_EQ(turns_of(R"([{"role":"assistant","content":null,"refusal":"No."}])")[0]["content"],
              "No.");
}

TEST(chat_to_messages, tools_and_their_choice) {
    const std::string tools =
        R"("tools":[{"type":"function","function":{"name":"f","description":"d",
        "strict":true,"parameters":{"type":"object","properties":{"a":{"type":"string"}}}}},
        {"type":"function","function":{"name":"g"}}])";
    const auto choice = [&](const std::string& more) {
        const document made = to_messages_json(chat_with(tools + more));
        return made.is_string() ? made : made.value("tool_choice", document());
    };
    EXPECT_EQ(to_messages_json(chat_with(tools))["tools"], read(R"([
        {"name":"f","description":"d","strict":true,
         "input_schema":{"type":"object","properties":{"a":{"type":"string"}}}},
        {"name":"g","input_schema":{"type":"object"}}])"));
    EXPECT_EQ(choice(""), document());
    EXPECT_EQ(choice(R"(,"tool_choice":"auto")"), read(R"({"type":"auto"})"));
    EXPECT_EQ(choice(R"(,"tool_choice":"none")"), read(R"({"type":"none"})"));
    EXPECT_EQ(choice(R"(,"tool_choice":"required")"), read(R"({"type":"any"})"));
    EXPECT_EQ(choice(R"(,"tool_choice":{"type":"function","function":{"name":"f"}})"),
              read(R"({"type":"tool","name":"f"})"));
    EXPECT_EQ(choice(R"(,"parallel_tool_calls":true)"), document());
    EXPECT_EQ(choice(R"(,"parallel_tool_calls":false)"),
              read(R"({"type":"auto","disable_parallel_tool_use":true})"));
    EXPECT_EQ(choice(R"(,"parallel_tool_calls":false,"tool_choice":"required")"),
              read(R"({"type":"any","disable_parallel_tool_use":true})"));
    EXPECT_EQ(choice(R"(,"parallel_tool_calls":false,"tool_choice":"none")"),
              read(R"({"type":"none"})"));
    EXPECT_EQ(choice(R"(,"tool_choice":"perhaps")"), "tool_choice");
    EXPECT_EQ(to_messages_json(chat_with(R"("tools":[{"type":"custom","function":{"name":"f"}}])")),
              "tools[0].type");
    // Anthropic refuses a choice where there are no tools.
    for (const char* idle : {R"("tool_choice":"none")", R"("tool_choice":"auto","tools":[])",
                             R"("parallel_tool_calls":false)"}) {
        const document made = to_messages_json(chat_with(idle));
        EXPECT_FALSE(made.contains("tool_choice")) << idle;
        EXPECT_FALSE(made.contains("tools")) << idle;
    }
    EXPECT_EQ(to_messages_json(chat_with(R"("tool_choice":"required")")), "tool_choice");
}

TEST(chat_to_messages, sampling) {
    const auto made = [](std::string_view members) { return to_messages_json(chat_with(members)); };
    EXPECT_EQ(made(R"("temperature":0.3)")["temperature"], 0.3);
    EXPECT_EQ(made(R"("temperature":1.7)")["temperature"], 1);
    EXPECT_EQ(made(R"("top_p":0.4)")["top_p"], 0.4);
    const document both = made(R"("temperature":0.3,"top_p":0.4)");
    EXPECT_EQ(both["temperature"], 0.3);
    EXPECT_EQ(both["top_p"], 0.4);
    // Newer models refuse the two beside each other; one that is 1 asks for nothing.
    EXPECT_FALSE(made(R"("temperature":0.3,"top_p":1)").contains("top_p"));
    EXPECT_FALSE(made(R"("temperature":1,"top_p":0.4)").contains("temperature"));
    EXPECT_FALSE(made(R"("temperature":2,"top_p":0.4)").contains("temperature"));
    EXPECT_EQ(made(R"("stop":"END")")["stop_sequences"], read(R"(["END"])"));
    EXPECT_EQ(made(R"("stop":["a","","b"])")["stop_sequences"], read(R"(["a","b"])"));
    for (const char* none : {R"("stop":"")", R"("stop":[])", R"("stop":[""])", R"("stop":null)"})
        EXPECT_FALSE(made(none).contains("stop_sequences")) << none;
    EXPECT_EQ(made(R"("stream":true,"stream_options":{"include_usage":true})"),
              read(R"({"model":"m","max_tokens":4096,"stream":true,
                       "messages":[{"role":"user","content":"Hi"}]})"));
    EXPECT_EQ(made(R"("user":"u1")")["metadata"], read(R"({"user_id":"u1"})"));
    EXPECT_EQ(made(R"("service_tier":"default")")["service_tier"], "standard_only");
}

TEST(chat_to_messages, what_anthropic_cannot_do_is_refused) {
    EXPECT_EQ(to_messages_json(chat_with(R"("n":2,"logprobs":true,"top_logprobs":3)")),
              "n, logprobs");
    EXPECT_EQ(to_messages_json(chat_with(R"("top_logprobs":3)")), "top_logprobs");
    EXPECT_TRUE(to_messages_json(chat_with(R"("n":1,"logprobs":false)")).is_object());
}

TEST(chat_to_messages, members_that_the_page_does_not_name_are_left_out) {
    EXPECT_EQ(
        to_messages_json(chat_with(R"("seed":1,"presence_penalty":1,"store":true,"verbosity":"low",
        "logit_bias":{"5":1},"novelty":{"a":1})")),
        to_messages_json(chat_with("")));
}

TEST(chat_to_messages, effort_is_a_budget_for_thoughts) {
    const auto made = [](std::string_view members) { return to_messages_json(chat_with(members)); };
    const document low = made(R"("reasoning_effort":"low")");
    EXPECT_EQ(low["thinking"], read(R"({"type":"enabled","budget_tokens":1024})"));
    EXPECT_EQ(low["max_tokens"], 4096 + 1024);
    const document high = made(R"("reasoning_effort":"high","max_completion_tokens":4000)");
    EXPECT_EQ(high["thinking"]["budget_tokens"], 2000);
    EXPECT_EQ(high["max_tokens"], 4000);
    for (const char* not_now :
         {R"("reasoning_effort":"none")", R"("reasoning_effort":"high","max_tokens":1024)",
          R"("reasoning_effort":"high","temperature":0.5)",
          R"("reasoning_effort":"high","top_p":0.5)",
          R"("reasoning_effort":"high","tool_choice":"required","tools":[
              {"type":"function","function":{"name":"f"}}])",
          R"("reasoning_effort":"high","response_format":{"type":"json_object"})"})
        EXPECT_FALSE(made(not_now).contains("thinking")) << not_now;
    // Anthropic wants the thoughts back that led to a call whose result it is given.
    const auto after_call = [](std::string_view thoughts) {
        return to_messages_json(R"({"model":"m","reasoning_effort":"low","messages":[
            {"role":"user","content":"Hi"},{"role":"assistant","content":null)" +
                                std::string(thoughts) + R"(,"tool_calls":[
            {"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"c","content":"1"}]})");
    };
    EXPECT_FALSE(after_call("").contains("thinking"));
    EXPECT_TRUE(
        after_call(R"(,"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}])")
            .contains("thinking"));
}

TEST(chat_to_messages, an_answer_in_a_form_is_the_input_of_a_tool) {
    const std::string form =
        R"("response_format":{"type":"json_schema","json_schema":{"name":"city",
        "strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"}}}}})";
    const auto translate = [](const std::string& members) {
        issue_list issues;
        auto made = to_messages(from_json<openai::chat_request>(chat_with(members)), {}, issues);
        EXPECT_TRUE(made) << places_of(issues);
        return *made;
    };
    const message_translation alone = translate(form);
    EXPECT_EQ(alone.answer_tool, "city");
    EXPECT_EQ(shown(alone.request)["tools"], read(R"([{"name":"city","strict":true,
        "description":"Takes the answer to the user.",
        "input_schema":{"type":"object","properties":{"name":{"type":"string"}}}}])"));
    EXPECT_EQ(shown(alone.request)["tool_choice"],
              read(R"({"type":"tool","name":"city","disable_parallel_tool_use":true})"));

    // Beside tools that it may call, it calls them or answers.
    const std::string tools = R"(,"tools":[{"type":"function","function":{"name":"city"}}])";
    const message_translation beside = translate(form + tools);
    EXPECT_EQ(beside.answer_tool, "city_");
    EXPECT_EQ(beside.request.tools->size(), 2U);
    EXPECT_EQ(shown(beside.request)["tool_choice"], read(R"({"type":"any"})"));
    EXPECT_EQ(shown(translate(form + tools + R"(,"tool_choice":"none")").request)["tool_choice"],
              read(R"({"type":"tool","name":"city_","disable_parallel_tool_use":true})"));
    // One that has to call a tool gives no answer.
    EXPECT_EQ(translate(form + tools + R"(,"tool_choice":"required")").answer_tool, "");

    EXPECT_EQ(translate(R"("response_format":{"type":"json_object"})").answer_tool, "json_answer");
    EXPECT_EQ(translate(R"("response_format":{"type":"text"})").answer_tool, "");
    EXPECT_EQ(to_messages_json(chat_with(R"("response_format":{"type":"json_schema","json_schema":{
        "name":"list","schema":{"type":"array"}}})")),
              "response_format.json_schema.schema");
}

}  // namespace message_request_tests
}  // namespace
}  // namespace tessera::server::cortex::translation_tests
