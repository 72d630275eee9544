#include "tessera/tools/detail/tool_loop.hpp"

#include <gtest/gtest.h>

#include "tessera/cerebras/chat.hpp"
#include "tessera/openai/tool_runner.hpp"

namespace tessera::openai::detail {
namespace {

using tool_loop = tools::detail::tool_loop<conversing, cerebras::chat_request>;

tool_call call(std::string id, std::string name = "f", std::string arguments = "{}") {
    tool_call made;
    made.id = std::move(id);
    made.function.name = std::move(name);
    made.function.arguments = std::move(arguments);
    return made;
}

cerebras::chat_response calling(std::vector<tool_call> calls) {
    cerebras::chat_response answer;
    answer.choices.resize(1);
    answer.choices[0].message.tool_calls = std::move(calls);
    return answer;
}

TEST(tool_loop, a_forced_choice_holds_once) {
    for (const bool named : {false, true}) {
        tool_choice forced = json::open_enum(tool_choice_mode::required);
        if (named) forced = chosen_tool{.function = {.name = "f"}};
        tool_loop loop{.request = {.model = "m", .messages = {}, .tool_choice = forced}};
        ASSERT_TRUE(loop.take(calling({call("1")}), 1));
        EXPECT_FALSE(loop.request.tool_choice);
    }
    const tool_choice automatic = json::open_enum(tool_choice_mode::automatic);
    tool_loop loop{.request = {.model = "m", .messages = {}, .tool_choice = automatic}};
    ASSERT_TRUE(loop.take(calling({call("1")}), 1));
    EXPECT_TRUE(loop.request.tool_choice);
}

TEST(tool_loop, more_calls_than_allowed_are_not_taken) {
    tool_loop loop;
    loop.request.messages = {tessera::user("Go.")};
    const auto taken = loop.take(calling({call("1"), call("2")}), 1);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, error_kind::tool_limit);
    EXPECT_EQ(taken.error().body, R"([{"content":"Go.","role":"user"}])");
    EXPECT_TRUE(loop.turn.is_over());
    EXPECT_EQ(loop.request.messages.size(), 1u);
}

TEST(tool_loop, an_answer_without_a_choice_is_none) {
    tool_loop loop;
    EXPECT_EQ(loop.take(cerebras::chat_response{}, 1).error().kind, error_kind::empty_answer);
}

}  // namespace
}  // namespace tessera::openai::detail
