#include "tessera/openai/parse.hpp"

#include <gtest/gtest.h>

#include "support/sample.hpp"
#include "tessera/cerebras/chat.hpp"

namespace tessera::openai {
namespace {

cerebras::chat_response answer(const std::string& message, const std::string& reason = "stop") {
    return json::decode_text<cerebras::chat_response>(
               R"({"id":"a","created":1,"model":"m","system_fingerprint":"f","usage":{},
                   "time_info":{},"object":"chat.completion","choices":[{"index":0,
                   "finish_reason":")" +
               reason + R"(","message":{"role":"assistant")" + message + "}}]}")
        .value();
}

error error_of(const cerebras::chat_response& said) {
    const result<sample::node> value = parse_answer<sample::node>(said);
    EXPECT_FALSE(value);
    return value ? error() : value.error();
}

TEST(parse_answer, reads_the_content) {
    const auto tree = parse_answer<sample::node>(answer(
        R"(,"content":" {\"name\":\"a\",\"children\":[{\"name\":\"b\",\"children\":[]}]} ")"));
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->children.at(0).name, "b");
}

TEST(parse_answer, a_refusal_is_an_error_that_carries_it) {
    const error reason = error_of(answer(R"(,"refusal":"I would rather not.")"));
    EXPECT_EQ(reason.kind, error_kind::refusal);
    EXPECT_EQ(reason.message, "the model refused: I would rather not.");
    EXPECT_EQ(reason.body, "I would rather not.");
}

TEST(parse_answer, an_answer_that_was_cut_off_carries_what_came) {
    for (const char* why : {"length", "content_filter"}) {
        const error reason = error_of(answer(R"(,"content":"{\"name\":\"a")", why));
        EXPECT_EQ(reason.kind, error_kind::incomplete_answer) << why;
        EXPECT_EQ(reason.body, "{\"name\":\"a") << why;
    }
}

TEST(parse_answer, without_content_says_why) {
    EXPECT_EQ(error_of(answer("")).kind, error_kind::empty_answer);
    EXPECT_EQ(error_of(answer(R"(,"content":"")")).kind, error_kind::empty_answer);
    const error called = error_of(answer(
        R"(,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":""}}])",
        "tool_calls"));
    EXPECT_EQ(called.kind, error_kind::empty_answer);
    EXPECT_EQ(called.message, "the model called tools instead of answering");
    cerebras::chat_response nobody = answer("");
    nobody.choices.clear();
    EXPECT_EQ(error_of(nobody).kind, error_kind::empty_answer);
}

TEST(parse_answer, names_every_place_that_does_not_fit) {
    const error reason = error_of(answer(R"(,"content":"{\"name\":1,\"children\":[{}]}")"));
    EXPECT_EQ(reason.kind, error_kind::decode);
    EXPECT_EQ(reason.message,
              "the content is not what was asked for: name: expected a string; "
              "children[0].name: required member is missing; "
              "children[0].children: required member is missing");
    EXPECT_EQ(error_of(answer(R"(,"content":"Paris.")")).kind, error_kind::decode);
}

TEST(parse_answer, an_issue_list_is_short_whatever_came) {
    std::string content = R"({\"name\":\"a\",\"children\":[)";
    for (int i = 0; i < 50; ++i) content += i ? ",1" : "1";
    const error reason = error_of(answer(R"(,"content":")" + content + "]}\""));
    EXPECT_LT(reason.message.size(), 600u);
    EXPECT_TRUE(reason.message.ends_with("; ..."));
}

}  // namespace
}  // namespace tessera::openai
