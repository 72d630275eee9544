#include "tessera/anthropic/parse.hpp"

#include <gtest/gtest.h>

#include "support/sample.hpp"

namespace tessera::anthropic {
namespace {

message answer(std::string_view content, std::string_view reason = "tool_use") {
    return json::decode_text<message>(R"({"id":"m","model":"c","content":[)" +
                                      std::string(content) + R"(],"stop_reason":")" +
                                      std::string(reason) +
                                      R"(","usage":{"input_tokens":1,"output_tokens":1}})")
        .value();
}

message called(std::string_view input) {
    return answer(R"({"type":"text","text":"Well."},{"type":"tool_use","id":"t","name":"Node",)"
                  R"("input":)" +
                  std::string(input) + "}");
}

TEST(tool_for, a_described_type_is_a_tool_with_its_schema) {
    EXPECT_EQ(json::encode(tool_for<sample::node>("grow", "Grows a tree.")),
              R"({"name":"grow","description":"Grows a tree.","input_schema":)" +
                  json::encode(json::strict_schema<sample::node>()) + "}");
}

TEST(answering_with, makes_the_model_call_a_tool) {
    message_request request{.model = "m", .max_tokens = 1, .messages = {user("A tree, please.")}};
    request.tools.emplace().push_back({.name = "other"});
    const message_request made = answering_with<sample::node>(request);
    ASSERT_EQ(made.tools->size(), 2u);
    EXPECT_EQ(made.tools->back().name, "Node");
    EXPECT_EQ(json::encode(*made.tool_choice),
              R"({"type":"tool","name":"Node","disable_parallel_tool_use":true})");
}

TEST(parse_answer, reads_the_input_of_the_call) {
    const auto tree = parse_answer<sample::node>(
        called(R"({"name":"a","children":[{"name":"b","children":[]}]})"));
    ASSERT_TRUE(tree) << tree.error().message;
    EXPECT_EQ(tree->children.at(0).name, "b");
}

TEST(parse_answer, names_every_place_that_does_not_fit) {
    const auto tree = parse_answer<sample::node>(called(R"({"name":1,"children":[{}]})"));
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().kind, error_kind::decode);
    EXPECT_EQ(tree.error().message,
              "the input does not fit: name: expected a string; children[0].name: required member "
              "is missing; children[0].children: required member is missing");
    EXPECT_EQ(tree.error().body, R"({"name":1,"children":[{}]})");
    EXPECT_EQ(parse_answer<sample::node>(called("{}")).error().kind, error_kind::decode);
}

TEST(parse_answer, says_why_there_is_no_answer) {
    const auto why = [](std::string_view reason) {
        return parse_answer<sample::node>(answer(R"({"type":"text","text":"I won't."})", reason))
            .error();
    };
    EXPECT_EQ(why("refusal").kind, error_kind::refusal);
    EXPECT_EQ(why("refusal").message, "the model refused: I won't.");
    EXPECT_EQ(why("max_tokens").kind, error_kind::incomplete_answer);
    EXPECT_EQ(why("model_context_window_exceeded").kind, error_kind::incomplete_answer);
    EXPECT_EQ(why("end_turn").kind, error_kind::empty_answer);
    EXPECT_EQ(why("end_turn").body, "I won't.");
}

TEST(input_as, an_empty_input_is_an_object) {
    const tool_use_block call{.id = "t", .name = "f"};
    EXPECT_EQ(input_as<sample::node>(call).error().message,
              "the input does not fit: name: required member is missing; children: required member "
              "is missing");
}

}  // namespace
}  // namespace tessera::anthropic
