#include "constrain/language.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

language words(std::initializer_list<std::string_view> list) {
    return language::words(std::vector<std::string_view>(list));
}

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t longest) {
    std::string text(random() % (longest + 1), ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    return text;
}

TEST(language, has_exactly_its_words) {
    const language l = words({"ab", "", "abc", "\u00e9", "\U0001f600x", "ab"});
    for (const char* word : {"", "ab", "abc", "\u00e9", "\U0001f600x"})
        EXPECT_TRUE(l.contains(word)) << word;
    for (const char* word : {"a", "b", "abcd", "\u00e9\u00e9", "\U0001f600", "\xc3", "ab\xff"})
        EXPECT_FALSE(l.contains(word)) << word;
    EXPECT_THROW(words({"\xff"}), engine_error);
    EXPECT_THROW(words({"\xed\xa0\x80"}), engine_error);
}

TEST(language, of_everything_and_of_nothing) {
    EXPECT_TRUE(language::nothing().empty());
    EXPECT_EQ(language::nothing().states(), 0U);
    EXPECT_EQ(language::nothing().start(), language::dead);
    EXPECT_TRUE(words({}).empty());
    const language all = language::everything();
    EXPECT_EQ(all.states(), 1U);
    EXPECT_TRUE(all.contains("") && all.contains("a\n\u2028\U0010ffff"));
    EXPECT_FALSE(all.contains("\xed\xa0\x80"));  // a surrogate is no text
    for (const language::edge& e : all.edges(0)) EXPECT_TRUE(e.last < 0xd800 || e.first > 0xdfff);
    EXPECT_EQ(complement(all), language::nothing());
    EXPECT_EQ(complement(language::nothing()), all);
}

TEST(language, leads_nowhere_from_where_no_word_is) {
    const language l = language::matching("^(a[]|b(?!.)|cd)$");
    EXPECT_EQ(l, words({"b", "cd"}));
    EXPECT_EQ(l.next(l.start(), 'a'), language::dead);
    ASSERT_NE(l.next(l.start(), 'c'), language::dead);
    EXPECT_FALSE(l.accepts(l.next(l.start(), 'c')));
    EXPECT_TRUE(language::matching("a(?!)|(?=b)c").empty());
}

TEST(language, is_the_same_however_it_was_made) {
    EXPECT_EQ(language::matching("^(foo|bar|barn)$"), words({"barn", "foo", "bar"}));
    EXPECT_EQ(language::matching("^[a-d]x$"), words({"ax", "bx", "cx", "dx"}));
    EXPECT_EQ(language::matching("^a+$"), language::matching("^a(a|aa)*$"));
    EXPECT_EQ(language::matching("^(a|b)*$"), language::matching("^(a*b*)*$"));
    EXPECT_EQ(language::matching("a|b|ab"), language::matching("[ab]"));
    EXPECT_EQ(language::matching("^(?!.*b)[abc]+$"), language::matching("^[ac]+$"));
    EXPECT_EQ(language::matching(""), language::everything());
    EXPECT_EQ(union_of(words({"a", "b"}), words({"c"})), words({"a", "b", "c"}));
    EXPECT_EQ(intersection(words({"a", "b"}), words({"b", "c"})), words({"b"}));
    EXPECT_EQ(language::matching("^[a-z]{1,64}$").states(), 65U);
}

TEST(language, combines_as_membership_does) {
    std::mt19937 random(7);
    const auto some_language = [&] {
        if (random() % 2 == 0) {
            std::vector<std::string> list(random() % 12);
            for (std::string& word : list) word = random_text(random, "abc", 5);
            return language::words(std::vector<std::string_view>(list.begin(), list.end()));
        }
        const char* const patterns[] = {"^a*b",     "c$",      "^(ab|c)*$",   "[^a]b",
                                        "^.{2,3}$", "\\bb\\b", "^(?!.*cc).*$"};
        return language::matching(patterns[random() % std::size(patterns)]);
    };
    for (int i = 0; i < 150; ++i) {
        const language a = some_language();
        const language b = some_language();
        const language both = intersection(a, b);
        const language either = union_of(a, b);
        const language not_a = complement(a);
        EXPECT_EQ(complement(not_a), a);
        EXPECT_EQ(complement(either), intersection(not_a, complement(b)));
        EXPECT_TRUE(intersection(a, not_a).empty());
        EXPECT_EQ(union_of(a, not_a), language::everything());
        for (int k = 0; k < 60; ++k) {
            const std::string word = random_text(random, k % 3 == 0 ? "abc-" : "abc", 6);
            const bool in_a = a.contains(word);
            const bool in_b = b.contains(word);
            ASSERT_EQ(both.contains(word), in_a && in_b) << word;
            ASSERT_EQ(either.contains(word), in_a || in_b) << word;
            ASSERT_EQ(not_a.contains(word), !in_a) << word;
        }
    }
}

TEST(language, holds_a_thousand_words) {
    std::mt19937 random(3);
    std::vector<std::string> list(1000);
    for (std::string& word : list) word = random_text(random, "abcdefghijklmnopqrstuvwxyz_", 12);
    const std::vector<std::string_view> views(list.begin(), list.end());
    const language l = language::words(views);
    EXPECT_TRUE(std::ranges::all_of(list, [&](const auto& word) { return l.contains(word); }));
    EXPECT_EQ(complement(complement(l)), l);
    EXPECT_EQ(union_of(l, l), l);
}

TEST(language, is_bounded) {
    std::mt19937 random(5);
    std::vector<std::string> list(3000);
    for (std::string& word : list) {
        word.resize(40);
        for (char& c : word) c = static_cast<char>('a' + random() % 26);
    }
    const std::vector<std::string_view> views(list.begin(), list.end());
    EXPECT_THROW(language::words(views), engine_error);
    // Counters of 200 and of 201 letters: 40,200 states.
    EXPECT_THROW(intersection(language::matching("^(a{200})*$"), language::matching("^(a{201})*$")),
                 engine_error);
}

}  // namespace
}  // namespace tessera::engine
