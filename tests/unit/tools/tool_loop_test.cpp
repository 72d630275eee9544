#include "tessera/tools/detail/tool_loop.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace tessera::tools::detail {
namespace {

called_tool call(std::string id, std::string name = "f", std::string arguments = "{}") {
    return {std::move(id), std::move(name), std::move(arguments)};
}

TEST(tool_turn, a_call_that_came_twice_runs_once) {
    tool_turn turn;
    turn.begin({call("1"), call("2"), call("1"), call("1", "g"), call("1", "f", "{ }"), call(""),
                call("")});
    EXPECT_EQ(turn.unanswered(), (std::vector<std::size_t>{0, 1, 3, 4, 5, 6}));
    for (const std::size_t i : turn.unanswered()) turn[i].told.emplace(std::to_string(i));
    const auto results = turn.end();
    ASSERT_EQ(results.size(), 7u);
    std::string told;
    for (const told_call& each : results) told += each.answer.text;
    EXPECT_EQ(told, "0103456");
    EXPECT_EQ(results[2].id, "1");
    EXPECT_TRUE(turn.is_over());
}

TEST(tool_turn, what_has_its_result_is_not_run_again) {
    tool_turn turn;
    turn.begin({call("1"), call("2")});
    turn[0].told.emplace("done");
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

}  // namespace
}  // namespace tessera::tools::detail
