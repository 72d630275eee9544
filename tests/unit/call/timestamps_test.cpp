#include "tessera/call/timestamps.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tessera/json.hpp"
#include "tessera/json/texts.hpp"

namespace tessera::call {
namespace {

using namespace std::chrono;

struct meeting {
    system_clock::time_point begins{};
    std::optional<system_clock::time_point> ends{};
};
constexpr auto describe(json::type<meeting>) {
    return json::object<meeting>("Meeting", json::field("begins", &meeting::begins),
                                 json::field("ends", &meeting::ends));
}

constexpr auto lunch = sys_days(year(2026) / 11 / 25) + hours(12) + milliseconds(250);

TEST(timestamps, are_written_as_rfc_3339_says) {
    EXPECT_EQ(json::encode(meeting{.begins = lunch}), R"({"begins":"2026-11-25T12:00:00.250Z"})");
}

TEST(timestamps, are_read_in_any_zone) {
    const auto read = json::decode_text<meeting>(
        R"({"begins":"2026-11-25T13:00:00.25+01:00","ends":"2026-11-25T12:30:00Z"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->begins, lunch);
    EXPECT_EQ(*read->ends - read->begins, minutes(30) - milliseconds(250));
}

TEST(timestamps, what_is_none_is_an_issue_with_its_place) {
    for (const char* text : {R"("noon")", R"("2026-11-25")", "1764072000", R"("")"}) {
        std::vector<json::issue> issues;
        EXPECT_FALSE(json::decode_text<meeting>(
            R"({"begins":"2026-11-25T12:00:00Z","ends":)" + std::string(text) + "}",
            json::mode::strict, issues));
        ASSERT_EQ(issues.size(), 1u) << text;
        EXPECT_EQ(json::to_string(issues[0].path), "ends");
    }
}

TEST(timestamps, are_texts_of_queries) {
    const std::vector<json::named_text> texts = json::encode_texts(meeting{.begins = lunch});
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_EQ(texts[0].second, "2026-11-25T12:00:00.250Z");
    std::vector<json::issue> issues;
    const auto read = json::decode_texts<meeting>(texts, json::mode::strict, issues);
    ASSERT_TRUE(read);
    EXPECT_TRUE(json::equal(*read, meeting{.begins = lunch}));
}

TEST(timestamps, have_their_format_in_schemas) {
    const json::value schema = json::schema<meeting>();
    EXPECT_EQ(schema["properties"]["begins"].dump(), R"({"type":"string","format":"date-time"})");
    EXPECT_EQ(schema["required"].dump(), R"(["begins"])");
}

}  // namespace
}  // namespace tessera::call
