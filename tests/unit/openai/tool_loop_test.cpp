#include "tessera/openai/detail/tool_loop.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "tessera/cerebras/chat.hpp"

namespace tessera::openai::detail {
namespace {

tool_call call(std::string id, std::string name = "f", std::string arguments = "{}") {
    tool_call made;
    made.id = std::move(id);
    made.function.name = std::move(name);
    made.function.arguments = std::move(arguments);
    return made;
}

TEST(tool_turn, a_call_that_came_twice_runs_once) {
    tool_turn turn;
    turn.begin({call("1"), call("2"), call("1"), call("1", "g"), call("1", "f", "{ }"), call(""),
                call("")});
    EXPECT_EQ(turn.unanswered(), (std::vector<std::size_t>{0, 1, 3, 4, 5, 6}));
    for (const std::size_t i : turn.unanswered()) turn[i].told = std::to_string(i);
    const auto messages = turn.end();
    ASSERT_EQ(messages.size(), 7u);
    std::string told;
    for (const tool_message& each : messages) told += text_of(each.content);
    EXPECT_EQ(told, "0103456");
    EXPECT_EQ(messages[2].tool_call_id, "1");
    EXPECT_TRUE(turn.is_over());
}

TEST(tool_turn, what_has_its_result_is_not_run_again) {
    tool_turn turn;
    turn.begin({call("1"), call("2")});
    turn[0].told = "done";
    EXPECT_EQ(turn.unanswered(), std::vector<std::size_t>{1});
}

TEST(for_each_on_threads, does_everything_once) {
    for (const std::size_t threads : {0u, 1u, 3u, 50u}) {
        std::mutex mutex;
        std::multiset<std::size_t> done;
        for_each_on_threads(20, threads, [&](std::size_t i) {
            const std::lock_guard lock(mutex);
            done.insert(i);
        });
        EXPECT_EQ(done.size(), 20u);
        EXPECT_EQ(std::set<std::size_t>(done.begin(), done.end()).size(), 20u);
    }
    for_each_on_threads(0, 4, [](std::size_t) { FAIL(); });
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
        tool_loop<cerebras::chat_request> loop{
            .request = {.model = "m", .messages = {}, .tool_choice = forced}};
        ASSERT_TRUE(loop.take(calling({call("1")}), 1));
        EXPECT_FALSE(loop.request.tool_choice);
    }
    const tool_choice automatic = json::open_enum(tool_choice_mode::automatic);
    tool_loop<cerebras::chat_request> loop{
        .request = {.model = "m", .messages = {}, .tool_choice = automatic}};
    ASSERT_TRUE(loop.take(calling({call("1")}), 1));
    EXPECT_TRUE(loop.request.tool_choice);
}

TEST(tool_loop, more_calls_than_allowed_are_not_taken) {
    tool_loop<cerebras::chat_request> loop;
    loop.request.messages = {tessera::user("Go.")};
    const auto taken = loop.take(calling({call("1"), call("2")}), 1);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, error_kind::tool_limit);
    EXPECT_EQ(taken.error().body, R"([{"content":"Go.","role":"user"}])");
    EXPECT_TRUE(loop.turn.is_over());
    EXPECT_EQ(loop.request.messages.size(), 1u);
}

TEST(tool_loop, an_answer_without_a_choice_is_none) {
    tool_loop<cerebras::chat_request> loop;
    EXPECT_EQ(loop.take(cerebras::chat_response{}, 1).error().kind, error_kind::empty_answer);
}

}  // namespace
}  // namespace tessera::openai::detail
