#include "core/json_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

/// What reading says: "ok" or the error's code and text.
std::string verdict(const std::string& text) {
    try {
        (void)parse_json(text, "here", {.depth = 4});
        return "ok";
    } catch (const engine_error& e) {
        return std::string(to_string(e.code)) + " " + e.what();
    }
}

TEST(JsonText, TakesOneWholeText) {
    EXPECT_EQ(verdict(R"( {"a":[1,2.5,-3,"x",null,true]} )"), "ok");
    for (const std::string text : {"", "{", "{} {}", "[1,]", "{\"a\":1,\"a\":2}", "\"\xff\""})
        EXPECT_TRUE(verdict(text).starts_with("malformed here: ")) << text;
}

TEST(JsonText, ANulEndsNothing) {
    EXPECT_EQ(verdict(std::string("{}\0", 3)), "malformed here: at byte 3: a NUL");
    EXPECT_EQ(verdict(std::string("[1,\0]", 5)), "malformed here: at byte 4: a NUL");
}

TEST(JsonText, DepthIsBounded) {
    EXPECT_EQ(verdict("[[[[]]]]"), "ok");
    EXPECT_TRUE(verdict("[[[[[]]]]]").starts_with("limit here: "));
    EXPECT_TRUE(verdict(std::string(1 << 20, '[')).starts_with("limit here: "));
}

}  // namespace
}  // namespace tessera::engine
