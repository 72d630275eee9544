#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "constrain/language.hpp"
#include "core/error.hpp"

namespace tessera::engine {
namespace {

TEST(regex, matches_as_python_does) {
    std::ifstream in(TESSERA_TEST_DATA "/regex_golden.json");
    const auto golden = nlohmann::json::parse(in);
    ASSERT_GT(golden.at("cases").size(), 500U);
    for (const auto& each : golden.at("cases")) {
        const std::string pattern = each.at("pattern");
        const std::string verdicts = each.at("matches");
        const auto& texts = golden.at(each.at("of").get<std::string>());
        ASSERT_EQ(texts.size(), verdicts.size());
        const language l = language::matching(pattern);
        for (std::size_t i = 0; i < verdicts.size(); ++i) {
            if (verdicts[i] == '?') continue;
            const std::string text = texts[i];
            EXPECT_EQ(l.contains(text), verdicts[i] == '1') << pattern << " on " << texts[i];
        }
    }
}

struct sample {
    const char* pattern;
    std::vector<std::string> matching;
    std::vector<std::string> others;
};

TEST(regex, has_ecma_262s_own_ways) {
    const sample samples[] = {
        {"^.$", {"a", "\u0085", "\U0001f600"}, {"", "\n", "\r", "\u2028", "\u2029", "ab"}},
        {"^\\s$",
         {" ", "\t", "\v", "\f", "\u00a0", "\ufeff", "\u2003", "\u2029", "\u3000"},
         {"\u200b", "\u180e", "a", "\u0085"}},
        {"^\\S$", {"a", "\u200b"}, {"\ufeff"}},
        {"^\\d$", {"0", "9"}, {"\u0661", "\u09e6"}},
        {"^\\w$", {"a", "_", "Z"}, {"\u00e9", "-"}},
        {"^\\W$", {"\u00e9", "-"}, {"a"}},
        {"^\u00e9\\b", {}, {"\u00e9", "\u00e9 "}},
        {"^[]$", {}, {"", "a", "]"}},
        {"^[^]$", {"a", "\n", "\u2028"}, {"", "ab"}},
        {"a$", {"a", "ba"}, {"a\n"}},
        {"^\\cJ$", {"\n"}, {"J"}},
        {"^\\cj[\\cA]$", {"\n\x01"}, {"jA"}},
        {"^\\0$", {std::string(1, '\0')}, {"0", ""}},
        {"^[\\b]$", {"\b"}, {"b"}},
        {"^\\u{1F600}$", {"\U0001f600"}, {"u"}},
        {"^\\ud83d\\ude00$", {"\U0001f600"}, {""}},
        {"^[\\ud83d\\ude00-\\ud83d\\ude02]$", {"\U0001f601"}, {"\U0001f603"}},
        {"^(\\ud83d|x)$", {"x"}, {"\ufffd"}},
        {"^[^\\ud800-\\udfff]$", {"a", "\U0001f600"}, {""}},
        {"^[\\w-.]+$", {"a-.", "-"}, {"+"}},
        {"^[a-c-e]+$", {"abc-e"}, {"d"}},
        {"^\\-\\_\\@\\\"$", {"-_@\""}, {"\\-"}},
        {"^(?<year>\\d{4})-(?<a$_1>\\d)$", {"2024-1"}, {"2024"}},
        {"\\p{Letter}cole", {"\u00c9cole", "\u00e9cole"}, {"cole", "1cole", " cole"}},
        {"^\\p{L}+$", {"abc", "\u03b1\u0431\u4e2d"}, {"", "a1"}},
        {"^\\p{Lu}\\P{Lu}$", {"Aa", "\u00c91"}, {"aa", "AA"}},
        {"^\\p{gc=Nd}$", {"1", "\u0661"}, {"a", "\u00bd"}},
        {"^[\\p{General_Category=Decimal_Number}\\P{ASCII}]+$", {"1\u00e9"}, {"a"}},
        {"^\\p{Any}\\p{Assigned}\\p{Cc}$", {"aa\n", "\u0378a\n"}, {"a\u0378\n"}},
        {"^\\p{Sc}$", {"$", "\u20ac"}, {"S"}},
        {"^\\p{LC}$", {"a", "A"}, {"\u4e2d"}},
        {"^(a|)(?=$|b)b?$", {"", "a", "b", "ab"}, {"ba"}},
        {"^(?!admin$)[a-z]{3,8}$", {"admins", "bob"}, {"admin", "ab"}},
        {"^(?=.{3,5}$)[a-z]+(-[a-z]+)*$", {"a-b", "abcde"}, {"a", "abcdef", "-ab"}},
        {"(?<!\\d)\\d{3}(?!\\d)", {"123", "a123b", "1234 123"}, {"1234", "12"}},
        {"(?=(?=(?=a).)b)", {}, {"a", "b", "ab"}},
        {"^(?=(?!b).(?=c))", {"ac"}, {"bc", "ab"}},
        {"(?<=(?<=a)b)c", {"abc"}, {"bc", "bbc"}},
        {"(?<!(?<!a)b)c", {"abc", "c", "xc"}, {"bc"}},
    };
    for (const sample& each : samples) {
        const language l = language::matching(each.pattern);
        for (const auto& text : each.matching)
            EXPECT_TRUE(l.contains(text)) << each.pattern << " on " << text;
        for (const auto& text : each.others)
            EXPECT_FALSE(l.contains(text)) << each.pattern << " on " << text;
    }
}

// What `language::matching` says when it refuses.
std::string refusal(std::string_view pattern) {
    try {
        language::matching(pattern);
    } catch (const engine_error& e) {
        EXPECT_EQ(e.code, error_code::invalid_argument);
        return e.what();
    }
    return "";
}

TEST(regex, refuses_what_is_none_and_says_where) {
    const std::pair<const char*, const char*> samples[] = {
        {"a(b", "offset 3: a group is not closed"},
        {"a)b", "offset 1: ')' closes nothing"},
        {"a[b", "offset 3: brackets are not closed"},
        {"*a", "offset 0: there is nothing to repeat"},
        {"a**", "offset 2: there is nothing to repeat"},
        {"a++", "nothing to repeat"},
        {"(?=a)*", "nothing to repeat"},
        {"^*", "nothing to repeat"},
        {"a{2,1}", "out of order"},
        {"a{2", "not closed"},
        {"a{,2}", "needs a number"},
        {"{", "must be escaped"},
        {"a]", "must be escaped"},
        {"[b-a]", "out of order"},
        {"\\", "ends too early"},
        {"\\q", "no such escape"},
        {"\\x1", "hexadecimal digit"},
        {"\\u{110000}", "no such code point"},
        {"\\u{}", "hexadecimal digit"},
        {"\\c1", "needs a letter"},
        {"\\01", "octal"},
        {"(a)\\1", "back-references"},
        {"(?<n>a)\\k<n>", "back-references"},
        {"(?<>a)", "name is empty"},
        {"(?<n", "ends too early"},
        {"(?P<n>a)", "groups are"},
        {"(?i)a", "groups are"},
        {"(?>a)", "groups are"},
        {"\\pL", "needs a property in braces"},
        {"\\p{Script=Greek}", "'Script=Greek' is not supported"},
        {"\\p{L", "not closed"},
        {"(?=(?<=a)b)", "lookbehind inside lookahead"},
        {"(?<=(?=a)b)", "lookbehind inside lookahead"},
        {"\xff", "not UTF-8"},
    };
    for (const auto& [pattern, reason] : samples)
        EXPECT_NE(refusal(pattern).find(reason), std::string::npos)
            << pattern << ": " << refusal(pattern);
}

TEST(regex, is_bounded) {
    const std::string deep(40'000, '(');
    EXPECT_NE(refusal(deep.substr(0, 1000)).find("nest too deep"), std::string::npos);
    EXPECT_NE(refusal(deep).find("longer than"), std::string::npos);
    for (const char* pattern :
         {"((a{1,100}){1,100}){1,100}", "a{4294967296}", "(((a{99}){99}){99}){99}",
          "((((((((((a+){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}"})
        EXPECT_NE(refusal(pattern).find("multiply"), std::string::npos) << pattern;
    for (const char* pattern : {"^.*a.{15}$", "a.{1000}$", "^((a?){1,60}){1,60}$",
                                "^\\p{L}{1,2000}$", "(?:(?=.*a.{14}b)[ab])*$", "(?<=a.{15})b"})
        EXPECT_NE(refusal(pattern), "") << pattern;
    // What makes backtracking slow is nothing here.
    const std::string text = std::string(5000, 'a') + "!";
    for (const char* pattern : {"^(a+)+$", "^(a|aa)+$", "^(a*)*b$", "^(([a-z])+.)+[A-Z]([a-z])+$"})
        EXPECT_FALSE(language::matching(pattern).contains(text)) << pattern;
}

// A regular expression that says itself whether it matches, by trying everything.
struct expression {
    using rest = std::function<bool(std::size_t)>;

    std::string pattern;
    std::function<bool(const std::string&, std::size_t, const rest&)> matches;
};

bool is_word(const std::string& text, std::size_t at) {
    return at < text.size() && (std::isalnum(text[at]) != 0 || text[at] == '_');
}

expression random_expression(std::mt19937& random, int depth) {
    using rest = expression::rest;
    const auto share = [&](int less) {
        return std::make_shared<const expression>(random_expression(random, depth - less));
    };
    switch (depth <= 0 ? random() % 3 : random() % 12) {
        case 0: {
            const char c = "abc"[random() % 3];
            return {std::string(1, c), [c](const std::string& t, std::size_t at, const rest& next) {
                        return at < t.size() && t[at] == c && next(at + 1);
                    }};
        }
        case 1:
            return {"[^b]", [](const std::string& t, std::size_t at, const rest& next) {
                        return at < t.size() && t[at] != 'b' && next(at + 1);
                    }};
        case 2:
            return {"",
                    [](const std::string&, std::size_t at, const rest& next) { return next(at); }};
        case 3: {
            const auto a = share(1), b = share(1);
            return {"(?:" + a->pattern + "|" + b->pattern + ")",
                    [=](const std::string& t, std::size_t at, const rest& next) {
                        return a->matches(t, at, next) || b->matches(t, at, next);
                    }};
        }
        case 4: {
            const auto a = share(1);
            const std::size_t least = random() % 3;
            const std::size_t most = least + random() % 2;
            return {"(?:" + a->pattern + "){" + std::to_string(least) + "," + std::to_string(most) +
                        "}",
                    [=](const std::string& t, std::size_t at, const rest& next) {
                        std::function<bool(std::size_t, std::size_t)> go =
                            [&](std::size_t times, std::size_t from) -> bool {
                            return (times >= least && next(from)) ||
                                   (times < most && a->matches(t, from, [&](std::size_t to) {
                                       return go(times + 1, to);
                                   }));
                        };
                        return go(0, at);
                    }};
        }
        case 5: {
            const auto a = share(1);
            return {"(?:" + a->pattern + ")*",
                    [=](const std::string& t, std::size_t at, const rest& next) {
                        std::function<bool(std::size_t)> go = [&](std::size_t from) -> bool {
                            return next(from) || a->matches(t, from, [&](std::size_t to) {
                                return to > from && go(to);
                            });
                        };
                        return go(at);
                    }};
        }
        case 6: {
            const bool negative = random() % 2 == 0;
            const auto a = share(2);
            return {(negative ? "(?!" : "(?=") + a->pattern + ")",
                    [=](const std::string& t, std::size_t at, const rest& next) {
                        return a->matches(t, at, [](std::size_t) { return true; }) != negative &&
                               next(at);
                    }};
        }
        case 7: {
            const int kind = static_cast<int>(random() % 4);
            const char* const patterns[] = {"^", "$", "\\b", "\\B"};
            return {patterns[kind], [=](const std::string& t, std::size_t at, const rest& next) {
                        const bool boundary = (at > 0 && is_word(t, at - 1)) != is_word(t, at);
                        const bool holds[] = {at == 0, at == t.size(), boundary, !boundary};
                        return holds[kind] && next(at);
                    }};
        }
        default: {
            const auto a = share(1), b = share(1);
            return {"(?:" + a->pattern + ")(?:" + b->pattern + ")",
                    [=](const std::string& t, std::size_t at, const rest& next) {
                        return a->matches(t, at,
                                          [&](std::size_t to) { return b->matches(t, to, next); });
                    }};
        }
    }
}

TEST(regex, matches_as_trying_everything_does) {
    std::mt19937 random(11);
    int matched = 0;
    for (int i = 0; i < 3000; ++i) {
        const expression each = random_expression(random, 5);
        const language l = language::matching(each.pattern);
        for (int k = 0; k < 12; ++k) {
            std::string text(random() % 7, ' ');
            for (char& c : text) c = "abc-"[random() % 4];
            bool expected = false;
            for (std::size_t at = 0; at <= text.size() && !expected; ++at)
                expected = each.matches(text, at, [](std::size_t) { return true; });
            matched += expected ? 1 : 0;
            ASSERT_EQ(l.contains(text), expected) << each.pattern << " on " << text;
        }
    }
    EXPECT_GT(matched, 3000);
}

TEST(regex, looks_behind_as_trying_everything_does) {
    std::mt19937 random(13);
    for (int i = 0; i < 1500; ++i) {
        // A lookbehind holds no lookahead.
        const expression behind = random_expression(random, 3);
        const expression after = random_expression(random, 3);
        if (behind.pattern.find("(?=") != std::string::npos ||
            behind.pattern.find("(?!") != std::string::npos)
            continue;
        const bool negative = random() % 2 == 0;
        const std::string pattern =
            (negative ? "[ac](?<!" : "[ac](?<=") + behind.pattern + ")(?:" + after.pattern + ")$";
        const language l = language::matching(pattern);
        for (int k = 0; k < 12; ++k) {
            std::string text(random() % 7, ' ');
            for (char& c : text) c = "abc-"[random() % 4];
            bool expected = false;
            for (std::size_t at = 0; at < text.size() && !expected; ++at) {
                if (text[at] != 'a' && text[at] != 'c') continue;
                bool came = false;
                for (std::size_t from = 0; from <= at + 1 && !came; ++from)
                    came = behind.matches(text, from, [&](std::size_t to) { return to == at + 1; });
                expected = came != negative && after.matches(text, at + 1, [&](std::size_t to) {
                    return to == text.size();
                });
            }
            ASSERT_EQ(l.contains(text), expected) << pattern << " on " << text;
        }
    }
}

}  // namespace
}  // namespace tessera::engine
