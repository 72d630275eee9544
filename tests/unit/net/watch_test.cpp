#include "tessera/net/watch.hpp"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <thread>

#include "support/manual_clock.hpp"

namespace tessera::net {
namespace {

using namespace std::chrono_literals;

class Watch : public testing::Test {
  protected:
    // Lets the timer look at the clock.
    void run() {
        context_.run_for(5ms);
        context_.restart();
    }
    test::manual_clock clock_;
    asio::io_context context_;
    std::shared_ptr<watch> watch_ = std::make_shared<watch>(context_.get_executor(), clock_);
    int interrupted_ = 0;
    struct counter : interruptible {
        explicit counter(int& count)
            : interruptible([](interruptible& self) noexcept { ++static_cast<counter&>(self).to; }),
              to(count) {}
        int& to;
    } counter_{interrupted_};
};

TEST_F(Watch, PhasesEndUnlessThereIsProgress) {
    watch_->begin(stop_cause::idle, 60s);
    watch::waiting waiting(*watch_, counter_);
    clock_.advance(59s);
    run();
    watch_->progress();
    clock_.advance(59s);
    run();
    EXPECT_FALSE(watch_->stopped());
    clock_.advance(1s);
    run();
    EXPECT_EQ(watch_->cause(), stop_cause::idle);
    EXPECT_EQ(interrupted_, 1);
    watch_->reset();
    EXPECT_FALSE(watch_->stopped());
}

TEST_F(Watch, TheTotalStaysThroughPhases) {
    watch_->set_total(clock_.now() + 10s);
    watch_->begin(stop_cause::first_byte, 60s);
    watch::waiting waiting(*watch_, counter_);
    clock_.advance(10s);
    run();
    EXPECT_EQ(watch_->cause(), stop_cause::total);
    watch_->reset();
    EXPECT_EQ(watch_->cause(), stop_cause::total);
}

TEST_F(Watch, TheFirstCauseStays) {
    watch_->stop(stop_cause::cancelled);
    watch_->stop(stop_cause::idle);
    EXPECT_EQ(watch_->cause(), stop_cause::cancelled);
}

TEST_F(Watch, NoLimitMeansNone) {
    watch_->begin(stop_cause::idle, 0s);
    watch::waiting waiting(*watch_, counter_);
    clock_.advance(1000h);
    run();
    EXPECT_FALSE(watch_->stopped());
}

TEST_F(Watch, RestLeavesTheContextIdle) {
    watch_->begin(stop_cause::idle, 60s);
    { watch::waiting waiting(*watch_, counter_); }
    watch_->rest();
    context_.run();
    EXPECT_TRUE(context_.stopped());
}

TEST_F(Watch, ATimerThatRanOutBeforeTheRestEndsNothing) {
    watch_->begin(stop_cause::idle, 60s);
    { watch::waiting waiting(*watch_, counter_); }
    std::this_thread::sleep_for(3ms);
    context_.run_one_for(0ms);
    { watch::waiting waiting(*watch_, counter_); }
    std::this_thread::sleep_for(3ms);
    watch_->rest();
    clock_.advance(61s);
    run();
    EXPECT_FALSE(watch_->stopped());
}

TEST_F(Watch, PausesFollowTheClockAndEndWhenStopped) {
    bool over = false;
    const auto pause = [&]() -> task<result<void>> {
        co_await watch_->pause(10s);
        over = true;
        co_return result<void>();
    };
    fiber::start(context_.get_executor(), pause(), {});
    run();
    clock_.advance(9999ms);
    run();
    EXPECT_FALSE(over);
    clock_.advance(1ms);
    run();
    EXPECT_TRUE(over);
    over = false;
    fiber::start(context_.get_executor(), pause(), {});
    run();
    watch_->stop(stop_cause::cancelled);
    run();
    EXPECT_TRUE(over);
}

}  // namespace
}  // namespace tessera::net
