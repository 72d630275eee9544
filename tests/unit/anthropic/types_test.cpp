#include <gtest/gtest.h>

#include <vector>

#include "tessera/anthropic/models.hpp"
#include "tessera/call/error_body.hpp"
#include "unit/anthropic/transcript.hpp"

namespace tessera::anthropic {
namespace {

// A request with every member and every kind of block.
constexpr std::string_view everything =
    R"({"model":"claude-x","max_tokens":2048,"messages":[{"role":"user","content":"Hello."},)"
    R"({"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"EqoB"},)"
    R"({"type":"redacted_thinking","data":"gAAA"},{"type":"text","text":"Hi.","citations":[)"
    R"({"type":"page_location","cited_text":"a","document_index":0,"start_page_number":1,)"
    R"("end_page_number":2},{"type":"content_block_location","cited_text":"b",)"
    R"("document_index":0,"start_block_index":0,"end_block_index":1},)"
    R"({"type":"web_search_result_location","cited_text":"c","encrypted_index":"e","title":"t",)"
    R"("url":"https://example.org"},{"type":"search_result_location","cited_text":"d",)"
    R"("search_result_index":0,"source":"s","start_block_index":0,"end_block_index":1}]},)"
    R"({"type":"tool_use","id":"t1","name":"f","input":{"z":1,"a":[true,null]}},)"
    R"({"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"q"}}]},)"
    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[)"
    R"({"type":"text","text":"sunny"},{"type":"image","source":{"type":"base64",)"
    R"("media_type":"image/png","data":"iVBO"}}],"is_error":false},)"
    R"({"type":"tool_result","tool_use_id":"t2","content":"42"},)"
    R"({"type":"image","source":{"type":"url","url":"https://example.org/a.png"}},)"
    R"({"type":"image","source":{"type":"file","file_id":"file_1"}},)"
    R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},)"
    R"("title":"T","context":"C","citations":{"enabled":true},)"
    R"("cache_control":{"type":"ephemeral","ttl":"1h"}},)"
    R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"}},)"
    R"({"type":"document","source":{"type":"content","content":[{"type":"text","text":"x"}]}}]}],)"
    R"("system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],)"
    R"("stream":true,"temperature":0.5,"top_k":40,"top_p":0.9,"stop_sequences":["END"],)"
    R"("tools":[{"name":"f","description":"F.","input_schema":{"type":"object",)"
    R"("properties":{"z":{"type":"integer"}}},"cache_control":{"type":"ephemeral"}},)"
    R"({"type":"web_search_20250305","name":"web_search","max_uses":5}],)"
    R"("tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},)"
    R"("thinking":{"type":"enabled","budget_tokens":1024},"metadata":{"user_id":"u"},)"
    R"("service_tier":"standard_only","container":"c1"})";

template <class T>
std::string again(std::string_view text) {
    std::vector<json::issue> issues;
    const auto read = json::decode_text<T>(text, json::mode::strict, issues);
    for (const json::issue& each : issues)
        ADD_FAILURE() << json::to_string(each.path) << ": " << each.message;
    return read ? json::encode(*read) : "";
}

std::vector<std::string> issues_of(std::string_view request) {
    std::vector<json::issue> issues;
    (void)json::decode_text<message_request>(request, json::mode::strict, issues);
    std::vector<std::string> all;
    for (const json::issue& each : issues)
        all.push_back(json::to_string(each.path) + ": " + each.message);
    return all;
}

std::vector<std::string> issues_of_message(const std::string& message) {
    return issues_of(R"({"model":"m","max_tokens":1,"messages":[)" + message + "]}");
}

TEST(message_request, everything_is_read_strictly_and_written_back) {
    EXPECT_EQ(again<message_request>(everything), everything);
}

TEST(message_request, is_made_in_one_expression) {
    const message_request request{
        .model = "claude-x",
        .max_tokens = 100,
        .messages = {user("Hello."), assistant("Hi."), user({tool_result("t1", "sunny")})},
        .system = "Be brief.",
        .tool_choice = {{.type = tool_choice_type::any}},
        .thinking = {{.budget_tokens = 1024}}};
    EXPECT_EQ(
        json::encode(request),
        R"({"model":"claude-x","max_tokens":100,"messages":[{"role":"user","content":"Hello."},)"
        R"({"role":"assistant","content":"Hi."},{"role":"user","content":[)"
        R"({"type":"tool_result","tool_use_id":"t1","content":"sunny"}]}],)"
        R"("system":"Be brief.","tool_choice":{"type":"any"},)"
        R"("thinking":{"type":"enabled","budget_tokens":1024}})");
}

TEST(message_request, a_block_of_an_unknown_kind_is_kept_wherever_blocks_are) {
    for (
        const char* message :
        {R"({"role":"user","content":[{"type":"hologram","voxels":[1],"source":{"type":"x"}}]})",
         R"({"role":"user","content":[{"type":"image","source":{"type":"scent","data":"x"}}]})",
         R"({"role":"user","content":[{"type":"document","source":{"type":"dream"}}]})",
         R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"search_result","title":"x"}]}]})",
         R"({"role":"assistant","content":[{"type":"text","text":"a","citations":[{"type":"hearsay","from":"b"}]}]})"})
        EXPECT_EQ(again<input_message>(message), message);
}

TEST(message_request, what_is_wrong_is_named) {
    using issues = std::vector<std::string>;
    EXPECT_EQ(issues_of(R"({"messages":[]})"),
              (issues{"model: required member is missing", "max_tokens: required member is missing",
                      "messages: expected at least 1 items"}));
    EXPECT_EQ(
        issues_of(R"({"model":"","max_tokens":0,"temperature":1.5,"top_p":2,"messages":[{}]})")
            .size(),
        6u);
    // A kind that is known holds to its form: it does not become an unknown one.
    EXPECT_EQ(issues_of_message(R"({"role":"user","content":[{"type":"text"}]})"),
              (issues{"messages[0].content[0].text: required member is missing"}));
    EXPECT_EQ(
        issues_of_message(
            R"({"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":"{}"}]})"),
        (issues{"messages[0].content[0].input: expected an object"}));
    EXPECT_EQ(issues_of_message(R"({"role":"user","content":[{"text":"a"}]})"),
              (issues{"messages[0].content[0].type: required member is missing"}));
    EXPECT_EQ(issues_of_message(R"({"role":"system","content":"x"})").size(), 1u);
    EXPECT_EQ(issues_of_message(R"({"role":"user","content":7})").size(), 1u);
    EXPECT_EQ(issues_of(R"({"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],)"
                        R"("tool_choice":{"type":"required"}})")
                  .size(),
              1u);
}

TEST(message, is_read_and_written_back) {
    const auto read = json::decode_text<message>(test::spelled);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(json::encode(*read), test::spelled);
    EXPECT_EQ(read->text(), "In Zürich.");
    ASSERT_EQ(read->tool_calls().size(), 1u);
    EXPECT_EQ(read->tool_calls()[0].name, "get_weather");
    EXPECT_EQ(*read->stop_reason, stop_reason::tool_use);
    EXPECT_EQ(read->usage.prompt_tokens(), 32);
    EXPECT_EQ(read->usage.total(), 121);
}

// As the page of the gateway shows it: without stop_sequence.
TEST(message, may_lack_what_is_not_always_sent) {
    const auto read = json::decode_text<message>(
        R"({"id":"msg_01ABC123","type":"message","role":"assistant","content":[{"type":"text",)"
        R"("text":"The capital of France is Paris."}],"model":"claude-3-5-sonnet-20241022",)"
        R"("stop_reason":"end_turn","usage":{"input_tokens":15,"output_tokens":8}})");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->text(), "The capital of France is Paris.");
    EXPECT_TRUE(read->stop_sequence.is_null());
}

TEST(message, newer_answers_are_read_and_written_back) {
    constexpr std::string_view newer =
        R"({"id":"m","type":"message","role":"assistant","content":[{"type":"hologram","voxels":[1]},)"
        R"({"type":"text","text":"a","citations":[{"type":"hearsay"}],"mood":"good"}],"model":"c",)"
        R"("stop_reason":"bored","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2,)"
        R"("joules":3},"container":{"id":"c1"}})";
    const auto read = json::decode_text<message>(newer);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->stop_reason->text(), "bored");
    EXPECT_EQ(std::get<other>(read->content[0]).type, "hologram");
    EXPECT_EQ(json::encode(*read), newer);
}

TEST(to_message, gives_the_blocks_back_without_blank_text) {
    const auto said = json::decode_text<message>(
        R"({"id":"m","content":[{"type":"thinking","thinking":"","signature":"E"},{"type":"text",)"
        R"("text":" \n"},{"type":"text","text":""},{"type":"text","text":"a "},{"type":"hologram",)"
        R"("voxels":[1]},{"type":"tool_use","id":"t","name":"f","input":{"x":1}}],"model":"c",)"
        R"("stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}})");
    ASSERT_TRUE(said) << said.error().message;
    EXPECT_EQ(json::encode(to_message(*said)),
              R"({"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"E"},)"
              R"({"type":"text","text":"a "},{"type":"hologram","voxels":[1]},)"
              R"({"type":"tool_use","id":"t","name":"f","input":{"x":1}}]})");
}

TEST(text_of, joins_text_blocks) {
    EXPECT_EQ(text_of(user("a").content), "a");
    EXPECT_EQ(
        text_of(
            user({text_block{.text = "a"}, other{.type = "x"}, text_block{.text = "b"}}).content),
        "ab");
}

TEST(stream_event, every_event_is_read_named_and_written_back) {
    std::string text;
    for (const http::sse_event& each : test::events_in(test::transcript)) {
        const stream_event read = test::event(each.data);
        EXPECT_EQ(event_name(read), each.type);
        // The order of members means nothing.
        EXPECT_EQ(nlohmann::json::parse(json::encode(read)), nlohmann::json::parse(each.data));
        text += text_of(read);
    }
    EXPECT_EQ(text, "In Zürich.");
}

TEST(stream_event, an_unknown_one_is_kept) {
    constexpr std::string_view text = R"({"type":"moon_phase","phase":"full"})";
    const stream_event read = test::event(text);
    EXPECT_EQ(std::get<other>(read).type, "moon_phase");
    EXPECT_EQ(event_name(read), "moon_phase");
    EXPECT_EQ(json::encode(read), text);
    EXPECT_TRUE(std::holds_alternative<other>(test::event(R"({"phase":"full"})")));
    const stream_event delta = test::event(
        R"({"type":"content_block_delta","index":0,"delta":{"type":"smell_delta","smell":"x"}})");
    EXPECT_EQ(std::get<other>(std::get<content_block_delta>(delta).delta).extra["smell"], "x");
}

TEST(error_body, is_the_body_of_an_error_and_an_event) {
    constexpr std::string_view text =
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"})";
    EXPECT_EQ(std::get<error_body>(test::event(text)).error.type, error_type::overloaded_error);
    EXPECT_EQ(json::encode(test::event(text)), text);
    const auto body = body_as<error_body>(error{.body = std::string(text)});
    ASSERT_TRUE(body);
    EXPECT_EQ(body->error.message, "Overloaded");
    const auto newer =
        json::decode_text<error_body>(R"({"type":"error","error":{"type":"tired","message":"m"}})");
    ASSERT_TRUE(newer);
    EXPECT_EQ(newer->error.type.text(), "tired");
}

TEST(model_list, is_read_as_both_the_gateway_and_the_vendor_send_it) {
    const auto whole = json::decode_text<model_list>(
        R"({"data":[{"id":"claude-x","display_name":"Claude X","created_at":"2024-10-22T00:00:00Z","type":"model"}]})");
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(whole->data.at(0).display_name, "Claude X");
    EXPECT_FALSE(whole->has_more);
    constexpr std::string_view page =
        R"({"data":[],"has_more":true,"first_id":"a","last_id":null,"total":3})";
    EXPECT_EQ(again<model_list>(page), page);
}

}  // namespace
}  // namespace tessera::anthropic
