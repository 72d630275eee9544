#include "tessera/json/encode.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/sample.hpp"
#include "tessera/json/equal.hpp"

namespace {

namespace json = tessera::json;

TEST(encode, members_in_described_order_and_absent_ones_left_out) {
    EXPECT_EQ(json::encode(sample::circle{.radius = 2}), R"({"shape":"circle","radius":2.0})");
    sample::everything given{.list = {"a"}, .shapes = {sample::circle{.radius = 0.1}}};
    EXPECT_EQ(json::encode(given),
              R"({"flag":false,"small":0,"large":0,"ratio":0.0,"single":0.0,"text":"",)"
              R"("anything":null,"closed_colour":"red","open_colour":"red","null_or_text":null,)"
              R"("required_or_null":null,"list":["a"],"table":{},"text_or_numbers":"",)"
              R"("shapes":[{"shape":"circle","radius":0.1}],"kind":"thing","decimal":"0",)"
              R"("nothing":null})");
}

TEST(encode, a_constant_stands_where_the_member_is_empty) {
    EXPECT_EQ(json::encode(sample::label{.text = "x"}), R"({"shape":"label","text":"x"})");
    EXPECT_EQ(json::encode(sample::label{.shape = "other", .text = "x"}),
              R"({"shape":"other","text":"x"})");
}

TEST(encode, unknown_members_follow_and_never_double_a_described_one) {
    sample::label given{.text = "x", .extra = {{"text", "again"}, {"z", 1}, {"\"", nullptr}}};
    EXPECT_EQ(json::encode(given), R"({"shape":"label","text":"x","z":1,"\"":null})");
    given.extra = json::value::array({1});
    EXPECT_EQ(json::encode(given), R"({"shape":"label","text":"x"})");
}

TEST(encode, empty_containers) {
    EXPECT_EQ(json::encode(std::map<std::string, int>{}), "{}");
    EXPECT_EQ(json::encode(std::vector<int>{}), "[]");
}

TEST(encode, strings_are_escaped) {
    using namespace std::string_literals;
    EXPECT_EQ(json::encode("\"\\\b\f\n\r\t\x01\x1f/\x7f é😀"s),
              "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\x7f é😀\"");
    EXPECT_EQ(json::encode("a\0b"s), R"("a\u0000b")");
}

// Unicode 15, section 3.9, "U+FFFD substitution of maximal subparts", tables 3-8 to 3-11.
TEST(encode, ill_formed_utf8_becomes_the_replacement_character) {
    const std::string bad = "\xef\xbf\xbd";
    const auto encoded = [](std::string_view bytes) {
        const std::string text = json::encode(std::string(bytes));
        return text.substr(1, text.size() - 2);
    };
    const auto times = [&](int count) {
        std::string out;
        while (count-- > 0) out += bad;
        return out;
    };
    EXPECT_EQ(encoded("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), times(8) + "A");
    EXPECT_EQ(encoded("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), times(8) + "A");
    EXPECT_EQ(encoded("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), times(5) + "A" + times(2) + "B");
    EXPECT_EQ(encoded("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), times(4) + "A");
    EXPECT_EQ(encoded("\xf0\x9f\x98"), times(1));
}

TEST(encode, numbers_are_short_and_read_back_the_same) {
    EXPECT_EQ(json::encode(0.1), "0.1");
    EXPECT_EQ(json::encode(0.1f), "0.1");
    EXPECT_EQ(json::encode(1.0), "1.0");
    EXPECT_EQ(json::encode(-0.0), "-0.0");
    EXPECT_EQ(json::encode(1e22), "1e+22");
    EXPECT_EQ(json::encode(5e-324), "5e-324");
    EXPECT_EQ(json::encode(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(json::encode(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(json::encode(std::nan("")), "null");
    EXPECT_EQ(json::encode(-INFINITY), "null");
}

TEST(encode, values_of_any_kind) {
    const json::value given = {{"a", {1, -2, 1.0, "x", nullptr, true}},
                               {"b", json::value::object()}};
    EXPECT_EQ(json::encode(given), R"({"a":[1,-2,1.0,"x",null,true],"b":{}})");
    EXPECT_EQ(json::encode(json::value::binary({1, 2})), "null");
}

TEST(encode, deep_values_need_no_call_stack) {
    json::value deep = 1, twin = 1;
    for (int i = 0; i < 50000; ++i) {
        json::value outer = json::value::array();
        outer.push_back(std::move(deep));
        deep = std::move(outer);
        json::value other = json::value::array();
        other.push_back(std::move(twin));
        twin = std::move(other);
    }
    EXPECT_EQ(json::encode(deep).size(), 100001u);
    EXPECT_TRUE(json::equal(deep, twin));
}

TEST(encode, to_value_is_the_same_tree) {
    EXPECT_EQ(json::to_value(sample::circle{.radius = 2}),
              (json::value{{"shape", "circle"}, {"radius", 2.0}}));
}

TEST(equal, looks_into_every_member) {
    sample::everything left, right;
    EXPECT_TRUE(json::equal(left, right));
    right.anything = {1};
    EXPECT_FALSE(json::equal(left, right));
    right = left;
    right.maybe = "";
    EXPECT_FALSE(json::equal(left, right));
    right = left;
    right.shapes.push_back(sample::label{.text = "x", .extra = {{"a", 1}}});
    left.shapes.push_back(sample::label{.text = "x", .extra = {{"a", 2}}});
    EXPECT_FALSE(json::equal(left, right));
    EXPECT_FALSE(json::equal(json::value{{"a", 1}}, json::value{{"b", 1}}));
    EXPECT_FALSE(json::equal(json::value{1, 2}, json::value{1}));
    EXPECT_TRUE(json::equal(json::value(1), json::value(1.0)));
}

TEST(open_enum, keeps_text_that_names_no_enumerator) {
    json::open_enum<sample::colour> paint = "mauve";
    EXPECT_EQ(paint.known(), std::nullopt);
    EXPECT_EQ(paint.text(), "mauve");
    EXPECT_FALSE(paint == sample::colour::red);
    paint = "green";
    EXPECT_EQ(paint.known(), sample::colour::green);
    EXPECT_EQ(paint, sample::colour::green);
    paint = sample::colour::blue;
    EXPECT_EQ(paint.text(), "blue");
}

}  // namespace
