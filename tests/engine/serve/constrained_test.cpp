#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

#include "decode/constraint.hpp"
#include "engine/serve/support.hpp"
#include "support/no_new_threads.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

// After each token, about one in eight of all tokens; from `shortest` tokens on the end as well,
// and at `longest` nothing else.
struct maze : constraint {
    explicit maze(int least, int most) : shortest(least), longest(most) {}

    bool open(token_id token) const {
        if (token == end_token) return length >= shortest;
        const auto place = static_cast<std::uint64_t>(last * 264 + token);
        return length < longest && token < 256 && uniform_draw(77, place) < 0.125;
    }
    void allowed(std::span<std::uint64_t> words) override {
        EXPECT_EQ(words.size(), 5U);
        EXPECT_FALSE(busy.exchange(true)) << "used by two threads at once";
        // The bits beyond the vocabulary mean nothing.
        std::fill(words.begin(), words.end(), 0);
        words[4] = ~std::uint64_t{0} << 8;
        for (token_id t = 0; t < 264; ++t) {
            if (open(t)) words[static_cast<std::size_t>(t) / 64] |= std::uint64_t{1} << t % 64;
        }
        busy = false;
    }
    bool accept(token_id token) override {
        EXPECT_FALSE(busy.exchange(true)) << "used by two threads at once";
        const bool good = open(token);
        EXPECT_TRUE(good) << token << " after " << length;
        if (good) last = token;
        ++length;
        busy = false;
        return good;
    }

    int shortest, longest;
    token_id last = 0;
    int length = 0;
    std::atomic<bool> busy{false};
};

// What a test says; by default it allows tokens below 256.
struct scripted : constraint {
    std::function<void()> before{};
    std::function<bool(token_id)> open = [](token_id t) { return t < 256; };

    void allowed(std::span<std::uint64_t> words) override {
        if (before) before();
        std::fill(words.begin(), words.end(), 0);
        for (token_id t = 0; t < 264; ++t) {
            if (open(t)) words[static_cast<std::size_t>(t) / 64] |= std::uint64_t{1} << t % 64;
        }
    }
    bool accept(token_id) override { return true; }
};

generation_request limited(int length, int salt, int max_tokens = 40) {
    auto r = request_of(length, salt, max_tokens);
    r.limits = std::make_shared<maze>(5, 30);
    return r;
}

TEST(Constrained, DrawsAllowedTokensOnly) {
    engine e(shared().weights, shared().text, few(2));
    for (const float temperature : {0.0F, 0.7F, 3.0F}) {
        for (const float top_p : {1.0F, 0.5F}) {
            auto r = limited(20, 3);
            r.sampling.temperature = temperature;
            r.sampling.top_p = top_p;
            r.sampling.frequency_penalty = 2;
            for (token_id t = 0; t < 264; t += 2) r.sampling.logit_bias.emplace_back(t, 1000.0F);
            const auto got = run(e, r);
            EXPECT_EQ(got.result.reason, finish_reason::stop) << got.result.error;
            EXPECT_GE(got.result.completion_tokens, 5);
            EXPECT_LE(got.result.completion_tokens, 30);
            maze walk(5, 30);
            for (const auto& info : got.heard->tokens) EXPECT_TRUE(walk.accept(info.id));
            EXPECT_TRUE(walk.accept(end_token));
        }
    }
}

TEST(Constrained, ReportsTheModelsLogProbabilities) {
    engine e(shared().weights, shared().text, few());
    auto free = request_of(20, 3, 1);
    const auto model_says = run(e, free).heard->tokens.at(0);
    free.limits = std::make_shared<scripted>();
    EXPECT_EQ(run(e, free).heard->tokens.at(0).top, model_says.top);
}

TEST(Constrained, MayNotEndBeforeMinTokensUnlessNothingElseIsLeft) {
    engine e(shared().weights, shared().text, few());
    auto r = limited(20, 3);
    r.sampling.logit_bias = {{end_token, 1000.0F}};
    EXPECT_EQ(run(e, r).result.completion_tokens, 5);
    r.limits = std::make_shared<maze>(5, 30);
    r.min_tokens = 12;
    EXPECT_EQ(run(e, r).result.completion_tokens, 12);
    r.limits = std::make_shared<maze>(5, 30);
    r.min_tokens = 35;
    const auto got = run(e, r).result;
    EXPECT_EQ(got.completion_tokens, 30);
    EXPECT_EQ(got.reason, finish_reason::stop);
}

TEST(Constrained, StopsAtStopStringsAndAtMaxTokens) {
    engine e(shared().weights, shared().text, few());
    auto r = limited(20, 3, 4);
    const auto cut = run(e, r);
    EXPECT_EQ(cut.result.reason, finish_reason::length);
    EXPECT_EQ(cut.result.completion_tokens, 4);

    auto letters = std::make_shared<scripted>();
    letters->open = [](token_id t) { return t >= 'a' && t <= 'c'; };
    r = request_of(20, 3, 100);
    r.limits = letters;
    const auto text = run(e, r).heard->text;
    r.stop = {"ab"};
    EXPECT_EQ(run(e, r).heard->text, text.substr(0, text.find("ab")));
    // Nothing is drawn, so nothing is asked.
    letters->open = [](token_id) -> bool { throw std::runtime_error("asked"); };
    r.max_tokens = 0;
    EXPECT_EQ(run(e, r).result.reason, finish_reason::length);
}

TEST(Constrained, FailsAloneWhereNothingIsAllowedOrTheConstraintThrows) {
    engine e(shared().weights, shared().text, few(2));
    const auto healthy = std::make_shared<recorder>();
    e.submit(request_of(30, 1, 60), healthy);

    auto r = request_of(20, 3);
    auto limits = std::make_shared<scripted>();
    limits->open = [](token_id) { return false; };
    r.limits = limits;
    const auto nothing = run(e, r).result;
    EXPECT_EQ(nothing.reason, finish_reason::failed);
    EXPECT_EQ(nothing.error, "the vocabulary has no token for what must follow");

    limits = std::make_shared<scripted>();
    int calls = 0;
    limits->before = [&] {
        if (++calls == 4) throw std::runtime_error("out of states");
    };
    r.limits = limits;
    const auto thrown = run(e, r).result;
    EXPECT_EQ(thrown.reason, finish_reason::failed);
    EXPECT_EQ(thrown.error, "out of states");
    EXPECT_EQ(thrown.completion_tokens, 3);
    EXPECT_NE(healthy->wait().reason, finish_reason::failed);
}

// The same bytes whether a mask comes before its logits or after, beside others, and in a cache
// that displaces.
TEST(Constrained, GivesTheSameBytesWheneverItsMasksCome) {
    engine alone(shared().weights, shared().text, few());
    std::vector<outcome> expected;
    for (int i = 0; i < 12; ++i) expected.push_back(run(alone, limited(20 + 5 * i, i)));
    auto o = few(2);
    for (const int tokens : {160, 8192}) {
        o.kv_tokens = tokens;
        engine e(shared().weights, shared().text, o);
        std::vector<std::shared_ptr<recorder>> heard;
        for (int i = 0; i < 12; ++i) {
            heard.push_back(std::make_shared<recorder>());
            e.submit(limited(20 + 5 * i, i), heard.back());
            e.submit(request_of(10 + i, i, 30), std::make_shared<recorder>());
        }
        for (std::size_t i = 0; i < heard.size(); ++i) {
            EXPECT_EQ(heard[i]->wait().reason, expected[i].result.reason);
            EXPECT_TRUE(same_bits(heard[i]->tokens, expected[i].heard->tokens)) << i;
            EXPECT_EQ(heard[i]->text, expected[i].heard->text);
        }
    }
}

// A constraint that does not return: the others finish, and its own request can be cancelled.
TEST(Constrained, HoldsUpNobodyElse) {
    std::promise<void> gate;
    const auto opened = gate.get_future().share();
    engine e(shared().weights, shared().text, few());
    const auto stuck = std::make_shared<recorder>();
    const auto given_up = std::make_shared<recorder>();
    auto r = request_of(20, 3, 10);
    auto limits = std::make_shared<scripted>();
    limits->before = [opened] { opened.wait(); };
    r.limits = limits;
    e.submit(r, stuck);
    EXPECT_EQ(run(e, request_of(30, 1, 60)).result.reason, finish_reason::length);
    EXPECT_EQ(run(e, limited(30, 2)).result.reason, finish_reason::stop);

    auto other = std::make_shared<scripted>();
    other->before = limits->before;
    r.limits = other;
    const auto id = e.submit(r, given_up);
    e.cancel(id);
    EXPECT_EQ(given_up->wait().reason, finish_reason::cancelled);
    EXPECT_TRUE(stuck->tokens.empty());
    gate.set_value();
    EXPECT_EQ(stuck->wait().completion_tokens, 10);
}

TEST(Constrained, IsServedWhereNoThreadCanBeStarted) {
    engine usual(shared().weights, shared().text, few());
    const auto expected = run(usual, limited(20, 3));
    engine e(shared().weights, shared().text, few());
    const testing::no_new_threads scarce;
    for (int i = 0; i < 2; ++i) {
        const auto got = run(e, limited(20, 3));
        EXPECT_EQ(got.result.reason, finish_reason::stop) << got.result.error;
        EXPECT_TRUE(same_bits(got.heard->tokens, expected.heard->tokens));
    }
}

// One thread is busy for long, and there is no second one for the others.
TEST(Constrained, WaitsForTheThreadsThatThereAre) {
    std::promise<void> gate;
    std::promise<void> begun;
    const auto opened = gate.get_future().share();
    engine e(shared().weights, shared().text, few());
    auto r = request_of(20, 3, 10);
    auto limits = std::make_shared<scripted>();
    limits->before = [&, first = true]() mutable {
        if (std::exchange(first, false)) begun.set_value();
        opened.wait();
    };
    r.limits = limits;
    const auto slow = std::make_shared<recorder>();
    e.submit(r, slow);
    begun.get_future().wait();
    const testing::no_new_threads scarce;
    const auto other = std::make_shared<recorder>();
    e.submit(limited(30, 2), other);
    EXPECT_EQ(run(e, request_of(30, 1, 60)).result.reason, finish_reason::length);
    gate.set_value();
    EXPECT_EQ(slow->wait().completion_tokens, 10);
    EXPECT_EQ(other->wait().reason, finish_reason::stop);
}

}  // namespace
}  // namespace tessera::engine
