#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/kernels.hpp"
#include "engine/cuda/device_memory.hpp"
#include "run/cpu/sampling.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

void expect_close(float got, float wanted) {
    if (got == wanted) return;
    EXPECT_NEAR(got, wanted, 1e-5);
}

// Rows of logits and draws from them, on the device and on the processor.
class drawings {
  public:
    explicit drawings(int vocabulary) : vocabulary_(vocabulary) {}

    int add_row(std::vector<float> logits) {
        logits_.insert(logits_.end(), logits.begin(), logits.end());
        return rows_++;
    }
    void add(int row, draw_rules rules) { requests_.emplace_back(row, rules); }

    std::vector<outcome> on_device() {
        std::vector<draw_rule> rules;
        std::vector<shift> shifts;
        std::vector<std::uint64_t> masks;
        std::vector<int> ends;
        const int words = (vocabulary_ + 63) / 64;
        for (const auto& [row, from] : requests_) {
            draw_rule rule{};
            rule.row = row;
            rule.temperature = from.temperature;
            rule.top_p = from.top_p;
            rule.top_k = from.top_k;
            rule.uniform = uniform_draw(from.seed, from.index);
            rule.first_shift = static_cast<int>(shifts.size());
            rule.shifts = static_cast<int>(from.shifts.size());
            for (const auto& [token, by] : from.shifts) shifts.push_back({token, by});
            std::stable_sort(shifts.begin() + rule.first_shift, shifts.end(),
                             [](const shift& a, const shift& b) { return a.token < b.token; });
            rule.mask = -1;
            if (!from.allowed.empty()) {
                rule.mask = static_cast<int>(masks.size()) / words;
                masks.insert(masks.end(), from.allowed.begin(), from.allowed.end());
            }
            rule.first_end = static_cast<int>(ends.size());
            rule.ends = static_cast<int>(from.wish.ends.size());
            ends.insert(ends.end(), from.wish.ends.begin(), from.wish.ends.end());
            rule.instead = from.wish.instead;
            rule.top_logprobs = from.top_logprobs;
            rules.push_back(rule);
        }
        device_memory device;
        draw d;
        d.logits = device.put(logits_);
        d.logits_stride = vocabulary_;
        d.vocabulary = vocabulary_;
        d.rules = device.put(rules);
        d.draws = static_cast<int>(rules.size());
        d.shifts = device.put(shifts);
        d.masks = device.put(masks);
        d.mask_words = words;
        d.ends = device.put(ends);
        d.scratch = device.make<float>(rules.size() * 2 * static_cast<std::size_t>(vocabulary_));
        d.outcomes = device.make<outcome>(rules.size());
        EXPECT_EQ(device.table().draw(d, device.stream()), 0);
        return device.get(d.outcomes, rules.size());
    }

    // Each draw against the processor's.
    void expect_as_on_cpu() {
        const auto outcomes = on_device();
        token_drawer drawer;
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            SCOPED_TRACE("draw " + std::to_string(i));
            const auto& [row, rules] = requests_[i];
            const std::span<const float> logits(
                logits_.data() + row * static_cast<std::ptrdiff_t>(vocabulary_),
                static_cast<std::size_t>(vocabulary_));
            const auto wanted = drawer.draw(logits, rules, cpu::best_kernels());
            const auto& got = outcomes[i];
            ASSERT_EQ(got.failure, outcome_failure::none);
            ASSERT_EQ(got.token, wanted.id);
            ASSERT_EQ(std::isnan(got.logprob), std::isnan(wanted.logprob));
            if (!std::isnan(wanted.logprob)) expect_close(got.logprob, wanted.logprob);
            ASSERT_EQ(got.alternatives, static_cast<int>(wanted.top.size()));
            for (int k = 0; k < got.alternatives; ++k) {
                const auto& [id, logprob] = wanted.top[static_cast<std::size_t>(k)];
                ASSERT_EQ(got.ids[k], id);
                expect_close(got.logprobs[k], logprob);
            }
        }
    }

  private:
    int vocabulary_;
    int rows_ = 0;
    std::vector<float> logits_;
    std::vector<std::pair<int, draw_rules>> requests_;
};

std::vector<float> logits_of(int size, float spread, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, spread);
    std::vector<float> result(static_cast<std::size_t>(size));
    for (float& x : result) x = normal(random);
    return result;
}

TEST(CudaSampling, DrawsByTemperatureTopKAndTopPAsTheProcessorDoes) {
    std::uint64_t seed = 0;
    for (const int vocabulary : {1, 2, 33, 1500, 20001}) {
        if (vocabulary > 2000 && cuda_on_cpu::watching != nullptr) continue;
        SCOPED_TRACE(vocabulary);
        cuda_on_cpu::use_order({.seed = ++seed, .reversed = seed % 2 == 0});
        drawings all(vocabulary);
        const int flat = all.add_row(logits_of(vocabulary, 0.5F, 1));
        const int steep = all.add_row(logits_of(vocabulary, 8, 2));
        // Every fourth the same: what is equal goes by number.
        auto tied = logits_of(vocabulary, 3, 3);
        for (std::size_t i = 0; i < tied.size(); i += 4) tied[i] = 1;
        const int ties = all.add_row(tied);
        const int equal = all.add_row(std::vector<float>(static_cast<std::size_t>(vocabulary), 2));
        std::uint64_t index = 0;
        for (const int row : {flat, steep, ties, equal}) {
            all.add(row, {.temperature = 0});
            all.add(row, {.temperature = 1.3F, .index = ++index});
            all.add(row, {.temperature = 1, .top_k = 1, .index = ++index});
            all.add(row, {.temperature = 1, .top_k = 40, .index = ++index});
            all.add(row, {.temperature = 0.7F, .top_p = 0.9F, .index = ++index});
            all.add(row, {.temperature = 1, .top_p = 0.35F, .top_k = 700, .index = ++index});
            all.add(row, {.temperature = 2, .top_p = 1e-6F, .index = ++index});
            all.add(row, {.temperature = 1, .top_p = 0.999F, .top_k = vocabulary + 5, .index = 9});
        }
        // Half of two that are equal is one of them.
        for (std::uint64_t i = 0; i < 5; ++i)
            all.add(equal, {.temperature = 1, .top_p = 0.5F, .index = i});
        all.expect_as_on_cpu();
    }
    cuda_on_cpu::use_order({});
}

TEST(CudaSampling, ShiftsMasksAndWishesAsTheProcessorDoes) {
    constexpr int vocabulary = 3000;
    drawings all(vocabulary);
    const int row = all.add_row(logits_of(vocabulary, 2, 4));
    const auto logits = logits_of(vocabulary, 2, 4);
    const auto best =
        static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
    const std::vector<std::pair<token_id, float>> shifts{{2999, 9.5F},  {best, -20}, {0, 3},
                                                         {2999, 0.25F}, {17, 1e-3F}, {2999, -1}};
    std::vector<std::uint64_t> some(47), few(47), one(47);
    for (std::size_t i = 0; i < 47; ++i) some[i] = 0x5a5a0ff0f00f1234U * (i + 1) | 1;
    few[3] = 0x11;
    few[46] = ~std::uint64_t{0};  // bits beyond the vocabulary, too
    one[46] = std::uint64_t{1} << 55;
    const std::vector<token_id> ends{best, 0};
    std::uint64_t index = 0;
    for (const float temperature : {0.0F, 0.9F}) {
        for (const int top_k : {0, 25}) {
            draw_rules rules{.temperature = temperature, .top_k = top_k, .seed = 5};
            const auto add = [&](auto change) {
                rules.index = ++index;
                draw_rules changed = rules;
                change(changed);
                all.add(row, changed);
            };
            add([&](draw_rules& r) { r.shifts = shifts; });
            add([&](draw_rules& r) { r.allowed = some; });
            add([&](draw_rules& r) { r.allowed = few; });
            add([&](draw_rules& r) { r.allowed = one; });
            add([&](draw_rules& r) { r.allowed = some, r.shifts = shifts; });
            add([&](draw_rules& r) { r.allowed = some, r.wish = {ends, 64}; });
            add([&](draw_rules& r) {
                r.allowed = few, r.shifts = shifts, r.wish = {ends, 2999}, r.top_logprobs = 0;
            });
            // Wishes hold where something is shifted or masked, and for what may be drawn.
            add([&](draw_rules& r) { r.wish = {ends, 64}; });
            add([&](draw_rules& r) { r.allowed = few, r.wish = {ends, 7}; });
        }
    }
    all.expect_as_on_cpu();
}

TEST(CudaSampling, LogProbabilitiesAreThoseOfTheModel) {
    for (const int vocabulary : {3, 5000}) {
        SCOPED_TRACE(vocabulary);
        drawings all(vocabulary);
        auto tied = logits_of(vocabulary, 4, 6);
        for (std::size_t i = 0; i < tied.size(); i += 50) tied[i] = 20;
        tied[1] = -infinity;
        const int row = all.add_row(tied);
        const std::vector<std::pair<token_id, float>> shifts{{2, 100}};
        for (const int top : {0, 1, 5, 20})
            all.add(row, {.temperature = 1, .shifts = shifts, .top_logprobs = top});
        all.expect_as_on_cpu();
    }
}

TEST(CudaSampling, SaysWhyNothingCanBeDrawn) {
    constexpr int vocabulary = 100;
    drawings all(vocabulary);
    const std::vector<float> zeros(vocabulary);
    const auto with = [&](float x) {
        auto row = zeros;
        row[70] = x;
        return all.add_row(row);
    };
    const int good = all.add_row(zeros);
    const std::vector<std::uint64_t> nothing(2), seventy{0, 1 << 6};
    const std::vector<std::pair<token_id, float>> away{{70, -infinity}};
    using enum outcome_failure;
    std::vector<outcome_failure> expected;
    const auto add = [&](int row, const draw_rules& rules, outcome_failure failure) {
        all.add(row, rules);
        expected.push_back(failure);
    };
    for (const float temperature : {0.0F, 1.0F}) {
        const draw_rules plain{.temperature = temperature};
        draw_rules masked = plain, without = plain, left = plain;
        masked.allowed = nothing;
        without.allowed = seventy;
        without.shifts = away;
        left.allowed = seventy;
        add(with(std::numeric_limits<float>::quiet_NaN()), plain, not_finite);
        add(with(-std::numeric_limits<float>::quiet_NaN()), left, not_finite);
        add(with(infinity), left, not_finite);
        add(with(-infinity), plain, none);
        add(with(-infinity), left, nothing_allowed);
        add(all.add_row(std::vector<float>(vocabulary, -infinity)), plain, not_finite);
        add(good, masked, nothing_allowed);
        add(good, without, nothing_allowed);
        add(good, left, none);
    }
    const auto outcomes = all.on_device();
    for (std::size_t i = 0; i < outcomes.size(); ++i)
        EXPECT_EQ(outcomes[i].failure, expected[i]) << i;
    EXPECT_EQ(outcomes[8].token, 70);
}

TEST(CudaSampling, DescribesTokensAsTheProcessorDoes) {
    constexpr int vocabulary = 2500;
    auto logits = logits_of(vocabulary, 3, 8);
    std::fill_n(logits.begin() + 100, 40, 12.0F);
    auto broken = logits;
    broken[2499] = std::numeric_limits<float>::quiet_NaN();
    device_memory device;
    std::vector<float> both = logits;
    both.insert(both.end(), broken.begin(), broken.end());
    const std::vector<describe_rule> rules{
        {0, 0, 0}, {0, 139, 20}, {0, 2499, 3}, {1, 5, 2}, {0, 17, 1}};
    cuda::describe d;
    d.logits = device.put(both);
    d.logits_stride = vocabulary;
    d.vocabulary = vocabulary;
    d.rules = device.put(rules);
    d.rules_count = static_cast<int>(rules.size());
    d.outcomes = device.make<outcome>(rules.size());
    ASSERT_EQ(device.table().describe(d, device.stream()), 0);
    const auto outcomes = device.get(d.outcomes, rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        SCOPED_TRACE(i);
        ASSERT_EQ(outcomes[i].failure,
                  rules[i].row == 0 ? outcome_failure::none : outcome_failure::not_finite);
        if (rules[i].row != 0) continue;
        const auto wanted = describe_token(logits, rules[i].token, rules[i].top);
        EXPECT_EQ(outcomes[i].token, wanted.id);
        expect_close(outcomes[i].logprob, wanted.logprob);
        ASSERT_EQ(outcomes[i].alternatives, rules[i].top);
        for (int k = 0; k < rules[i].top; ++k) {
            EXPECT_EQ(outcomes[i].ids[k], wanted.top[static_cast<std::size_t>(k)].first);
            expect_close(outcomes[i].logprobs[k], wanted.top[static_cast<std::size_t>(k)].second);
        }
    }
}

}  // namespace
}  // namespace tessera::engine::cuda
