#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "decode/constraint.hpp"
#include "engine/serve/support.hpp"

namespace tessera::engine {
namespace {

using namespace serve_test;

std::vector<token_id> ids(const outcome& o) {
    std::vector<token_id> result;
    for (const auto& info : o.heard->tokens) result.push_back(info.id);
    return result;
}

void expect_same(const outcome& got, const outcome& expected) {
    EXPECT_TRUE(same_bits(got.heard->tokens, expected.heard->tokens));
    EXPECT_EQ(got.heard->text, expected.heard->text);
    EXPECT_EQ(got.result.reason, expected.result.reason);
    EXPECT_EQ(got.result.error, expected.result.error);
    EXPECT_EQ(got.result.completion_tokens, expected.result.completion_tokens);
}

// Predictions of a completion: right, cut, wrong at each nth token, with something left out or put
// in, and of something else.
std::vector<std::vector<token_id>> predictions_of(const std::vector<token_id>& right) {
    std::vector<std::vector<token_id>> result = {right};
    result.emplace_back(right.begin(),
                        right.begin() + static_cast<std::ptrdiff_t>(right.size() / 2));
    for (const std::size_t each : {1U, 2U, 5U, 17U}) {
        result.push_back(right);
        for (std::size_t i = 0; i < right.size(); i += each) {
            result.back()[i] = (right[i] + 1) % 256;
        }
    }
    for (const std::ptrdiff_t at : {0, 3, 20}) {
        if (at + 3 > static_cast<std::ptrdiff_t>(right.size())) break;
        auto less = right;
        less.erase(less.begin() + at, less.begin() + at + 3);
        result.push_back(less);
        auto more = right;
        more.insert(more.begin() + at, {65, 66, 67, end_token});
        result.push_back(more);
    }
    result.push_back(prompt_of(60, 4321));
    return result;
}

TEST(Predicted, ChangesNoByte) {
    engine e(shared().weights, shared().text, few(2));
    for (const float temperature : {0.0F, 1.0F}) {
        for (const int length : {5, 16, 47}) {
            auto r = request_of(length, length, 60);
            r.sampling.temperature = temperature;
            r.sampling.presence_penalty = 0.5F;
            r.min_tokens = 40;
            const auto expected = run(e, r);
            for (const auto& p : predictions_of(ids(expected))) {
                r.predicted = p;
                const auto got = run(e, r);
                expect_same(got, expected);
                EXPECT_EQ(
                    got.result.accepted_predicted_tokens + got.result.rejected_predicted_tokens,
                    static_cast<int>(p.size()));
            }
        }
    }
}

TEST(Predicted, ComputesRightTokensTogether) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(20, 3, 200);
    r.min_tokens = 200;
    const auto steps_of = [&](const generation_request& request, outcome& got) {
        const auto before = e.current().steps;
        got = run(e, request);
        return e.current().steps - before;
    };
    outcome got;
    EXPECT_EQ(steps_of(r, got), 200U);
    const auto right = ids(got);
    EXPECT_EQ(got.result.accepted_predicted_tokens, 0);

    r.predicted = right;
    EXPECT_LT(steps_of(r, got), 200U / 10);
    EXPECT_EQ(got.result.accepted_predicted_tokens, 200);
    EXPECT_EQ(got.result.rejected_predicted_tokens, 0);

    // One token is not as it was predicted: the place is found again.
    r.predicted[100] = (right[100] + 1) % 256;
    EXPECT_LT(steps_of(r, got), 200U / 5);
    EXPECT_GE(got.result.accepted_predicted_tokens, 195);
    EXPECT_LT(got.result.accepted_predicted_tokens, 200);

    // All wrong: hardly anything is computed in vain.
    r.predicted = prompt_of(200, 4321);
    const auto before = e.current().computed_tokens;
    EXPECT_EQ(steps_of(r, got), 200U);
    EXPECT_LT(e.current().computed_tokens - before, 230U);
}

TEST(Predicted, EndsWhereItWouldWithout) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(12, 11, 150);
    for (token_id t = 0; t < 264; ++t) {
        if ((t < 'a' || t > 'c') && t != end_token) r.sampling.logit_bias.emplace_back(t, -100.0F);
    }
    r.min_tokens = 150;
    const auto right = ids(run(e, r));
    for (const std::string stop : {"abc", "cab", "aa", "bcbcbc", ""}) {
        for (const int least : {0, 30, 149}) {
            r.stop.clear();
            if (!stop.empty()) r.stop = {stop};
            r.min_tokens = least;
            r.predicted.clear();
            const auto expected = run(e, r);
            r.predicted = right;
            expect_same(run(e, r), expected);
        }
    }
    // The end token in the prediction is a token like any other.
    r.stop.clear();
    r.min_tokens = 0;
    r.sampling.logit_bias = {{end_token, 3.0F}};
    r.predicted.clear();
    const auto expected = run(e, r);
    ASSERT_EQ(expected.result.reason, finish_reason::stop);
    r.predicted = ids(expected);
    r.predicted.insert(r.predicted.end(), {end_token, 1, 2, 3});
    expect_same(run(e, r), expected);
    for (const int most : {0, 1, 2}) {
        r.max_tokens = most;
        EXPECT_LE(run(e, r).result.completion_tokens, most);
    }
}

// Allows letters, one of three after each, and an end after 50.
struct letters : constraint {
    int length = 0;
    bool open(token_id t) const {
        return length == 50 ? t == end_token : t >= 'a' && t <= 'z' && (t + length) % 3 == 0;
    }
    void allowed(std::span<std::uint64_t> words) override {
        std::fill(words.begin(), words.end(), 0);
        for (token_id t = 0; t < 264; ++t) {
            if (open(t)) words[static_cast<std::size_t>(t) / 64] |= std::uint64_t{1} << t % 64;
        }
        if (length == 45) throw std::runtime_error("tired");
    }
    bool accept(token_id t) override {
        const bool good = open(t);
        EXPECT_TRUE(good);
        ++length;
        return good;
    }
    std::unique_ptr<constraint> look_ahead() const override {
        return std::make_unique<letters>(*this);
    }
};

TEST(Predicted, KeepsToConstraints) {
    engine e(shared().weights, shared().text, few(2));
    auto r = request_of(20, 3, 40);
    r.limits = std::make_shared<letters>();
    auto expected = run(e, r);
    EXPECT_EQ(expected.result.reason, finish_reason::length);
    for (const int most : {40, 60}) {
        r.max_tokens = most;
        r.predicted.clear();
        r.limits = std::make_shared<letters>();
        expected = run(e, r);
        EXPECT_EQ(expected.result.error, most == 40 ? "" : "tired");
        for (const auto& p : predictions_of(ids(expected))) {
            r.predicted = p;
            r.limits = std::make_shared<letters>();
            expect_same(run(e, r), expected);
        }
    }
}

TEST(Predicted, ChangesNoByteBesideOthersAndInATightCache) {
    engine alone(shared().weights, shared().text, few());
    const auto request = [](int i) {
        auto r = request_of(20 + 5 * i, i, 60);
        r.prompt_logprobs = i % 4 == 0;
        return r;
    };
    std::vector<outcome> expected;
    for (int i = 0; i < 12; ++i) expected.push_back(run(alone, request(i)));
    auto o = few(2);
    for (const int tokens : {160, 400, 8192}) {
        for (const int budget : {12, 40, 256}) {
            o.kv_tokens = tokens;
            o.token_budget = budget;
            o.max_sequences = 12;
            engine e(shared().weights, shared().text, o);
            std::vector<std::shared_ptr<recorder>> heard;
            for (int i = 0; i < 12; ++i) {
                auto r = request(i);
                const auto all = predictions_of(ids(expected[static_cast<std::size_t>(i)]));
                r.predicted = all[static_cast<std::size_t>(i) % all.size()];
                heard.push_back(std::make_shared<recorder>());
                e.submit(r, heard.back());
            }
            for (std::size_t i = 0; i < heard.size(); ++i) {
                const auto result = heard[i]->wait();
                expect_same({heard[i], result}, expected[i]);
                EXPECT_EQ(heard[i]->prompt.size(), expected[i].heard->prompt.size());
            }
        }
    }
}

// What was drafted and not drawn is never found by a later prompt.
TEST(Predicted, LeavesNoWrongTokenInTheCache) {
    engine cold(shared().weights, shared().text, few());
    engine e(shared().weights, shared().text, few());
    auto r = request_of(30, 8, 60);
    r.min_tokens = 60;
    const auto right = run(cold, r);
    for (const auto& p : predictions_of(ids(right))) {
        r.predicted = p;
        expect_same(run(e, r), right);
        for (const auto& text : {ids(right), p}) {
            auto next = r;
            next.predicted.clear();
            next.prompt.insert(next.prompt.end(), text.begin(), text.end());
            engine fresh(shared().weights, shared().text, few());
            expect_same(run(e, next), run(fresh, next));
        }
    }
}

TEST(Predicted, IsRefusedOutsideTheVocabularyAndTheContext) {
    engine e(shared().weights, shared().text, few());
    auto r = request_of(5, 1, 5);
    r.predicted = {1, 264};
    EXPECT_THROW(e.submit(r, std::make_shared<recorder>()), engine_error);
    r.predicted.assign(2049, 1);
    EXPECT_THROW(e.submit(r, std::make_shared<recorder>()), engine_error);
    r.predicted.assign(2048, 1);
    EXPECT_EQ(run(e, r).result.reason, finish_reason::length);
}

}  // namespace
}  // namespace tessera::engine
