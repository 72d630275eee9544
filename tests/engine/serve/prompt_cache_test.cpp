#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <string>
#include <vector>

#include "engine/serve/support.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

TEST(PromptCache, ComputesAPromptOnceForAllThatAskTogether) {
    engine alone(shared().weights, shared().text, few());
    for (const int budget : {16, 40, 256}) {
        auto o = few(2);
        o.token_budget = budget;
        o.max_sequences = 8;
        engine e(shared().weights, shared().text, o);
        std::vector<std::shared_ptr<recorder>> heard;
        auto r = request_of(500, 5, 1);
        r.min_tokens = 1;
        for (std::uint64_t i = 0; i < 8; ++i) {
            r.sampling.seed = i;
            heard.push_back(std::make_shared<recorder>());
            e.submit(r, heard.back());
        }
        int computed_alone = 0;
        for (std::uint64_t i = 0; i < 8; ++i) {
            computed_alone += heard[i]->wait().cached_tokens == 0;
            r.sampling.seed = i;
            EXPECT_TRUE(same_bits(heard[i]->tokens, run(alone, r).heard->tokens));
            EXPECT_TRUE(heard[i]->wait().cached_tokens == 0 ||
                        heard[i]->wait().cached_tokens == 496);
        }
        EXPECT_EQ(computed_alone, 1);
        // Beyond the last whole block, everyone computes for itself.
        EXPECT_EQ(e.current().computed_tokens, 500U + 7 * 4) << budget;
    }
}

TEST(PromptCache, SharesNoMoreThanTheCommonBeginning) {
    engine alone(shared().weights, shared().text, few());
    auto o = few(2);
    o.token_budget = 40;
    engine e(shared().weights, shared().text, o);
    const auto variant = [](int i) {
        auto r = request_of(200, 5, 20);
        r.priority = i % 3;
        if (i > 0) r.prompt[static_cast<std::size_t>(i * 24)] ^= 1;
        return r;
    };
    std::vector<std::shared_ptr<recorder>> heard;
    for (int i = 0; i < 8; ++i) {
        heard.push_back(std::make_shared<recorder>());
        e.submit(variant(i), heard.back());
    }
    for (int i = 0; i < 8; ++i) {
        auto& h = *heard[static_cast<std::size_t>(i)];
        EXPECT_LE(h.wait().cached_tokens, i == 0 ? 168 : i * 24 / 16 * 16 + 176);
        engine fresh(shared().weights, shared().text, few());
        EXPECT_TRUE(same_bits(h.tokens, run(fresh, variant(i)).heard->tokens)) << i;
    }
}

// Draws a token a step, and does what a test wants then.
struct metronome : recorder {
    std::function<void(std::size_t)> beat;
    void on_tokens(std::span<const token_info> infos, std::string_view more) override {
        recorder::on_tokens(infos, more);
        beat(tokens.size());
    }
};

TEST(PromptCache, GoesOnWhenTheFirstIsCancelled) {
    engine alone(shared().weights, shared().text, few());
    auto r = request_of(1500, 5, 3);
    r.min_tokens = 3;
    const auto expected = run(alone, r);
    auto o = few();
    o.token_budget = 21;
    o.max_sequences = 5;
    engine e(shared().weights, shared().text, o);
    auto endless = request_of(1, 1, -1);
    endless.min_tokens = 1 << 20;
    const auto clock = std::make_shared<metronome>();
    std::vector<std::uint64_t> ids;
    std::promise<void> submitted;
    clock->beat = [&](std::size_t step) {
        if (step == 1) submitted.get_future().wait();
        if (step % 10 == 0 && step <= 30) e.cancel(ids[step / 10 - 1]);
    };
    const auto clock_id = e.submit(endless, clock);
    std::vector<std::shared_ptr<recorder>> heard;
    for (int i = 0; i < 4; ++i) {
        heard.push_back(std::make_shared<recorder>());
        ids.push_back(e.submit(r, heard.back()));
    }
    submitted.set_value();
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(heard[i]->wait().reason, finish_reason::cancelled);
    EXPECT_EQ(heard[3]->wait().reason, finish_reason::length);
    EXPECT_TRUE(same_bits(heard[3]->tokens, expected.heard->tokens));
    e.cancel(clock_id);
    clock->wait();
    // Of what the cancelled ones computed, no more than their unfinished blocks was lost.
    const auto load = e.current();
    EXPECT_LT(load.computed_tokens - load.steps, 1500U + 2 + 3 * 16);
}

TEST(PromptCache, FinishesEveryoneOfACrowdThatSharesAndHasNoRoom) {
    engine roomy(shared().weights, shared().text, few());
    auto o = few(2);
    o.kv_tokens = 224;
    o.token_budget = 24;
    o.max_sequences = 6;
    engine tight(shared().weights, shared().text, o);
    const auto request = [](int i) {
        auto r = request_of(100, i % 2, 60);
        r.sampling.seed = static_cast<std::uint64_t>(i);
        r.prompt_logprobs = i % 5 == 0;
        if (i % 3 == 0) r.cache_key = "conversation";
        return r;
    };
    std::vector<std::shared_ptr<recorder>> heard;
    for (int i = 0; i < 18; ++i) {
        heard.push_back(std::make_shared<recorder>());
        tight.submit(request(i), heard.back());
    }
    for (int i = 0; i < 18; ++i) {
        auto& h = *heard[static_cast<std::size_t>(i)];
        const auto result = h.wait();
        EXPECT_NE(result.reason, finish_reason::failed) << result.error;
        EXPECT_LE(result.cached_tokens, 96);
        EXPECT_TRUE(same_bits(h.tokens, run(roomy, request(i)).heard->tokens)) << i;
    }
}

TEST(PromptCache, KeepsConversationsWithAKeyLongerButNotForEver) {
    auto o = few();
    o.kv_tokens = 512;
    const auto cached_after = [&](int others, const std::string& key) {
        engine e(shared().weights, shared().text, o);
        auto r = request_of(100, 1, 2);
        r.min_tokens = 2;
        r.cache_key = key;
        const auto cold = run(e, r);
        EXPECT_EQ(cold.result.cached_tokens, 0);
        for (int i = 0; i < others; ++i) run(e, request_of(100, 100 + i, 2));
        const auto later = run(e, r);
        EXPECT_TRUE(same_bits(later.heard->tokens, cold.heard->tokens));
        return later.result.cached_tokens;
    };
    EXPECT_EQ(cached_after(2, ""), 96);
    EXPECT_EQ(cached_after(10, ""), 0);
    EXPECT_EQ(cached_after(10, "conversation"), 96);
    EXPECT_EQ(cached_after(100, "conversation"), 0);
}

}  // namespace
}  // namespace tessera::engine
