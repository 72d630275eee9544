#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "engine/serve/support.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

// The promise of DESIGN: the same bytes alone and among many, on any slot, with and without reuse.
TEST(Engine, GivesTheSameBytesAloneAndAmongManyOthers) {
    const auto r = request_of(150, 1000, 60);
    engine alone(shared().weights, shared().text, few(1));
    const auto expected = run(alone, r);
    ASSERT_GT(expected.heard->tokens.size(), 0U);
    for (const int budget : {33, 64, 256}) {
        auto o = few(2);
        o.max_sequences = 33;
        o.token_budget = budget;
        engine crowded(shared().weights, shared().text, o);
        std::vector<std::shared_ptr<recorder>> others;
        const auto add = [&](int i) {
            others.push_back(std::make_shared<recorder>());
            crowded.submit(request_of(1 + i * 7 % 90, i, 20 + i), others.back());
        };
        for (int i = 0; i < 16; ++i) add(i);
        const auto heard = std::make_shared<recorder>();
        crowded.submit(r, heard);
        for (int i = 16; i < 32; ++i) add(i);
        heard->wait();
        EXPECT_TRUE(same_bits(heard->tokens, expected.heard->tokens)) << budget;
        EXPECT_EQ(heard->text, expected.heard->text);
        for (int i = 0; i < 32; ++i) {
            others[static_cast<std::size_t>(i)]->wait();
            if (budget != 64 || i % 5 != 0) continue;
            const auto single = run(alone, request_of(1 + i * 7 % 90, i, 20 + i));
            EXPECT_TRUE(
                same_bits(single.heard->tokens, others[static_cast<std::size_t>(i)]->tokens));
        }
    }
}

TEST(Engine, ReusesPrefixesWithoutChangingAByte) {
    engine e(shared().weights, shared().text, few());
    const auto r = request_of(100, 7, 50);
    const auto cold = run(e, r);
    EXPECT_EQ(cold.result.cached_tokens, 0);
    const auto warm = run(e, r);
    EXPECT_EQ(warm.result.cached_tokens, 96);
    EXPECT_TRUE(same_bits(cold.heard->tokens, warm.heard->tokens));
    EXPECT_EQ(cold.heard->text, warm.heard->text);

    // A whole number of blocks: the last one is computed for its logits. And the completion is
    // reused.
    auto longer = r;
    for (const auto& info : cold.heard->tokens) longer.prompt.push_back(info.id);
    longer.prompt.resize(112);
    EXPECT_EQ(run(e, longer).result.cached_tokens, 96);
    longer.prompt.push_back(1);
    EXPECT_EQ(run(e, longer).result.cached_tokens, 112);
    auto other = r;
    other.prompt[0] = (other.prompt[0] + 1) % 256;
    EXPECT_EQ(run(e, other).result.cached_tokens, 0);
}

TEST(Engine, FinishesEveryoneInACacheTooSmallForAll) {
    engine roomy(shared().weights, shared().text, few());
    auto o = few(2);
    o.kv_tokens = 160;
    engine tight(shared().weights, shared().text, o);
    EXPECT_EQ(tight.context_length(), 160);
    std::vector<std::shared_ptr<recorder>> heard;
    for (int i = 0; i < 12; ++i) {
        heard.push_back(std::make_shared<recorder>());
        auto r = request_of(20 + 5 * i, i, 60);
        r.prompt_logprobs = i % 3 == 0;
        tight.submit(r, heard.back());
    }
    for (int i = 0; i < 12; ++i) {
        auto& h = *heard[static_cast<std::size_t>(i)];
        const auto result = h.wait();
        EXPECT_NE(result.reason, finish_reason::failed) << result.error;
        auto r = request_of(20 + 5 * i, i, 60);
        r.prompt_logprobs = i % 3 == 0;
        const auto expected = run(roomy, r);
        EXPECT_TRUE(same_bits(h.tokens, expected.heard->tokens)) << i;
        EXPECT_EQ(h.prompt.size(), expected.heard->prompt.size());
        EXPECT_EQ(h.text, expected.heard->text);
    }
    EXPECT_EQ(tight.current().running, 0);
    EXPECT_EQ(tight.current().queued, 0);
}

TEST(Engine, EndsAtEndTokensButNotBeforeMinTokens) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(10, 2, 20);
    r.sampling.logit_bias = {{end_token, 100.0F}};
    const auto at_once = run(e, r);
    EXPECT_EQ(at_once.result.reason, finish_reason::stop);
    EXPECT_EQ(at_once.result.completion_tokens, 0);
    EXPECT_TRUE(at_once.heard->tokens.empty());
    r.min_tokens = 7;
    const auto later = run(e, r);
    EXPECT_EQ(later.result.reason, finish_reason::stop);
    EXPECT_EQ(later.result.completion_tokens, 7);
}

TEST(Engine, StopsAtStopStringsAndNeverShowsThem) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(12, 11, 200);
    for (token_id t = 0; t < 264; ++t) {
        if (t < 'a' || t > 'c') r.sampling.logit_bias.emplace_back(t, -100.0F);
    }
    const auto free = run(e, r);
    ASSERT_EQ(free.heard->text.size(), 200U);
    for (const std::string stop : {"abc", "cab", "aa", "bcbcbc", "c"}) {
        r.stop = {stop};
        const auto got = run(e, r);
        const auto place = free.heard->text.find(stop);
        EXPECT_EQ(got.heard->text, free.heard->text.substr(0, place));
        EXPECT_EQ(got.result.reason,
                  place == std::string::npos ? finish_reason::length : finish_reason::stop);
        if (place == std::string::npos) continue;
        EXPECT_EQ(got.result.completion_tokens, static_cast<int>(place + stop.size()));
    }
}

TEST(Engine, CancelsRunningAndQueued) {
    auto o = few();
    o.max_sequences = 1;
    engine e(shared().weights, shared().text, o);
    const auto first = std::make_shared<recorder>();
    const auto second = std::make_shared<recorder>();
    const auto third = std::make_shared<recorder>();
    auto r = request_of(5, 1, -1);
    r.min_tokens = 1 << 20;
    const auto id = e.submit(r, first);
    const auto queued = e.submit(r, second);
    e.submit(request_of(5, 2, 3), third);
    first->wait_for_tokens(3);
    EXPECT_EQ(e.current().running, 1);
    EXPECT_EQ(e.current().queued, 2);
    e.cancel(queued);
    EXPECT_EQ(second->wait().reason, finish_reason::cancelled);
    EXPECT_TRUE(second->tokens.empty());
    e.cancel(id);
    const auto result = first->wait();
    EXPECT_EQ(result.reason, finish_reason::cancelled);
    EXPECT_GE(result.completion_tokens, 3);
    EXPECT_EQ(third->wait().reason, finish_reason::length);
    e.cancel(id);
    e.cancel(123456);
    EXPECT_EQ(e.current().running, 0);
}

TEST(Engine, MayBeCancelledFromItsListener) {
    engine e(shared().weights, shared().text, few());
    const auto heard = std::make_shared<recorder>();
    std::mutex mutex;
    std::uint64_t id = 0;
    heard->hook = [&] {
        const std::lock_guard lock(mutex);
        e.cancel(id);
    };
    auto r = request_of(5, 1, -1);
    r.min_tokens = 1 << 20;
    {
        const std::lock_guard lock(mutex);
        id = e.submit(r, heard);
    }
    EXPECT_EQ(heard->wait().reason, finish_reason::cancelled);
    EXPECT_EQ(heard->tokens.size(), 1U);
}

error_code refusal(engine& e, const generation_request& r) {
    const auto heard = std::make_shared<recorder>();
    try {
        e.submit(r, heard);
    } catch (const engine_error& error) {
        return error.code;
    }
    heard->wait();
    return error_code::io;
}

TEST(Engine, RefusesWhatIsTooMuch) {
    auto o = few();
    o.max_sequences = 1;
    o.queue_limit = 2;
    engine e(shared().weights, shared().text, o);
    auto endless = request_of(5, 1, -1);
    endless.min_tokens = 1 << 20;
    std::vector<std::shared_ptr<recorder>> heard;
    std::vector<std::uint64_t> ids;
    for (int i = 0; i < 3; ++i) {
        heard.push_back(std::make_shared<recorder>());
        ids.push_back(e.submit(endless, heard.back()));
    }
    EXPECT_EQ(refusal(e, endless), error_code::queue_full);
    for (const auto id : ids) e.cancel(id);
    for (const auto& h : heard) EXPECT_EQ(h->wait().reason, finish_reason::cancelled);
    EXPECT_EQ(run(e, request_of(5, 1, 2)).result.reason, finish_reason::length);

    EXPECT_EQ(e.context_length(), 2048);
    EXPECT_EQ(refusal(e, request_of(2048, 1, 1)), error_code::context_length);
    EXPECT_EQ(refusal(e, request_of(2049, 1, 0)), error_code::context_length);
    auto full = request_of(2000, 1, 1000);
    full.min_tokens = 1000;
    EXPECT_EQ(run(e, full).result.completion_tokens, 48);
    EXPECT_EQ(refusal(e, request_of(0, 1)), error_code::invalid_argument);
    auto bad = request_of(3, 1);
    bad.prompt[1] = 264;
    EXPECT_EQ(refusal(e, bad), error_code::invalid_argument);
    bad = request_of(3, 1);
    bad.stop = {""};
    EXPECT_EQ(refusal(e, bad), error_code::invalid_argument);
    bad = request_of(3, 1);
    bad.sampling.temperature = -1;
    EXPECT_EQ(refusal(e, bad), error_code::invalid_argument);
}

TEST(Engine, AListenerThatThrowsFailsAlone) {
    engine e(shared().weights, shared().text, few());
    const auto healthy = std::make_shared<recorder>();
    const auto broken = std::make_shared<recorder>();
    broken->hook = [] { throw std::runtime_error("the client is gone"); };
    e.submit(request_of(30, 1, 30), healthy);
    e.submit(request_of(30, 2, 30), broken);
    const auto result = broken->wait();
    EXPECT_EQ(result.reason, finish_reason::failed);
    EXPECT_EQ(result.error, "the client is gone");
    EXPECT_NE(healthy->wait().reason, finish_reason::failed);
}

TEST(Engine, AListenerThatThrowsWhateverFailsAlone) {
    struct thrower : recorder {
        void on_prompt(std::span<const token_info>) override { throw 1; }
    };
    engine e(shared().weights, shared().text, few());
    const auto healthy = std::make_shared<recorder>();
    auto endless = request_of(30, 1, 200);
    endless.min_tokens = 200;
    e.submit(endless, healthy);
    healthy->wait_for_tokens(1);
    for (const int max_tokens : {0, 5}) {
        const auto broken = std::make_shared<thrower>();
        auto r = request_of(30, 2, max_tokens);
        r.prompt_logprobs = true;
        e.submit(r, broken);
        EXPECT_EQ(broken->wait().reason, finish_reason::failed);
    }
    EXPECT_EQ(healthy->wait().reason, finish_reason::length);
}

TEST(Engine, ServesHigherPrioritiesFirst) {
    auto o = few();
    o.max_sequences = 1;
    engine e(shared().weights, shared().text, o);
    auto endless = request_of(5, 1, -1);
    endless.min_tokens = 1 << 20;
    const auto blocker = std::make_shared<recorder>();
    const auto id = e.submit(endless, blocker);
    blocker->wait_for_tokens(1);
    std::mutex mutex;
    std::vector<int> order;
    std::vector<std::shared_ptr<recorder>> heard;
    for (const int priority : {0, 5, -1, 5, 0}) {
        auto r = request_of(5, 1, 2);
        r.min_tokens = 2;
        r.priority = priority;
        heard.push_back(std::make_shared<recorder>());
        heard.back()->hook = [&, priority] {
            const std::lock_guard lock(mutex);
            order.push_back(priority);
        };
        e.submit(r, heard.back());
    }
    e.cancel(id);
    for (const auto& h : heard) h->wait();
    EXPECT_EQ(order, (std::vector{5, 5, 0, 0, -1}));
}

TEST(Engine, CancelsAllWhenItEnds) {
    const auto first = std::make_shared<recorder>();
    const auto second = std::make_shared<recorder>();
    {
        auto o = few(2);
        o.max_sequences = 1;
        engine e(shared().weights, shared().text, o);
        auto endless = request_of(5, 1, -1);
        endless.min_tokens = 1 << 20;
        e.submit(endless, first);
        e.submit(endless, second);
        first->wait_for_tokens(1);
    }
    EXPECT_EQ(first->wait().reason, finish_reason::cancelled);
    EXPECT_EQ(second->wait().reason, finish_reason::cancelled);
}

TEST(Engine, MeasuresItsTime) {
    engine e(shared().weights, shared().text, few());
    const auto start = std::chrono::steady_clock::now();
    auto r = request_of(400, 9, 20);
    r.min_tokens = 20;
    const auto result = run(e, r).result;
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    EXPECT_GE(result.queue_seconds, 0);
    EXPECT_GT(result.prompt_seconds, 0);
    EXPECT_GT(result.completion_seconds, 0);
    EXPECT_LE(result.queue_seconds + result.prompt_seconds + result.completion_seconds, wall);
}

}  // namespace
}  // namespace tessera::engine
