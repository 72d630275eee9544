#include "core/compute_budget.hpp"

#include <gtest/gtest.h>
#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <atomic>
#include <latch>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

namespace tessera::engine {
namespace {

bool is_idle() {
#if defined(__linux__)
    return sched_getscheduler(0) == SCHED_IDLE;
#else
    return false;
#endif
}

template <class Condition>
void wait_for(Condition condition) {
    while (!condition()) std::this_thread::yield();
}

TEST(ComputeBudget, IsUsedByOneAtATime) {
    compute_budget budget(2);
    std::atomic<int> inside{0};
    std::atomic<bool> alone{true};
    long sum = 0;
    std::vector<std::thread> users;
    for (int user = 0; user < 4; ++user) {
        users.emplace_back([&, user] {
            for (int i = 0; i < 200; ++i) {
                auto turn = budget.take(user % 2);
                if (inside++ != 0) alone = false;
                std::vector<long> parts(8);
                budget.pool().parallel_for(8,
                                           [&](int k) { parts[static_cast<std::size_t>(k)] = k; });
                sum += std::accumulate(parts.begin(), parts.end(), 0L);
                --inside;
                turn.give_way();
            }
        });
    }
    for (auto& user : users) user.join();
    EXPECT_TRUE(alone);
    EXPECT_EQ(sum, 4 * 200 * 28);
    EXPECT_FALSE(budget.busy());
}

TEST(ComputeBudget, GoesByPriorityThenByArrival) {
    compute_budget budget(1);
    std::vector<int> order;
    std::vector<std::thread> users;
    {
        auto first = budget.take(0);
        int number = 0;
        for (const int priority : {0, 5, -1, 5, 0}) {
            std::latch arriving(1);
            users.emplace_back([&, priority, mine = number++] {
                arriving.count_down();
                const auto turn = budget.take(priority);
                order.push_back(priority * 10 + mine);
            });
            arriving.wait();
            wait_for([&] { return budget.waiting() == number; });
        }
    }
    for (auto& user : users) user.join();
    EXPECT_EQ(order, (std::vector{51, 53, 0, 4, -8}));
}

TEST(ComputeBudget, GivesWayToHigherPrioritiesOnly) {
    compute_budget budget(1);
    std::vector<int> order;
    std::optional<std::thread> high, equal;
    {
        auto turn = budget.take(1);
        equal.emplace([&] {
            const auto mine = budget.take(1);
            order.push_back(1);
        });
        wait_for([&] { return budget.waiting() == 1; });
        turn.give_way();
        EXPECT_TRUE(order.empty());
        high.emplace([&] {
            const auto mine = budget.take(2);
            order.push_back(2);
        });
        wait_for([&] { return budget.waiting() == 2; });
        turn.give_way();
        EXPECT_EQ(order, std::vector{2});
    }
    equal->join();
    high->join();
    EXPECT_EQ(order, (std::vector{2, 1}));
}

// A job like a trainer: pieces of work, and a look at the budget between them.
TEST(ComputeBudget, IdleWorkKeepsOffWhileThereAreTurns) {
    compute_budget budget(2);
    std::atomic<int> pieces{0};
    std::stop_source stop;
    std::thread job([&] {
        while (!stop.stop_requested()) {
            budget.wait_while_busy(stop.get_token());
            ++pieces;
        }
    });
    wait_for([&] { return pieces > 100; });
    for (int round = 0; round < 3; ++round) {
        int before = 0;
        {
            const auto turn = budget.take(0);
            before = pieces;
            std::atomic<int> calls{0};
            for (int i = 0; i < 2000; ++i) budget.pool().parallel_for(2, [&](int) { ++calls; });
            EXPECT_EQ(calls, 4000);
            // The piece that was under way.
            EXPECT_LE(pieces - before, 1);
        }
        wait_for([&] { return pieces > before + 100; });
    }
    {
        const auto turn = budget.take(0);
        stop.request_stop();
        job.join();
    }
}

TEST(ComputeBudget, WhatAnIdleThreadStartsIsIdle) {
    bool can = false;
    bool inherits = false;
    std::thread([&] {
        can = become_idle();
        std::thread([&] { inherits = is_idle(); }).join();
    }).join();
    EXPECT_EQ(inherits, can);
    EXPECT_FALSE(is_idle());
}

TEST(ComputeBudget, WhatABackgroundThreadStartsIsInTheBackground) {
    const auto own = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
    const int usual = own();
    bool can = false;
    int inherited = usual;
    std::thread([&] {
        can = become_background();
        std::thread([&] { inherited = own(); }).join();
    }).join();
    EXPECT_EQ(inherited > usual, can);
    EXPECT_EQ(own(), usual);
}

}  // namespace
}  // namespace tessera::engine
