#include "tessera/json/partial.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

namespace json = tessera::json;

const std::vector<std::string> all_kinds{
    R"({"city":"Oslo","people":709037,"sights":["fjord",{"name":"opera","free":true}],"twin":null})",
    R"( { "a" : [ ] , "b" : { } , "c" : [ [ ] , [ 1 , -2.5e+3 , 0 ] ] } )",
    R"("a\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00 é€😀")",
    R"({"\u0061\n":{"é":"\ud83d\uDE00"},"":""})",
    "[1,2,3,-0,0.5,1E3,18446744073709551615,-9223372036854775808,1e308,123456789012345678901]",
    "[true,false,null]",
    "true",
    "null",
    "12",
    "-1.5",
    "\"\"",
    "\t\r\n 7 \n",
    // Refused.
    "",
    "   ",
    "{",
    "[1",
    "{\"a\":1",
    "{\"a\":",
    "{\"a\"",
    "{\"a",
    "\"a",
    "\"a\\",
    "\"\\ud83d",
    "[1,]",
    "{\"a\":1,}",
    "{,}",
    "[,1]",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "[1 2]",
    "[1}",
    "{\"a\":1]",
    "]",
    "1 2",
    "{} x",
    "01",
    "1.",
    "-",
    "+1",
    "1e999",
    ".5",
    "1-1",
    "tru",
    "trux",
    "nulll",
    "True",
    "'a'",
    "\"\\x41\"",
    "\"\\u12g4\"",
    "\"\\u12\"",
    "\"\\ud83d\"",
    "\"\\ud83dabcdef\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ude00\"",
    "\"a\nb\"",
    "\"\xc3(\"",
    "\"\xff\"",
    "\"\xed\xa0\x80\"",
    "\"\xe2\x82\"",
    "\"\xf5\x80\x80\x80\"",
    std::string("[1\0]", 4),
    "\xc3\xa9",
};

// Whether `part` may grow to `whole` by what comes at its end.
bool may_become(const json::value& part, const json::value& whole) {
    if (part.is_string())
        return whole.is_string() &&
               whole.get_ref<const std::string&>().starts_with(part.get_ref<const std::string&>());
    if (!part.is_structured()) return part == whole;
    if (part.type() != whole.type() || part.size() > whole.size()) return false;
    auto other = whole.begin();
    std::size_t left = part.size();
    for (auto it = part.begin(); it != part.end(); ++it, ++other) {
        if (part.is_object() && it.key() != other.key()) return false;
        if (--left > 0 ? *it != *other : !may_become(*it, *other)) return false;
    }
    return true;
}

void expect_like_parse(const json::partial_reader& reader, const tessera::result<void>& outcome,
                       const std::string& text) {
    const auto whole = json::parse(text);
    EXPECT_EQ(outcome.has_value(), whole.has_value()) << text;
    EXPECT_EQ(reader.is_complete(), whole.has_value()) << text;
    if (whole) {
        EXPECT_EQ(reader.so_far(), *whole);
        EXPECT_EQ(reader.so_far().dump(), whole->dump());
    } else if (!outcome) {
        EXPECT_EQ(outcome.error().kind, tessera::error_kind::decode);
    }
}

TEST(partial_reader, reads_what_parse_reads_at_every_split) {
    for (const std::string& text : all_kinds) {
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            json::partial_reader reader;
            (void)reader.feed(text.substr(0, cut));
            (void)reader.feed(text.substr(cut));
            expect_like_parse(reader, reader.finish(), text);
        }
    }
}

TEST(partial_reader, grows_byte_by_byte_towards_the_value) {
    for (const std::string& text : all_kinds) {
        const auto whole = json::parse(text);
        json::partial_reader reader;
        for (const char c : text) {
            const bool good = reader.feed({&c, 1}).has_value();
            if (!whole) continue;
            EXPECT_TRUE(good) << text;
            EXPECT_TRUE(reader.so_far().is_null() || may_become(reader.so_far(), *whole))
                << reader.so_far() << " of " << text;
        }
        expect_like_parse(reader, reader.finish(), text);
    }
}

std::string after(std::string_view text) {
    json::partial_reader reader;
    EXPECT_TRUE(reader.feed(text)) << text;
    return reader.so_far().dump();
}

TEST(partial_reader, has_strings_as_they_grow_and_the_rest_when_it_is_whole) {
    EXPECT_EQ(after(""), "null");
    EXPECT_EQ(after("{"), "{}");
    EXPECT_EQ(after(R"({"na)"), "{}");
    EXPECT_EQ(after(R"({"name":)"), "{}");
    EXPECT_EQ(after(R"({"name":")"), R"({"name":""})");
    EXPECT_EQ(after(R"({"name":"Os)"), R"({"name":"Os"})");
    EXPECT_EQ(after("{\"name\":\"\xc3"), R"({"name":""})");
    EXPECT_EQ(after(R"({"name":"\ud83d\ude)"), R"({"name":""})");
    EXPECT_EQ(after(R"({"size":12)"), "{}");
    EXPECT_EQ(after(R"({"size":12,)"), R"({"size":12})");
    EXPECT_EQ(after(R"({"open":tru)"), "{}");
    EXPECT_EQ(after(R"({"open":true)"), R"({"open":true})");
    EXPECT_EQ(after("[[1,[2"), "[[1,[]]]");
}

TEST(partial_reader, of_members_with_one_name_the_last_counts) {
    std::string many = "{";
    for (int i = 0; i < 100; ++i)
        many += "\"" + std::to_string(i % 40) + "\":\"" + std::to_string(i) + "\",";
    many += "\"0\":[]}";
    for (const std::string& text : {std::string(R"({"a":1,"b":2,"a":"x"})"), many}) {
        json::partial_reader reader;
        for (const char c : text) ASSERT_TRUE(reader.feed({&c, 1}));
        expect_like_parse(reader, reader.finish(), text);
    }
}

TEST(partial_reader, errors_name_the_byte_and_stay) {
    json::partial_reader reader;
    ASSERT_TRUE(reader.feed(R"({"a": [1, 2)"));
    const auto failed = reader.feed("}, 3]}");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "invalid JSON at byte 11: the end of what is not open");
    EXPECT_EQ(reader.so_far().dump(), R"({"a":[1,2]})");
    EXPECT_EQ(reader.feed("]").error().message, failed.error().message);
    EXPECT_EQ(reader.finish().error().message, failed.error().message);
    EXPECT_FALSE(reader.is_complete());
}

TEST(partial_reader, keeps_to_the_limits) {
    const auto message = [](const json::limits& bounds, std::string_view text) {
        json::partial_reader reader(bounds);
        const auto outcome = reader.feed(text);
        return outcome ? std::string() : outcome.error().message;
    };
    EXPECT_EQ(message({.depth = 3}, "[[[]]]"), "");
    EXPECT_EQ(message({.depth = 3}, "[[[["),
              "invalid JSON at byte 3: more than 3 arrays and objects inside each other");
    EXPECT_EQ(message({.values = 3}, "[1,2,"), "");
    EXPECT_EQ(message({.values = 3}, "[1,2,\""), "invalid JSON: more than 3 values");
    EXPECT_EQ(message({.bytes = 5}, "[1,2]"), "");
    EXPECT_EQ(message({.bytes = 5}, "[1,2] "),
              "invalid JSON: the text has 6 bytes, at most 5 are read");
    EXPECT_EQ(message({}, std::string(1000000, '[')),
              "invalid JSON at byte 128: more than 128 arrays and objects inside each other");
}

}  // namespace
