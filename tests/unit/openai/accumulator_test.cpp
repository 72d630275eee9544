#include "tessera/openai/accumulator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace tessera::openai {
namespace {

tool_call_delta piece(std::optional<std::int64_t> index, std::optional<std::string> id,
                      std::optional<std::string> name, std::optional<std::string> arguments) {
    tool_call_delta delta{.function = {.name = name, .arguments = arguments}};
    delta.index = index;
    delta.id = id;
    return delta;
}

TEST(tool_call_accumulator, without_a_delta_there_are_no_calls) {
    EXPECT_EQ(tool_call_accumulator().calls(), std::nullopt);
}

TEST(tool_call_accumulator, pieces_with_one_index_make_one_call) {
    tool_call_accumulator calls;
    calls.add(piece(0, "call_1", "weather", ""));
    calls.add(piece(0, {}, {}, "{\"city\":"));
    calls.add(piece(0, {}, {}, "\"Paris\"}"));
    const auto whole = calls.calls();
    ASSERT_TRUE(whole && whole->size() == 1);
    EXPECT_EQ(whole->front().id, "call_1");
    EXPECT_EQ(whole->front().function.name, "weather");
    EXPECT_EQ(whole->front().function.arguments, "{\"city\":\"Paris\"}");
}

TEST(tool_call_accumulator, interleaved_calls_are_kept_apart_and_ordered_by_index) {
    tool_call_accumulator calls;
    calls.add(piece(1, "b", "second", "{"));
    calls.add(piece(0, "a", "first", "["));
    calls.add(piece(1, {}, {}, "}"));
    calls.add(piece(0, {}, {}, "]"));
    const auto whole = calls.calls();
    ASSERT_TRUE(whole && whole->size() == 2);
    EXPECT_EQ((*whole)[0].function.arguments, "[]");
    EXPECT_EQ((*whole)[1].function.arguments, "{}");
}

TEST(tool_call_accumulator, a_piece_without_an_index_goes_on_with_the_last_call) {
    tool_call_accumulator calls;
    calls.add(piece(3, "c", "third", "1"));
    calls.add(piece({}, {}, {}, "2"));
    EXPECT_EQ(calls.calls()->front().function.arguments, "12");
}

TEST(tool_call_accumulator, any_index_costs_one_entry) {
    tool_call_accumulator calls;
    calls.add(piece(std::numeric_limits<std::int64_t>::max(), "x", "far", ""));
    calls.add(piece(std::numeric_limits<std::int64_t>::min(), "y", "near", ""));
    ASSERT_EQ(calls.calls()->size(), 2u);
    EXPECT_EQ(calls.calls()->front().id, "y");
}

}  // namespace
}  // namespace tessera::openai
