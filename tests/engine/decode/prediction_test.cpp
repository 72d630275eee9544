#include "decode/prediction.hpp"

#include <gtest/gtest.h>

namespace tessera::engine {
namespace {

using tokens = std::vector<token_id>;

tokens next(const prediction& p, int most = 100) {
    const auto found = p.next(most);
    return {found.begin(), found.end()};
}

// Has the completion go on with these, and says what is expected then.
tokens after(prediction& p, tokens& completion, const tokens& drawn) {
    for (const token_id token : drawn) {
        completion.push_back(token);
        p.advance(completion);
    }
    return next(p);
}

TEST(Prediction, ProposesWhatFollows) {
    prediction p({1, 2, 3, 4, 5, 6});
    EXPECT_EQ(next(p), (tokens{1, 2, 3, 4}));
    EXPECT_EQ(next(p, 2), (tokens{1, 2}));
    EXPECT_EQ(next(p, -1), tokens{});
    tokens completion;
    EXPECT_EQ(after(p, completion, {1, 2, 3}), (tokens{4, 5, 6}));
    EXPECT_EQ(after(p, completion, {4, 5, 6}), tokens{});
    EXPECT_EQ(p.accepted(), 6);
    EXPECT_EQ(p.rejected(), 0);
}

TEST(Prediction, ReachesFurtherWhileItIsRight) {
    prediction p(tokens(100, 7));
    p.verified(4, 4);
    EXPECT_EQ(next(p).size(), 8U);
    p.verified(8, 8);
    p.verified(16, 16);
    EXPECT_EQ(next(p).size(), 16U);
    p.verified(16, 3);
    EXPECT_EQ(next(p).size(), 8U);
    for (int i = 0; i < 5; ++i) p.verified(1, 0);
    EXPECT_EQ(next(p).size(), 1U);
    p.verified(0, 0);
    EXPECT_EQ(next(p).size(), 1U);
}

TEST(Prediction, FindsItsPlaceAgain) {
    prediction p({1, 2, 3, 4, 5, 6, 7, 8});
    tokens completion;
    EXPECT_EQ(after(p, completion, {1, 2, 9}), tokens{});     // 9 is nowhere
    EXPECT_EQ(after(p, completion, {4}), tokens{});           // one token proves nothing
    EXPECT_EQ(after(p, completion, {5}), (tokens{6, 7, 8}));  // 3 was replaced
    EXPECT_EQ(after(p, completion, {7, 8}), tokens{});        // 6 was left out, 8 is the last
    EXPECT_EQ(after(p, completion, {1, 2}), (tokens{3, 4, 5, 6}));
    EXPECT_EQ(p.accepted(), 2);
    EXPECT_EQ(p.rejected(), 6);
    after(p, completion, {3, 4, 5, 6, 7, 8});
    EXPECT_EQ(p.accepted(), 8);
}

TEST(Prediction, PrefersTheLongestMatchThenTheNextOne) {
    prediction p({1, 2, 10, 1, 2, 11, 5, 1, 2, 12, 1, 2, 13});
    tokens completion;
    EXPECT_EQ(after(p, completion, {5, 1, 2}).front(), 12);  // three tokens against two
    completion.clear();
    prediction q({1, 2, 10, 1, 2, 11, 1, 2, 12});
    EXPECT_EQ(after(q, completion, {1, 2, 10, 8, 1, 2}).front(), 11);
}

TEST(Prediction, MayBeEmpty) {
    prediction p({});
    tokens completion;
    EXPECT_EQ(after(p, completion, {1, 2, 3}), tokens{});
    EXPECT_EQ(p.accepted() + p.rejected(), 0);
}

}  // namespace
}  // namespace tessera::engine
