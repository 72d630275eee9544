#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "serve/block_pool.hpp"
#include "serve/shares.hpp"

namespace tessera::engine {
namespace {

TEST(Shares, GiveEveryoneOneAndTheRestFairly) {
    using v = std::vector<int>;
    EXPECT_EQ(share_tokens(std::vector<demand>{{0, 1}, {0, 1}}, 8), (v{1, 1}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{0, 100}}, 8), (v{8}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{0, 100}, {0, 100}}, 9), (v{5, 4}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{0, 100}, {0, 3}, {0, 1}}, 16), (v{12, 3, 1}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{5, 100}, {0, 100}, {0, 100}}, 16), (v{14, 1, 1}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{5, 4}, {0, 100}, {0, 2}}, 16), (v{4, 10, 2}));
    EXPECT_EQ(share_tokens(std::vector<demand>{{0, 9}, {0, 9}}, 2), (v{1, 1}));
    EXPECT_EQ(share_tokens(std::vector<demand>{}, 4), v{});
}

TEST(Shares, SpendTheBudgetAndNoMore) {
    for (int budget = 4; budget < 60; ++budget) {
        const std::vector<demand> demands = {{2, 7}, {1, 1}, {1, 30}, {0, 11}};
        const auto shares = share_tokens(demands, budget);
        EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), 0), std::min(budget, 49));
        for (std::size_t i = 0; i < shares.size(); ++i) {
            EXPECT_GE(shares[i], 1);
            EXPECT_LE(shares[i], demands[i].tokens);
        }
    }
}

std::vector<int> tokens_from(int first) {
    std::vector<int> result(block_positions);
    std::iota(result.begin(), result.end(), first);
    return result;
}

TEST(BlockPool, FindsWhatWasPublishedBehindTheSameChain) {
    block_pool pool(4);
    const int a = pool.allocate().value();
    const int b = pool.allocate().value();
    const auto first = pool.publish(a, block_pool::root, tokens_from(0));
    const auto second = pool.publish(b, first, tokens_from(100));
    EXPECT_NE(first, second);
    EXPECT_FALSE(pool.find(block_pool::root, tokens_from(100)));
    EXPECT_FALSE(pool.find(first, tokens_from(0)));
    EXPECT_EQ(pool.find(block_pool::root, tokens_from(0))->block, a);
    EXPECT_EQ(pool.find(first, tokens_from(100))->block, b);
    EXPECT_EQ(pool.find(first, tokens_from(100))->link, second);
}

TEST(BlockPool, ForgetsTheLongestUnused) {
    block_pool pool(3);
    std::vector<int> blocks;
    for (int i = 0; i < 3; ++i) {
        blocks.push_back(pool.allocate().value());
        pool.publish(blocks.back(), block_pool::root, tokens_from(100 * i));
    }
    EXPECT_FALSE(pool.allocate());
    for (const int i : {1, 0, 2}) pool.release(blocks[static_cast<std::size_t>(i)]);
    EXPECT_EQ(pool.available(), 3);
    const auto again = pool.find(block_pool::root, tokens_from(100));  // used once more
    ASSERT_TRUE(again);
    EXPECT_EQ(pool.available(), 2);
    pool.release(again->block);
    EXPECT_EQ(pool.allocate(), blocks[0]);
    EXPECT_FALSE(pool.find(block_pool::root, tokens_from(0)));
    EXPECT_TRUE(pool.find(block_pool::root, tokens_from(200)));
}

// Blocks with content, in use: block i holds tokens_from(100 * i).
std::vector<int> filled(block_pool& pool, int count) {
    std::vector<int> blocks;
    for (int i = 0; i < count; ++i) {
        blocks.push_back(pool.allocate().value());
        pool.publish(blocks.back(), block_pool::root, tokens_from(100 * i));
    }
    return blocks;
}

TEST(BlockPool, KeepsWhatItsUsersAskToKeep) {
    block_pool pool(4);
    const auto blocks = filled(pool, 4);
    for (std::size_t i = 0; i < 4; ++i) pool.release(blocks[i], i < 2);
    EXPECT_EQ(pool.available(), 4);
    EXPECT_EQ(pool.allocate(), blocks[2]);
    EXPECT_EQ(pool.allocate(), blocks[3]);
    // It stays a kept one when another uses it for a while.
    EXPECT_EQ(pool.find(block_pool::root, tokens_from(0))->block, blocks[0]);
    pool.release(blocks[0]);
    EXPECT_EQ(pool.allocate(), blocks[1]);
    EXPECT_EQ(pool.allocate(), blocks[0]);
    EXPECT_FALSE(pool.allocate());
    // Its content is forgotten, and the wish with it.
    for (const int block : blocks) pool.release(block);
    EXPECT_FALSE(pool.find(block_pool::root, tokens_from(0)));
}

TEST(BlockPool, KeepsHalfAtMostAndNotForEver) {
    block_pool pool(4);
    auto blocks = filled(pool, 4);
    pool.release(blocks[0], true);
    pool.release(blocks[1], true);
    pool.release(blocks[2], true);  // one too many: the first is like any other
    pool.release(blocks[3]);
    EXPECT_EQ(pool.allocate(), blocks[0]);
    EXPECT_EQ(pool.allocate(), blocks[3]);
    for (int i = 0; i < 40; ++i) {
        pool.release(blocks[0]);
        EXPECT_EQ(pool.allocate(), blocks[0]);
    }
    pool.publish(blocks[3], block_pool::root, tokens_from(7));
    pool.release(blocks[3]);
    EXPECT_EQ(pool.allocate(), blocks[1]);
    EXPECT_EQ(pool.allocate(), blocks[2]);
    EXPECT_EQ(pool.allocate(), blocks[3]);
}

TEST(BlockPool, KeepsOneOfTwoEqualBlocks) {
    block_pool pool(2);
    const int a = pool.allocate().value();
    const int b = pool.allocate().value();
    const auto link = pool.publish(a, block_pool::root, tokens_from(0));
    EXPECT_EQ(pool.publish(b, block_pool::root, tokens_from(0)), link);
    pool.release(b);
    EXPECT_EQ(pool.allocate(), b);
    EXPECT_EQ(pool.find(block_pool::root, tokens_from(0))->block, a);
}

TEST(BlockPool, SharedBlocksStayUntilTheLastUser) {
    block_pool pool(1);
    const int a = pool.allocate().value();
    pool.publish(a, block_pool::root, tokens_from(0));
    ASSERT_TRUE(pool.find(block_pool::root, tokens_from(0)));
    pool.release(a);
    EXPECT_FALSE(pool.allocate());
    pool.release(a);
    EXPECT_EQ(pool.allocate(), a);
}

}  // namespace
}  // namespace tessera::engine
