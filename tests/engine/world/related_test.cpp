#include "world/related.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

#include "world/facts.hpp"

namespace tessera::engine::world {
namespace {

TEST(related, pairs_are_the_same_for_the_same_seed) {
    random a(1), b(1), c(2);
    const auto pairs = related_pairs(a, 24);
    EXPECT_EQ(pairs.size(), 24U);
    EXPECT_EQ(pairs, related_pairs(b, 24));
    EXPECT_NE(pairs, related_pairs(c, 24));
}

TEST(related, no_two_pairs_of_a_group_mean_the_same) {
    random r(2);
    for (int i = 0; i < 50; ++i) {
        std::unordered_set<std::string> texts;
        for (const auto& [first, second] : related_pairs(r, 24)) {
            EXPECT_TRUE(texts.insert(first).second) << first;
            EXPECT_TRUE(texts.insert(second).second) << second;
        }
    }
}

TEST(related, no_pair_has_a_text_of_a_triplet) {
    std::unordered_set<std::string> held;
    for (const auto from : {difference::topic, difference::entity}) {
        const auto triplets = make_triplets(300, 1, from);
        ASSERT_EQ(triplets.size(), 300U);
        for (const auto& t : triplets) {
            EXPECT_NE(t.anchor, t.related);
            EXPECT_NE(t.related, t.unrelated);
            for (const auto& text : {t.anchor, t.related, t.unrelated}) held.insert(normal(text));
        }
    }
    EXPECT_GT(held.size(), 500U);
    random r(3);
    for (int i = 0; i < 500; ++i)
        for (const auto& [first, second] : related_pairs(r, 24)) {
            EXPECT_FALSE(held.contains(normal(first))) << first;
            EXPECT_FALSE(held.contains(normal(second))) << second;
        }
}

}  // namespace
}  // namespace tessera::engine::world
