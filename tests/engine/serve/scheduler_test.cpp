#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>
#include <string>
#include <vector>

#include "decode/constraint.hpp"
#include "engine/serve/recording_runner.hpp"
#include "engine/serve/support.hpp"

// The scheduler over a runner that only remembers: what is asked for, in which order, without
// arithmetic.
namespace tessera::engine {
namespace {

using namespace serve_test;

model_config recorded_config() { return parse_config(testing::tiny_config()); }

// As unlike for texts that differ in one token as a model's.
token_id follows(const recording::text& text) {
    std::uint64_t hash = text.size();
    for (const token_id token : text)
        hash = hash * 1099511628211U + static_cast<std::uint64_t>(token);
    return static_cast<token_id>(uniform_draw(hash, 0) * 250);
}

std::unique_ptr<engine> scheduling(recording& log, const engine::options& o, int layers = 2) {
    const auto wants = engine::runner_wants(o);
    auto config = recorded_config();
    config.layers = layers;
    auto runner = std::make_unique<recording_runner>(
        log, config, (wants.kv_tokens + block_positions - 1) / block_positions, wants.slots);
    return std::make_unique<engine>(std::move(runner), shared().text, o);
}

std::vector<token_id> ids_of(const recorder& heard) {
    std::vector<token_id> result;
    for (const auto& info : heard.tokens) result.push_back(info.id);
    return result;
}

std::vector<token_id> expected_of(const generation_request& r) {
    auto text = r.prompt;
    for (int i = 0; i < r.max_tokens; ++i) text.push_back(follows(text));
    return {text.begin() + static_cast<std::ptrdiff_t>(r.prompt.size()), text.end()};
}

// Holds the engine's thread in its first step until all requests are there.
class start_line {
  public:
    explicit start_line(recording& log) {
        log.begins = [this, first = true](const auto&) mutable {
            if (!std::exchange(first, false)) return;
            begun_.set_value();
            let_go_.get_future().wait();
        };
    }
    void wait_for_step() { begun_.get_future().wait(); }
    void release() { let_go_.set_value(); }

  private:
    std::promise<void> begun_, let_go_;
};

TEST(Scheduler, GivesEveryoneTheTextsOfHisOwnInAnyCache) {
    for (const int kv_tokens : {160, 400, 8192}) {
        for (const int budget : {12, 40, 256}) {
            SCOPED_TRACE(std::to_string(kv_tokens) + " " + std::to_string(budget));
            recording log;
            log.next = follows;
            auto o = few();
            o.kv_tokens = kv_tokens;
            o.token_budget = budget;
            o.max_sequences = 12;
            std::vector<std::shared_ptr<recorder>> heard;
            std::vector<generation_request> requests;
            for (int i = 0; i < 24; ++i) {
                auto r = request_of(20 + 5 * (i % 12), i % 8, 40);
                r.priority = i % 3;
                r.prompt_logprobs = i % 7 == 0;
                if (i % 2 == 0) r.predicted = expected_of(r);
                if (i % 4 == 0) r.predicted[10] ^= 1;
                requests.push_back(r);
            }
            {
                const auto e = scheduling(log, o);
                for (const auto& r : requests) {
                    heard.push_back(std::make_shared<recorder>());
                    e->submit(r, heard.back());
                }
                for (const auto& h : heard) h->wait();
                EXPECT_EQ(e->current().running, 0);
            }
            for (std::size_t i = 0; i < requests.size(); ++i) {
                EXPECT_EQ(ids_of(*heard[i]), expected_of(requests[i])) << i;
                if (!requests[i].prompt_logprobs) continue;
                ASSERT_EQ(heard[i]->prompt.size(), requests[i].prompt.size());
                for (std::size_t k = 1; k < heard[i]->prompt.size(); ++k) {
                    EXPECT_EQ(heard[i]->prompt[k].logprob, -static_cast<float>(k));
                }
            }
            for (const auto& step : log.steps) {
                std::size_t tokens = 0;
                std::set<int> written;  // blocks
                for (const auto& part : step) {
                    tokens += part.tokens.size();
                    const auto first = static_cast<std::size_t>(part.position) / block_positions;
                    for (auto b = first; b < part.blocks.size(); ++b) {
                        EXPECT_TRUE(written.insert(part.blocks[b]).second);
                    }
                }
                EXPECT_LE(tokens, static_cast<std::size_t>(budget));
            }
        }
    }
}

TEST(Scheduler, GoesOnBehindThePrefixThatTheCacheHas) {
    recording log;
    log.next = follows;
    const auto r = request_of(100, 7, 1);
    {
        const auto e = scheduling(log, few());
        run(*e, r);
        run(*e, r);
        auto other = r;
        other.prompt[40] ^= 1;
        run(*e, other);
    }
    ASSERT_EQ(log.steps.size(), 3U);
    const auto& cold = log.steps[0].at(0);
    const auto& warm = log.steps[1].at(0);
    const auto& fork = log.steps[2].at(0);
    EXPECT_EQ(cold.position, 0);
    EXPECT_EQ(cold.tokens, r.prompt);
    EXPECT_EQ(warm.position, 96);
    EXPECT_EQ(fork.position, 32);
    EXPECT_TRUE(std::equal(cold.blocks.begin(), cold.blocks.begin() + 6, warm.blocks.begin()));
    EXPECT_TRUE(std::equal(cold.blocks.begin(), cold.blocks.begin() + 2, fork.blocks.begin()));
    EXPECT_NE(cold.blocks[2], fork.blocks[2]);
    for (const auto& step : log.steps) EXPECT_EQ(step[0].slots.size(), 1U);
}

TEST(Scheduler, ComputesHigherPrioritiesFirstAndLetsNobodyStarve) {
    recording log;
    start_line line(log);
    std::vector<std::shared_ptr<recorder>> heard;
    {
        auto o = few();
        o.token_budget = 64;
        const auto e = scheduling(log, o);
        const auto add = [&](int length, int salt, int priority) {
            heard.push_back(std::make_shared<recorder>());
            auto r = request_of(length, salt, 1);
            r.priority = priority;
            e->submit(r, heard.back());
        };
        add(5, 0, 0);
        line.wait_for_step();
        add(500, 1, 0);
        add(100, 2, 5);
        add(100, 3, 0);
        line.release();
        for (const auto& h : heard) h->wait();
    }
    const auto sizes = [&](std::size_t step) {
        std::vector<std::size_t> result;
        for (const auto& part : log.steps.at(step)) result.push_back(part.tokens.size());
        return result;
    };
    using sizes_type = std::vector<std::size_t>;
    EXPECT_EQ(sizes(1), (sizes_type{62, 1, 1}));
    EXPECT_EQ(sizes(2), (sizes_type{38, 13, 13}));
    EXPECT_EQ(sizes(3), (sizes_type{32, 32}));
}

// Tokens up to a limit, of those that a test lets through.
struct counted : constraint {
    counted() = default;
    counted(const counted& other) : modulus(other.modulus), length(other.length) {}
    bool open(token_id t) const { return t < 250 && t % modulus == length % modulus; }
    void allowed(std::span<std::uint64_t> words) override {
        if (before) before();
        std::fill(words.begin(), words.end(), 0);
        for (token_id t = 0; t < 264; ++t) {
            if (open(t)) words[static_cast<std::size_t>(t) / 64] |= std::uint64_t{1} << t % 64;
        }
    }
    bool accept(token_id t) override {
        const bool good = open(t);
        if (good) ++length;
        return good;
    }
    std::unique_ptr<constraint> look_ahead() const override {
        return std::make_unique<counted>(*this);
    }

    std::function<void()> before{};
    int modulus = 3;
    int length = 0;
};

TEST(Scheduler, ALateMaskWaitsInItsSlot) {
    recording log;
    log.next = follows;
    std::promise<void> gate;
    auto limits = std::make_shared<counted>();
    limits->before = [opened = gate.get_future().share()] { opened.wait(); };
    auto r = request_of(20, 3, 1);
    r.limits = limits;
    const auto late = std::make_shared<recorder>();
    {
        const auto e = scheduling(log, few());
        e->submit(r, late);
        run(*e, request_of(30, 1, 50));
        EXPECT_TRUE(late->tokens.empty());
        gate.set_value();
        late->wait();
    }
    // It was computed once, its slot was told of in this step, and drawn from at the end.
    int computed = 0;
    int slot = -1;
    for (const auto& step : log.steps) {
        for (const auto& part : step) {
            if (part.tokens != r.prompt) continue;
            ++computed;
            slot = part.slots.at(0);
        }
    }
    EXPECT_EQ(computed, 1);
    std::vector<int> told;
    for (const auto& slots : log.foreseen) told.insert(told.end(), slots.begin(), slots.end());
    EXPECT_EQ(told, std::vector{slot});
    EXPECT_EQ(log.draws.back(), std::vector{slot});
    for (const auto& slots : log.draws) {
        EXPECT_EQ(std::ranges::count(slots, slot), &slots == &log.draws.back() ? 1 : 0);
    }
    EXPECT_EQ(late->tokens.size(), 1U);
    EXPECT_EQ(late->tokens.at(0).id % 3, 0);
}

TEST(Scheduler, DrawsConstrainedDraftsTogether) {
    auto r = request_of(20, 3, 120);
    r.limits = std::make_shared<counted>();
    std::vector<token_id> right;
    const auto steps_of = [&](std::size_t* widest) {
        recording log;
        log.next = follows;
        const auto heard = std::make_shared<recorder>();
        {
            const auto e = scheduling(log, few());
            e->submit(r, heard);
            EXPECT_EQ(heard->wait().completion_tokens, 120);
        }
        for (const auto& slots : log.draws) *widest = std::max(*widest, slots.size());
        right = ids_of(*heard);
        return log.steps.size();
    };
    std::size_t widest = 0;
    EXPECT_EQ(steps_of(&widest), 120U);
    EXPECT_EQ(widest, 1U);
    const auto expected = right;
    r.predicted = expected;
    r.limits = std::make_shared<counted>();
    // One call draws all that were right.
    EXPECT_LE(steps_of(&widest), 120U / 8);
    EXPECT_EQ(widest, 17U);
    EXPECT_EQ(right, expected);
    // What the constraint refuses is not even computed, and what is wrong is not taken.
    r.predicted[50] = (r.predicted[50] + 1) % 250;
    r.predicted[80] = (r.predicted[80] + 3) % 249;
    r.limits = std::make_shared<counted>();
    EXPECT_LE(steps_of(&widest), 120U / 5);
    EXPECT_EQ(right, expected);
}

// Counted in layers: a prompt of 1,000 tokens is cancelled in the middle of a step.
TEST(Scheduler, EndsAStepThatIsInVainBetweenTwoLayers) {
    struct cut {
        int at;      // layer during which it is cancelled
        int beside;  // tokens of another prompt in the step
        bool ends;   // the step
    };
    // 200 tokens and 10 layers: with 50 of another's it pays off to begin again unless less than a
    // quarter of the step is left.
    for (const auto& c : {cut{0, 0, true}, cut{5, 0, true}, cut{8, 0, true}, cut{5, 50, true},
                          cut{7, 50, false}, cut{2, 190, false}}) {
        SCOPED_TRACE(std::to_string(c.at) + " " + std::to_string(c.beside));
        recording log;
        log.next = follows;
        start_line line(log);
        const auto long_one = std::make_shared<recorder>();
        const auto other = std::make_shared<recorder>();
        const auto first = std::make_shared<recorder>();
        {
            auto o = few();
            o.token_budget = 200;
            const auto e = scheduling(log, o, 10);
            e->submit(request_of(3, 9, 1), first);
            line.wait_for_step();
            auto r = request_of(1000, 1, 4);
            r.priority = c.beside > 100 ? 0 : 1;
            const auto id = e->submit(r, long_one);
            auto beside = request_of(c.beside, 2, 4);
            beside.priority = 1;
            if (c.beside > 0) e->submit(beside, other);
            log.layer = [&, before = 0](int i) mutable {
                if (i == 0) before = static_cast<int>(log.steps.size());
                if (before == 2 && i == c.at) e->cancel(id);
            };
            line.release();
            EXPECT_EQ(long_one->wait().reason, finish_reason::cancelled);
            if (c.beside > 0) {
                EXPECT_EQ(other->wait().reason, finish_reason::length);
                EXPECT_EQ(ids_of(*other), expected_of(beside));
            }
            EXPECT_EQ(e->current().running, 0);
            const auto done = static_cast<std::uint64_t>(log.steps.size()) - c.ends;
            EXPECT_EQ(e->current().steps, done);
        }
        const int whole = static_cast<int>(log.steps.size()) - c.ends;
        EXPECT_EQ(log.layers, 10 * whole + (c.ends ? c.at + 1 : 0));
        // Nobody computes for it any more.
        for (std::size_t i = 2; i < log.steps.size(); ++i) {
            for (const auto& part : log.steps[i]) EXPECT_LE(part.tokens.size(), 190U);
            EXPECT_EQ(log.steps[i].size(), 1U);
        }
    }
}

TEST(Scheduler, GivesReadingsTheStatesOfTheirTokens) {
    recording log;
    start_line line(log);
    std::promise<reading_result> done;
    {
        auto o = few();
        o.token_budget = 37;
        const auto e = scheduling(log, o);
        const auto heard = std::make_shared<recorder>();
        e->submit(request_of(30, 1, 20), heard);
        line.wait_for_step();
        reading_request r;
        for (int i = 1; i < 20; ++i) r.inputs.push_back(prompt_of(9 * i, i));
        r.pool = pooling::none;
        e->submit(r, [&](reading_result result) { done.set_value(std::move(result)); });
        line.release();
        heard->wait();
        const auto result = done.get_future().get();
        for (std::size_t i = 0; i < result.states.size(); ++i) {
            const auto& states = result.states[i];
            ASSERT_EQ(states.size(), r.inputs[i].size() * 64);
            for (std::size_t k = 0; k < states.size(); ++k) {
                ASSERT_EQ(states[k], static_cast<float>(k / 64 + 1));
            }
        }
    }
}

}  // namespace
}  // namespace tessera::engine
