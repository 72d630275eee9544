// Cold starts, scale to zero and limits, on a clock that the test moves.
#include "cerebrium/replicas.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/manual_clock.hpp"

namespace tessera::server::cerebrium {
namespace {
namespace replicas_tests {

using std::chrono::milliseconds;

class app {
  public:
    explicit app(std::optional<scaling_settings> how)
        : replicas_(std::make_shared<replicas>(how, loop_)) {}
    ~app() { loop_.stop(); }

    using call = std::future<replicas::place>;
    call enter() {
        const auto begun = std::make_shared<std::promise<replicas::place>>();
        call made = begun->get_future();
        // Moved, so that the place is the test's alone once it is told.
        if (!replicas_->enter(
                [begun](replicas::place place) { begun->set_value(std::move(place)); }))
            return {};
        return made;
    }
    static bool began(const call& of) {
        return of.wait_for(milliseconds(0)) == std::future_status::ready;
    }
    replicas::state state() { return replicas_->current(); }

    test::manual_clock clock;

  private:
    loop loop_{clock};
    std::shared_ptr<replicas> replicas_;
};

TEST(replicas, without_settings_every_call_begins_at_once) {
    app one(std::nullopt);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(app::began(one.enter()));
}

TEST(replicas, the_first_call_waits_for_a_cold_start_and_the_next_does_not) {
    app one(scaling_settings{.cooldown_ms = 60'000, .cold_start_ms = 3000});
    auto first = one.enter();
    EXPECT_FALSE(app::began(first));
    EXPECT_EQ(one.state().replicas, 1U);
    one.clock.advance(milliseconds(2999));
    EXPECT_FALSE(app::began(first));
    one.clock.advance(milliseconds(1));
    first.get();
    // 59 seconds of rest are not enough to go.
    one.clock.advance(milliseconds(59'000));
    auto second = one.enter();
    ASSERT_TRUE(app::began(second));
    second.get().reset();
    one.clock.advance(milliseconds(60'000));
    EXPECT_EQ(one.state().replicas, 0U);
    EXPECT_FALSE(app::began(one.enter()));
}

TEST(replicas, replicas_that_are_kept_need_no_start) {
    app one(scaling_settings{.min_replicas = 1, .cooldown_ms = 0, .cold_start_ms = 3000});
    EXPECT_TRUE(app::began(one.enter()));
    one.clock.advance(std::chrono::hours(10));
    EXPECT_TRUE(app::began(one.enter()));
    EXPECT_EQ(one.state().replicas, 1U);
}

TEST(replicas, calls_beyond_the_limit_wait_in_their_order) {
    app one(scaling_settings{.max_replicas = 2, .replica_concurrency = 2, .queue_limit = 2});
    std::vector<replicas::place> taken;
    for (int i = 0; i < 4; ++i) taken.push_back(one.enter().get());
    EXPECT_EQ(one.state().replicas, 2U);
    auto fifth = one.enter();
    auto sixth = one.enter();
    EXPECT_FALSE(one.enter().valid());
    EXPECT_EQ(one.state().waiting, 2U);
    EXPECT_EQ(one.state().running, 4U);
    EXPECT_FALSE(app::began(fifth));
    taken.pop_back();
    EXPECT_TRUE(app::began(fifth));
    EXPECT_FALSE(app::began(sixth));
    taken.pop_back();
    EXPECT_TRUE(app::began(sixth));
}

TEST(replicas, a_call_prefers_a_replica_that_is_ready) {
    app one(scaling_settings{.max_replicas = 2, .cold_start_ms = 1000});
    auto first = one.enter();
    one.clock.advance(milliseconds(1000));
    replicas::place place = first.get();
    auto second = one.enter();  // starts another
    EXPECT_EQ(one.state().replicas, 2U);
    place.reset();
    EXPECT_TRUE(app::began(one.enter()));
    EXPECT_FALSE(app::began(second));
}

}  // namespace replicas_tests
}  // namespace
}  // namespace tessera::server::cerebrium
