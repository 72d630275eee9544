// What the application relies on, held against tessera-server in this process: its real HTTP, its
// real errors and quotas, and real tokens.
#include "tickets.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <tessera/server.hpp>

namespace {

using namespace std::chrono_literals;

// [start]
tickets::sorter sorter_of(const tessera::server::local& backend, std::string key) {
    return tickets::sorter({.api_key = std::move(key),
                            .base_url = backend.url("cerebras"),
                            .max_retries = 0});  // a failure shows at once
}

tickets::sorter sorter_of(const tessera::server::local& backend) {
    return sorter_of(backend, backend.api_key("cerebras"));
}

TEST(sorter, has_a_verdict_for_whatever_is_written) {
    tessera::server::local backend;
    const tickets::sorter sorter = sorter_of(backend);
    for (const std::string& ticket :
         {std::string("I was charged twice!"), std::string("\"}, \n\t{\""), std::string()}) {
        const tickets::verdict first = sorter.sort(ticket);
        EXPECT_LE(first.about, tickets::topic::question);
        EXPECT_EQ(sorter.sort(ticket).about, first.about);
    }
}
// [/start]

// [key]
TEST(sorter, tells_a_wrong_key_from_a_failure) {
    tessera::server::local backend({.keys = {{"cerebras", "the-right-one"}}});
    EXPECT_NO_THROW(sorter_of(backend, "the-right-one").sort("Hello?"));
    EXPECT_THROW(sorter_of(backend, "another").sort("Hello?"), tickets::misconfigured);
    backend.stop();
    EXPECT_THROW(sorter_of(backend, "the-right-one").sort("Hello?"), tickets::unavailable);
}
// [/key]

// [clock]
// Stands still until the test moves it.
struct manual_clock : tessera::clock {
    using time_point = std::chrono::system_clock::time_point;
    time_point wall() const override { return time; }
    std::atomic<time_point> time{time_point(20'000 * 24h + 23h)};
};

TEST(sorter, knows_when_a_spent_quota_is_full_again) {
    manual_clock clock;
    tessera::server::local backend(
        {.config = R"({"cerebras": {"requests_per_day": 1}})", .clock = &clock});
    const tickets::sorter sorter = sorter_of(backend);
    sorter.sort("Where is my parcel?");
    try {
        sorter.sort("And my other parcel?");
        ADD_FAILURE() << "the quota is one request a day";
    } catch (const tickets::busy& told) {
        EXPECT_EQ(told.wait, 1h);  // to midnight
        clock.time = clock.wall() + told.wait;
    }
    EXPECT_NO_THROW(sorter.sort("And my other parcel?"));
}
// [/clock]

}  // namespace
