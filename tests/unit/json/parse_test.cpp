#include "tessera/json/parse.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace json = tessera::json;

std::string message_of(std::string_view text, const json::limits& bounds = {}) {
    const auto parsed = json::parse(text, bounds);
    EXPECT_FALSE(parsed.has_value()) << text.substr(0, 40);
    if (parsed) return {};
    EXPECT_EQ(parsed.error().kind, tessera::error_kind::decode);
    return parsed.error().message;
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += text;
    return out;
}

TEST(parse, reads_every_kind) {
    const auto parsed = json::parse(
        R"( {"a":[null,true,false,-1,18446744073709551615,1.5e3,"xé\u00e9\ud83d\ude00"]} )");
    ASSERT_TRUE(parsed);
    const auto& list = (*parsed)["a"];
    EXPECT_TRUE(list[0].is_null());
    EXPECT_EQ(list[1], true);
    EXPECT_EQ(list[3], -1);
    EXPECT_EQ(list[4], 18446744073709551615u);
    EXPECT_EQ(list[5], 1500.0);
    EXPECT_EQ(list[6], "xéé😀");
}

TEST(parse, members_keep_their_order) {
    EXPECT_EQ(json::parse(R"({"z":1,"a":{"y":2,"b":3}})").value().dump(),
              R"({"z":1,"a":{"y":2,"b":3}})");
}

TEST(parse, many_members_cost_no_quadratic_time_and_the_last_of_a_name_counts) {
    std::string text = "{";
    for (int i = 0; i < 200000; ++i)
        text += "\"" + std::to_string(i % 150000) + "\":" + std::to_string(i) + ",";
    text.back() = '}';
    const json::value parsed = json::parse(text).value();
    ASSERT_EQ(parsed.size(), 150000u);
    EXPECT_EQ(parsed.begin().key(), "50000");
    EXPECT_EQ(parsed.begin().value(), 50000);
    EXPECT_EQ(std::prev(parsed.end()).key(), "49999");
    EXPECT_EQ(std::prev(parsed.end()).value(), 199999);
}

TEST(parse, the_last_of_members_with_one_name_counts) {
    EXPECT_EQ(json::parse(R"({"a":[1,2],"b":0,"a":3})")->dump(), R"({"a":3,"b":0})");
}

TEST(parse, errors_name_the_byte) {
    EXPECT_EQ(message_of("[1,]"),
              "invalid JSON at byte 3: unexpected ']'; expected '[', '{', or a literal");
    EXPECT_NE(message_of("").find("unexpected end of input"), std::string::npos);
    EXPECT_NE(message_of(R"({"a":1} x)").find("at byte 8"), std::string::npos);
    EXPECT_NE(message_of("1e999").find("beyond the range of a double"), std::string::npos);
}

TEST(parse, messages_repeat_nothing_of_the_text) {
    const std::string message = message_of("[\"" + std::string(100000, 'x') + "\n\"]");
    EXPECT_LT(message.size(), 200u);
    EXPECT_EQ(message.find("xxx"), std::string::npos);
}

TEST(parse, refuses_nul_anywhere) {
    using namespace std::string_view_literals;
    EXPECT_EQ(message_of("1\0"sv), "invalid JSON at byte 1: a NUL byte");
    EXPECT_EQ(message_of("\"a\0b\""sv), "invalid JSON at byte 2: a NUL byte");
}

TEST(parse, refuses_what_is_no_utf8) {
    for (const auto* bytes : {"\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"})
        message_of("\"" + std::string(bytes) + "\"");
}

TEST(parse, bounds_the_depth_and_says_where) {
    EXPECT_TRUE(json::parse(repeat("[", 128) + repeat("]", 128)));
    EXPECT_EQ(message_of(repeat("[", 129) + repeat("]", 129)),
              "invalid JSON at byte 128: more than 128 arrays and objects inside each other");
    EXPECT_EQ(message_of(R"(["[\"[", {"a":[)", {.depth = 2}),
              "invalid JSON at byte 14: more than 2 arrays and objects inside each other");
    EXPECT_EQ(message_of("[]", {.depth = 0}),
              "invalid JSON at byte 0: more than 0 arrays and objects inside each other");
    EXPECT_TRUE(json::parse("1", {.depth = 0}));
}

TEST(parse, a_hundred_thousand_brackets_are_refused_at_once) {
    const auto start = std::chrono::steady_clock::now();
    message_of(repeat("[", 100000));
    message_of(repeat("{\"a\":", 100000));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(parse, is_not_recursive_where_the_limit_allows_depth) {
    const auto parsed = json::parse(repeat("[", 50000) + repeat("]", 50000), {.depth = 50000});
    EXPECT_TRUE(parsed);  // and it is destroyed without recursion
}

TEST(parse, bounds_bytes_and_values) {
    EXPECT_TRUE(json::parse("[1,2]", {.bytes = 5, .values = 3}));
    EXPECT_NE(message_of("[1,2]", {.bytes = 4}).find("at most 4"), std::string::npos);
    EXPECT_NE(message_of("[1,2]", {.values = 2}).find("more than 2 values"), std::string::npos);
}

TEST(parse, agrees_with_the_public_test_suite) {
    const auto folder = std::filesystem::path(TESSERA_VECTORS) / "json-test-suite" / "test_parsing";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no vectors at " << folder;
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const std::string name = entry.path().filename().string();
        const bool accepted = json::parse(text).has_value();
        if (name[0] != 'i') {
            EXPECT_EQ(accepted, name[0] == 'y') << name;
        }
        ++count;
    }
    EXPECT_GT(count, 300);
}

}  // namespace
