// Schedules against the calendar, summer time and the ends of weeks among it.
#include "emissary/hours.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "emissary/problems.hpp"

namespace tessera::server::emissary {
namespace {
namespace hours_tests {

using namespace std::chrono_literals;
using std::chrono::sys_days, std::chrono::year, std::chrono::month, std::chrono::day;
using enum wire::weekday;
using time_point = hours::time_point;

// A time of UTC.
time_point at(int in_year, unsigned in_month, unsigned on_day, std::chrono::minutes of_day = 0min) {
    return sys_days(year(in_year) / month(in_month) / day(on_day)) + of_day;
}

wire::schedule schedule(const char* zone, std::chrono::minutes begin, std::chrono::minutes end,
                        std::vector<wire::weekday> days = {}) {
    wire::schedule made{.timezone = zone, .start_time = begin, .end_time = end};
    if (!days.empty()) made.days.emplace(days.begin(), days.end());
    return made;
}

TEST(emissary_hours, begin_and_end_by_the_clock_of_their_zone) {
    const hours office(schedule("Europe/Berlin", 9h, 17h + 30min, {monday, tuesday}), "schedule");
    // Monday, 16 January 2023, an hour before UTC.
    EXPECT_FALSE(office.contain(at(2023, 1, 16, 8h) - 1us));
    EXPECT_TRUE(office.contain(at(2023, 1, 16, 8h)));
    EXPECT_TRUE(office.contain(at(2023, 1, 16, 16h + 30min) - 1us));
    EXPECT_FALSE(office.contain(at(2023, 1, 16, 16h + 30min)));
    EXPECT_EQ(office.next_begin(at(2023, 1, 15, 12h)), at(2023, 1, 16, 8h));
    EXPECT_EQ(office.next_begin(at(2023, 1, 16, 8h)), at(2023, 1, 17, 8h));
    EXPECT_EQ(office.next_end(at(2023, 1, 16, 8h)), at(2023, 1, 16, 16h + 30min));
    EXPECT_EQ(office.next_begin(at(2023, 1, 17, 20h)), at(2023, 1, 23, 8h));
    EXPECT_EQ(office.next_end(at(2023, 1, 18)), at(2023, 1, 23, 16h + 30min));
    // In summer two hours before.
    EXPECT_TRUE(office.contain(at(2023, 7, 17, 7h)));
    EXPECT_FALSE(office.contain(at(2023, 7, 17, 7h) - 1us));
}

TEST(emissary_hours, that_end_before_they_begin_end_on_the_day_after) {
    const hours night(schedule("UTC", 22h, 6h, {friday}), "schedule");
    // Friday, 3 March 2023.
    EXPECT_FALSE(night.contain(at(2023, 3, 3, 5h)));
    EXPECT_TRUE(night.contain(at(2023, 3, 3, 22h)));
    EXPECT_TRUE(night.contain(at(2023, 3, 4, 5h)));
    EXPECT_FALSE(night.contain(at(2023, 3, 4, 22h)));
    EXPECT_EQ(night.next_end(at(2023, 3, 4)), at(2023, 3, 4, 6h));
    EXPECT_EQ(night.next_begin(at(2023, 3, 4)), at(2023, 3, 10, 22h));
}

TEST(emissary_hours, that_follow_at_once_are_one_stretch) {
    const hours weekend(schedule("America/Los_Angeles", 0h, 0h, {saturday, sunday}), "schedule");
    EXPECT_EQ(weekend.next_begin(at(2023, 1, 3)), at(2023, 1, 7, 8h));
    EXPECT_EQ(weekend.next_end(at(2023, 1, 7, 8h)), at(2023, 1, 9, 8h));
    const hours always(wire::schedule{}, "schedule");
    EXPECT_TRUE(always.contain(at(2023, 1, 3, 77min)));
    EXPECT_EQ(always.next_begin(at(2023, 1, 3)), std::nullopt);
    EXPECT_EQ(always.next_end(at(2023, 1, 3)), std::nullopt);
    // All but one minute of the week.
    const hours most(schedule("UTC", 0h, 23h + 59min), "schedule");
    EXPECT_EQ(most.next_end(at(2023, 1, 3)), at(2023, 1, 3, 23h + 59min));
    EXPECT_EQ(most.next_begin(at(2023, 1, 3)), at(2023, 1, 4));
}

TEST(emissary_hours, of_changed_clocks_are_the_first_of_two_and_the_moment_of_the_change) {
    const hours early(schedule("Europe/Berlin", 2h + 30min, 4h), "schedule");
    // On 26 March 2023 the clock went from 2:00 to 3:00, at 1:00 UTC.
    EXPECT_EQ(early.next_begin(at(2023, 3, 25, 12h)), at(2023, 3, 26, 1h));
    EXPECT_EQ(early.next_end(at(2023, 3, 25, 12h)), at(2023, 3, 26, 2h));
    // On 29 October 2023 it was 2:30 twice: at 0:30 and at 1:30 UTC.
    EXPECT_EQ(early.next_begin(at(2023, 10, 28, 12h)), at(2023, 10, 29, 0h + 30min));
    EXPECT_EQ(early.next_end(at(2023, 10, 28, 12h)), at(2023, 10, 29, 3h));
    // An hour that there is not is no time to run in.
    const hours skipped(schedule("Europe/Berlin", 2h, 3h), "schedule");
    EXPECT_EQ(skipped.next_begin(at(2023, 3, 25, 12h)), at(2023, 3, 27, 0h));
}

TEST(emissary_hours, that_cannot_be_kept_to_are_refused_with_their_place) {
    const auto complaint = [](const wire::schedule& given) {
        try {
            const hours made(given, "schedule");
        } catch (const refused& thrown) {
            EXPECT_EQ(thrown.reason().status, 400);
            return thrown.reason().message;
        }
        return std::string("none");
    };
    for (const char* zone : {"Nowhere/Land", "", "../../etc/passwd", "europe/berlin", "EST5EDT,x"})
        EXPECT_EQ(complaint({.timezone = zone}).find("schedule.timezone: "), 0U) << zone;
    wire::schedule never;
    never.days.emplace();
    EXPECT_EQ(complaint(never), "schedule.days: must name at least one day");
}

}  // namespace hours_tests
}  // namespace
}  // namespace tessera::server::emissary
