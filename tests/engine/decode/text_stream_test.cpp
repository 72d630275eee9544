#include "decode/text_stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tessera::engine {
namespace {

struct outcome {
    std::string text;
    bool stopped;
    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string>& stop, const std::vector<std::string>& pieces) {
    text_stream stream(stop);
    std::string text;
    for (const auto& piece : pieces) text += stream.push(piece);
    text += stream.finish();
    return {text, stream.stopped()};
}

// What a reader that looks at the whole text sees: the stop string whose end comes first, and of
// those that end there the longest.
outcome expected(const std::vector<std::string>& stop, const std::string& text) {
    for (std::size_t end = 1; end <= text.size(); ++end) {
        std::size_t longest = 0;
        for (const auto& s : stop) {
            if (end >= s.size() && text.compare(end - s.size(), s.size(), s) == 0) {
                longest = std::max(longest, s.size());
            }
        }
        if (longest > 0) return {text.substr(0, end - longest), true};
    }
    return {text, false};
}

TEST(TextStream, StopsAlikeAtEverySplit) {
    const std::vector<std::vector<std::string>> stops = {
        {"\n\n"}, {"END"}, {"abab", "ba"}, {"aab"}, {"€"}, {"x€y", "€"}, {"abcX", "bc"}, {}};
    const std::vector<std::string> texts = {"one\n\ntwo", "one\ntwo", "ENEND", "EENDEND",
                                            "ababab",     "aaaab",    "a€b",   "x€",
                                            "x€y",        "abcX",     "EN",    ""};
    for (const auto& stop : stops) {
        for (const auto& text : texts) {
            const auto want = expected(stop, text);
            for (std::size_t i = 0; i <= text.size(); ++i) {
                for (std::size_t j = i; j <= text.size(); ++j) {
                    EXPECT_EQ(
                        read(stop, {text.substr(0, i), text.substr(i, j - i), text.substr(j)}),
                        want)
                        << text << " cut at " << i << ", " << j;
                }
            }
        }
    }
}

TEST(TextStream, HoldsBackOnlyWhatMayStop) {
    text_stream stream({"STOP"});
    EXPECT_EQ(stream.push("and S"), "and ");
    EXPECT_EQ(stream.push("T"), "");
    EXPECT_EQ(stream.push("S"), "ST");
    EXPECT_EQ(stream.push("TOPS"), "");
    EXPECT_TRUE(stream.stopped());
    EXPECT_EQ(stream.push("more"), "");
    EXPECT_EQ(stream.finish(), "");
}

TEST(TextStream, WaitsForWholeCharacters) {
    text_stream stream;
    EXPECT_EQ(stream.push("\xf0\x9f"), "");
    EXPECT_EQ(stream.push("\x98"), "");
    EXPECT_EQ(stream.push("\x80!"), "\xf0\x9f\x98\x80!");
    EXPECT_EQ(stream.push("\xe2\x82"), "");
    EXPECT_EQ(stream.finish(), "\xef\xbf\xbd");
}

TEST(TextStream, ReplacesMaximalSubparts) {
    const std::string bad = "\xef\xbf\xbd";
    // The example of The Unicode Standard, table 3-8, and others.
    EXPECT_EQ(read({}, {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"}).text,
              bad + bad + bad + bad + bad + bad + bad + bad + "A");
    EXPECT_EQ(read({}, {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"}).text, bad + bad + bad + bad + "A");
    EXPECT_EQ(read({}, {"\xed\xa0\x80"}).text, bad + bad + bad);
    EXPECT_EQ(read({}, {"\xf4\x90\x80\x80"}).text, bad + bad + bad + bad);
}

TEST(TextStream, DoesNotStopBeforeItMay) {
    text_stream stream({"ab"});
    EXPECT_EQ(stream.push("xaba", false), "xaba");
    EXPECT_EQ(stream.push("b"), "b");
    EXPECT_EQ(stream.push("ab"), "");
    EXPECT_TRUE(stream.stopped());
}

TEST(TextStream, TakesLinearTimeForHostileStopStrings) {
    text_stream stream({std::string(1 << 20, 'a') + "b"});
    std::size_t shown = 0;
    for (int i = 0; i < 3000; ++i) shown += stream.push(std::string(1000, 'a')).size();
    EXPECT_EQ(shown, 3000000U - (1U << 20));
    EXPECT_EQ(stream.push("b"), "");
    EXPECT_TRUE(stream.stopped());
}

}  // namespace
}  // namespace tessera::engine
