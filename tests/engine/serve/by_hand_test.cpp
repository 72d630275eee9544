#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "engine/serve/support.hpp"
#include "model/model.hpp"
#include "run/cpu/forward.hpp"
#include "run/cpu/sampling.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

// The model without an engine.
struct by_hand {
    std::shared_ptr<const model> weights = model::load(shared().folder.path());
    kv_cache cache{weights->config(), 8};
    thread_pool pool{1};
    std::vector<int> slots = std::vector<int>(70);
    forward_pass pass{*weights, cache, pool, 70};

    by_hand() { std::iota(slots.begin(), slots.end(), 0); }
};

TEST(Engine, DrawsWhatTheModelSays) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(21, 5, 30);
    r.sampling.temperature = 0;
    r.min_tokens = 30;
    const auto got = run(e, r);
    EXPECT_EQ(got.result.reason, finish_reason::length);
    EXPECT_EQ(got.result.prompt_tokens, 21);
    EXPECT_EQ(got.result.completion_tokens, 30);

    // The same by hand, one token at a time.
    by_hand hand;
    auto& pass = hand.pass;
    const auto& slots = hand.slots;
    const std::vector<int> blocks = {0, 1, 2, 3, 4, 5, 6, 7};
    auto tokens = r.prompt;
    std::string text;
    for (std::size_t i = 0; i < 51; ++i) {
        const sequence_part part{std::span(tokens).subspan(i, 1), static_cast<int>(i), blocks,
                                 std::span(slots).first(1)};
        pass.compute({&part, 1});
        if (i + 1 < tokens.size()) continue;
        const std::span<const float> logits(pass.logits(std::span(slots).first(1)), 264);
        token_id best = 0;
        for (token_id t = 1; t < 264; ++t) {
            if (t != end_token &&
                logits[static_cast<std::size_t>(t)] > logits[static_cast<std::size_t>(best)])
                best = t;
        }
        const auto n = tokens.size() - 21;
        if (n == 30) break;
        ASSERT_EQ(got.heard->tokens[n].id, best);
        const auto info = describe_token(logits, best, 3);
        EXPECT_EQ(got.heard->tokens[n].logprob, info.logprob);
        EXPECT_EQ(got.heard->tokens[n].top, info.top);
        tokens.push_back(best);
    }
    EXPECT_EQ(got.heard->text, shared().text->decode(std::span(tokens).subspan(21)));
}

TEST(Engine, ReportsThePromptsLogProbabilities) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(70, 3, 0);
    r.prompt_logprobs = true;
    const auto got = run(e, r);
    EXPECT_EQ(got.result.reason, finish_reason::length);
    EXPECT_EQ(got.result.completion_tokens, 0);
    ASSERT_EQ(got.heard->prompt.size(), 70U);
    EXPECT_TRUE(std::isnan(got.heard->prompt[0].logprob));
    EXPECT_TRUE(got.heard->tokens.empty());

    by_hand hand;
    auto& pass = hand.pass;
    const auto& slots = hand.slots;
    const std::vector<int> blocks = {3, 1, 2, 0, 4, 5, 6, 7};
    const sequence_part part{r.prompt, 0, blocks, slots};
    pass.compute({&part, 1});
    for (int i = 1; i < 70; ++i) {
        const auto slot = std::span(slots).subspan(static_cast<std::size_t>(i) - 1, 1);
        const auto info =
            describe_token({pass.logits(slot), 264}, r.prompt[static_cast<std::size_t>(i)], 3);
        EXPECT_TRUE(same_bits({info}, {got.heard->prompt[static_cast<std::size_t>(i)]}));
    }
    // With a completion too, and in small steps.
    auto o = few();
    o.token_budget = 9;
    o.max_sequences = 2;
    engine slow(shared().weights, shared().text, o);
    r.max_tokens = 5;
    const auto both = run(slow, r);
    EXPECT_TRUE(same_bits(std::vector(both.heard->prompt.begin() + 1, both.heard->prompt.end()),
                          std::vector(got.heard->prompt.begin() + 1, got.heard->prompt.end())));
    EXPECT_EQ(both.heard->tokens.size(), 5U);
}

}  // namespace
}  // namespace tessera::engine
