#include "tessera/call/unix_times.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tessera/json.hpp"

namespace tessera::call {
namespace {

using namespace std::chrono;

struct lap {
    sys_seconds begins{};
    seconds length{};
    sys_fraction best{};
};
constexpr auto describe(json::type<lap>) {
    return json::object<lap>("Lap", json::field("begins", &lap::begins),
                             json::field("length", &lap::length, json::min(0)),
                             json::field("best", &lap::best));
}

std::string with(const std::string& begins, const std::string& length, const std::string& best) {
    return R"({"begins":)" + begins + R"(,"length":)" + length + R"(,"best":)" + best + "}";
}

TEST(unix_times, are_numbers) {
    const std::string text = with("1633046400", "90", "1633046400.25");
    const auto read = json::decode_text<lap>(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->begins, sys_days(2021y / 10 / 1));
    EXPECT_EQ(read->length, 1min + 30s);
    EXPECT_EQ(read->best, sys_days(2021y / 10 / 1) + 250ms);
    EXPECT_EQ(json::encode(*read), text);
    EXPECT_TRUE(json::equal(*read, *json::decode_text<lap>(text)));
    EXPECT_FALSE(json::equal(*read, lap{}));
}

TEST(unix_times, what_no_clock_can_count_is_an_issue_with_its_place) {
    const struct {
        const char *begins, *length, *best, *place;
    } all[] = {{"9223372037", "1", "1", "begins"}, {"-9223372037", "1", "1", "begins"},
               {"1.5", "1", "1", "begins"},        {"\"1\"", "1", "1", "begins"},
               {"1", "9223372037", "1", "length"}, {"1", "-1", "1", "length"},
               {"1", "1", "1e300", "best"},        {"1", "1", "-9223372037", "best"},
               {"1", "1", "\"noon\"", "best"}};
    for (const auto& each : all) {
        std::vector<json::issue> issues;
        EXPECT_FALSE(json::decode_text<lap>(with(each.begins, each.length, each.best),
                                            json::mode::strict, issues));
        ASSERT_EQ(issues.size(), 1u) << each.place;
        EXPECT_EQ(json::to_string(issues[0].path), each.place);
    }
}

TEST(unix_times, are_numbers_in_schemas) {
    const json::value members = json::schema<lap>()["properties"];
    EXPECT_EQ(members["begins"]["type"], "integer");
    EXPECT_EQ(members["length"]["type"], "integer");
    EXPECT_EQ(members["best"]["type"], "number");
}

}  // namespace
}  // namespace tessera::call
