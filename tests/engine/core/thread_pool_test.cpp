#include "core/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include "support/no_new_threads.hpp"

namespace tessera::engine {
namespace {

TEST(ThreadPool, CallsEveryIndexOnce) {
    for (const int threads : {1, 2, 3, 7}) {
        thread_pool pool(threads);
        EXPECT_EQ(pool.size(), threads);
        for (const int count : {0, 1, 2, 5, 64, 1000}) {
            std::vector<int> calls(static_cast<std::size_t>(count));
            pool.parallel_for(count, [&](int i) { ++calls[static_cast<std::size_t>(i)]; });
            EXPECT_EQ(std::accumulate(calls.begin(), calls.end(), 0), count);
            EXPECT_EQ(std::set(calls.begin(), calls.end()).size(), count == 0 ? 0U : 1U);
        }
    }
}

TEST(ThreadPool, ShowsWritesOfOneLoopToTheNext) {
    thread_pool pool(3);
    std::vector<long> values(97, 0);
    for (int round = 0; round < 3000; ++round) {
        pool.parallel_for(97, [&](int i) {
            values[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>((i))] + 1;
        });
        pool.parallel_for(1, [&](int) {
            const long sum = std::accumulate(values.begin(), values.end(), 0L);
            ASSERT_EQ(sum, 97L * (round + 1));
        });
    }
}

TEST(ThreadPool, NumbersItsWorkers) {
    thread_pool pool(4);
    std::atomic<bool> valid{true};
    std::vector<std::atomic<int>> inside(4);
    pool.parallel_for(2000, [&](int, int worker) {
        if (worker < 0 || worker >= 4 || inside[static_cast<std::size_t>(worker)]++ != 0)
            valid = false;
        inside[static_cast<std::size_t>(worker)]--;
    });
    EXPECT_TRUE(valid);
}

TEST(ThreadPool, RunsOnePartAThread) {
    thread_pool pool(3);
    std::vector<int> parts(3);
    pool.run([&](int part) { parts[static_cast<std::size_t>(part)] += part + 1; });
    EXPECT_EQ(parts, (std::vector{1, 2, 3}));
}

TEST(ThreadPool, RethrowsAndGoesOn) {
    thread_pool pool(2);
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> calls{0};
        EXPECT_THROW(pool.parallel_for(20,
                                       [&](int i) {
                                           ++calls;
                                           if (i % 7 == 3) throw std::runtime_error("seven");
                                       }),
                     std::runtime_error);
        EXPECT_EQ(calls, 20);
        calls = 0;
        pool.parallel_for(20, [&](int) { ++calls; });
        EXPECT_EQ(calls, 20);
    }
}

TEST(ThreadPool, MakesDoWithTheThreadsThatTheSystemGrants) {
    const testing::no_new_threads scarce;
    thread_pool pool(4);
    EXPECT_EQ(pool.size(), 1);
    int calls = 0;
    pool.parallel_for(20, [&](int) { ++calls; });
    EXPECT_EQ(calls, 20);
}

}  // namespace
}  // namespace tessera::engine
