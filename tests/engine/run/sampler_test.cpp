#include "decode/sampler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "run/cpu/sampling.hpp"

namespace tessera::engine {
namespace {

const cpu::kernels& kernels() { return cpu::best_kernels(); }

// The rules of a completion, and what draws by them.
class both_samplers {
  public:
    both_samplers(sampling_options options, int vocab_size)
        : rules_(std::move(options), vocab_size) {}

    token_info next(std::span<const float> logits, std::span<const token_id> banned,
                    const cpu::kernels& kernels, std::span<const std::uint64_t> allowed = {},
                    const end_wish& wish = {}) {
        auto info = draws_.draw(logits, rules_.next({}, banned, allowed, wish), kernels);
        rules_.take(info.id);
        return info;
    }
    int drawn() const { return rules_.drawn(); }

  private:
    sampler rules_;
    token_drawer draws_;
};

std::vector<float> some_logits(int size) {
    std::vector<float> logits;
    for (int i = 0; i < size; ++i) {
        logits.push_back(static_cast<float>(4 * uniform_draw(99, static_cast<std::uint64_t>(i))));
    }
    return logits;
}

std::vector<double> softmax(const std::vector<float>& logits, double temperature) {
    std::vector<double> p;
    for (const float x : logits) p.push_back(std::exp(x / temperature));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= sum;
    return p;
}

// Tokens that independent requests, one a seed, draw first.
std::vector<double> frequencies(const std::vector<float>& logits, sampling_options options,
                                std::vector<token_id> banned = {}, int draws = 20000) {
    std::vector<double> result(logits.size());
    for (int i = 0; i < draws; ++i) {
        options.seed = static_cast<std::uint64_t>(i);
        both_samplers s(options, static_cast<int>(logits.size()));
        result[static_cast<std::size_t>(s.next(logits, banned, kernels()).id)] += 1.0 / draws;
    }
    return result;
}

// Pearson's statistic against its mean and standard deviation.
void expect_distribution(const std::vector<double>& seen, const std::vector<double>& exact,
                         int draws = 20000) {
    double chi2 = 0;
    int freedom = -1;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        if (exact[i] == 0) {
            EXPECT_EQ(seen[i], 0) << "token " << i << " has no probability";
            continue;
        }
        const double difference = seen[i] - exact[i];
        chi2 += draws * difference * difference / exact[i];
        ++freedom;
    }
    EXPECT_LT(chi2, freedom + 4 * std::sqrt(2.0 * std::max(freedom, 1)) + 4);
}

TEST(Sampler, DrawsFromTheSoftmax) {
    for (const float temperature : {0.5F, 1.0F, 2.0F}) {
        const auto logits = some_logits(40);
        expect_distribution(frequencies(logits, {.temperature = temperature}),
                            softmax(logits, static_cast<double>(temperature)));
    }
    // More tokens than one stretch of sums, and not a multiple of the lanes.
    std::vector<float> wide(1003, -30.0F);
    for (const std::size_t i : {0U, 255U, 256U, 700U, 1002U}) wide[i] = 0;
    std::vector<double> exact(1003);
    for (const std::size_t i : {0U, 255U, 256U, 700U, 1002U}) exact[i] = 0.2;
    expect_distribution(frequencies(wide, {}), exact);
}

TEST(Sampler, KeepsTheNucleus) {
    const std::vector<float> logits = {std::log(0.1F), std::log(0.4F), std::log(0.2F),
                                       std::log(0.25F), std::log(0.05F)};
    expect_distribution(frequencies(logits, {.top_p = 0.6F}), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
    expect_distribution(frequencies(logits, {.top_p = 0.9F}),
                        {0.1 / 0.95, 0.4 / 0.95, 0.2 / 0.95, 0.25 / 0.95, 0});
    expect_distribution(frequencies(logits, {.top_p = 0.01F}), {0, 1, 0, 0, 0});
    expect_distribution(frequencies(logits, {.top_p = 0}), {0, 1, 0, 0, 0});
    // Flat: the nucleus is wide, equal tokens enter in the order of their ids.
    std::vector<double> exact(100);
    std::fill_n(exact.begin(), 50, 0.02);
    expect_distribution(frequencies(std::vector<float>(100, 1.0F), {.top_p = 0.4999F}), exact);
}

TEST(Sampler, KeepsTheFirstInLine) {
    const std::vector<float> logits = {std::log(0.1F), std::log(0.4F), std::log(0.2F),
                                       std::log(0.25F), std::log(0.05F)};
    const auto seen = [&](sampling_options options) { return frequencies(logits, options); };
    expect_distribution(seen({.top_k = 2}), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
    expect_distribution(seen({.top_k = 1}), {0, 1, 0, 0, 0});
    for (const int all : {0, 5, 1000})
        expect_distribution(seen({.top_k = all}), {0.1, 0.4, 0.2, 0.25, 0.05});
    // The nucleus is one of what is kept, not of all.
    expect_distribution(seen({.top_p = 0.6F, .top_k = 2}), {0, 1, 0, 0, 0});
    expect_distribution(seen({.top_p = 0.7F, .top_k = 2}), {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0});
    // Of equals the lower ids, however unlikely.
    std::vector<float> flat(300, 1.0F);
    flat[200] = 31;
    std::vector<double> exact(300);
    exact[200] = 1;
    expect_distribution(frequencies(flat, {.top_k = 3}), exact);
    exact.assign(300, 0);
    std::fill_n(exact.begin(), 4, 0.25);
    expect_distribution(frequencies(std::vector<float>(300, 1.0F), {.top_k = 4}), exact);
}

TEST(Sampler, TakesTheLikeliestWithoutTemperature) {
    std::vector<float> logits(50, 1.0F);
    logits[17] = logits[33] = 2;
    both_samplers s({.temperature = 0}, 50);
    EXPECT_EQ(s.next(logits, {}, kernels()).id, 17);
    const std::vector<token_id> banned = {17};
    EXPECT_EQ(s.next(logits, banned, kernels()).id, 33);
}

TEST(Sampler, NeverDrawsWhatIsBanned) {
    const std::vector<float> logits = {5, 1, 1, 5};
    expect_distribution(frequencies(logits, {}, {0, 3}), {0, 0.5, 0.5, 0});
    expect_distribution(frequencies(logits, {.top_p = 0.99F}, {0, 3}), {0, 0.5, 0.5, 0});
}

TEST(Sampler, DrawsFromWhatIsAllowed) {
    std::vector<float> logits(130);
    logits[3] = 20;
    std::vector<std::uint64_t> allowed = {0, std::uint64_t{1} << 63, ~std::uint64_t{0} << 1};
    std::vector<int> counts(130);
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        both_samplers s({.seed = seed, .logit_bias = {{5, 1e30F}}}, 130);
        ++counts[static_cast<std::size_t>(s.next(logits, {}, kernels(), allowed).id)];
    }
    EXPECT_EQ(counts[127] + counts[129], 2000);
    EXPECT_NEAR(counts[127], 1000, 150);

    both_samplers s({.temperature = 0}, 130);
    EXPECT_EQ(s.next(logits, {}, kernels(), allowed).id, 127);
    // What is banned is taken where nothing else is allowed.
    EXPECT_EQ(s.next(logits, std::vector<token_id>{127}, kernels(), allowed).id, 129);
    EXPECT_EQ(s.next(logits, std::vector<token_id>{127, 129}, kernels(), allowed).id, 127);
    allowed = {0, 0, ~std::uint64_t{0} << 2};  // bits beyond the vocabulary
    EXPECT_THROW(s.next(logits, {}, kernels(), allowed), engine_error);
}

// Wherever the allowed tokens lie, and however many there are.
TEST(Sampler, DrawsUnderAMaskAsIfNothingElseWereLikely) {
    constexpr int size = 1003;
    const std::vector<float> logits = some_logits(size);
    const sampling_options ways[] = {{},
                                     {.temperature = 0},
                                     {.temperature = 0.3F},
                                     {.top_p = 0.4F},
                                     {.top_k = 3},
                                     {.logit_bias = {{0, 3.0F}, {600, 4.0F}, {600, 0.5F}}}};
    for (const int one_in : {1, 2, 3, 70, 400, size}) {
        for (std::uint64_t seed = 0; seed < 40; ++seed) {
            std::vector<std::uint64_t> allowed((size + 63) / 64);
            std::vector<float> rest(logits.size(), -1e30F);
            for (std::size_t i = 0; i < logits.size(); ++i) {
                if (uniform_draw(seed, i) * one_in >= 1 && i != seed * 25) continue;
                allowed[i / 64] |= std::uint64_t{1} << i % 64;
                rest[i] = logits[i];
            }
            for (sampling_options how : ways) {
                how.seed = seed;
                both_samplers masked(how, size), plain(how, size);
                for (int i = 0; i < 3; ++i)
                    ASSERT_EQ(masked.next(logits, {}, kernels(), allowed).id,
                              plain.next(rest, {}, kernels()).id)
                        << one_in << ' ' << seed << ' ' << how.temperature << ' ' << how.top_p;
            }
        }
    }
}

TEST(Sampler, AddsTheBias) {
    const std::vector<float> logits = {0, 0, 0};
    const sampling_options options{.logit_bias = {{1, std::log(2.0F)}, {2, -100.0F}}};
    expect_distribution(frequencies(logits, options), {1.0 / 3, 2.0 / 3, 0});
}

TEST(Sampler, PenalisesWhatTheCompletionHas) {
    const std::vector<float> logits = {1.0F, 0.9F, 0.0F};
    both_samplers s({.temperature = 0, .frequency_penalty = 0.25F, .presence_penalty = 0.125F}, 3);
    // Logits after each draw: token 0 falls to 0.625, then token 1 to 0.525, then token 0 to
    // 0.375...
    std::vector<token_id> drawn;
    for (int i = 0; i < 6; ++i) drawn.push_back(s.next(logits, {}, kernels()).id);
    EXPECT_EQ(drawn, (std::vector<token_id>{0, 1, 0, 1, 0, 1}));
    EXPECT_EQ(s.next(logits, {}, kernels()).id, 0);  // 0.125 against 0.025 and 0
    EXPECT_EQ(s.next(logits, {}, kernels()).id, 1);  // -0.125, 0.025, 0
    EXPECT_EQ(s.next(logits, {}, kernels()).id, 2);  // -0.125, -0.225, 0
}

TEST(Sampler, DependsOnSeedAndIndexOnly) {
    const auto logits = some_logits(300);
    const auto draw = [&](std::uint64_t seed) {
        both_samplers s({.seed = seed}, 300);
        std::vector<token_id> tokens;
        for (int i = 0; i < 50; ++i) tokens.push_back(s.next(logits, {}, kernels()).id);
        return tokens;
    };
    EXPECT_EQ(draw(1), draw(1));
    EXPECT_NE(draw(1), draw(2));
    std::map<double, int> seen;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        for (std::uint64_t i = 0; i < 40; ++i) ++seen[uniform_draw(seed, i)];
    }
    EXPECT_EQ(seen.size(), 1600U);
}

TEST(Sampler, ReportsTheModelsLogProbabilities) {
    const auto logits = some_logits(200);
    const auto p = softmax(logits, 1);
    both_samplers s(
        {.temperature = 0.3F, .top_p = 0.5F, .logit_bias = {{7, 50.0F}}, .top_logprobs = 5}, 200);
    const auto info = s.next(logits, {}, kernels());
    EXPECT_EQ(info.id, 7);
    EXPECT_NEAR(info.logprob, std::log(p[7]), 1e-6);
    ASSERT_EQ(info.top.size(), 5U);
    std::vector<token_id> order(200);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](token_id a, token_id b) {
        return p[static_cast<std::size_t>(a)] > p[static_cast<std::size_t>(b)];
    });
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(info.top[i].first, order[i]);
        EXPECT_NEAR(info.top[i].second, std::log(p[static_cast<std::size_t>(order[i])]), 1e-6);
    }
    both_samplers silent({}, 200);
    EXPECT_TRUE(std::isnan(silent.next(logits, {}, kernels()).logprob));
}

TEST(Sampler, RefusesWhatIsOutOfRange) {
    const auto refused = [](const sampling_options& options) {
        try {
            const both_samplers s(options, 10);
            return false;
        } catch (const engine_error& error) {
            return error.code == error_code::invalid_argument;
        }
    };
    EXPECT_TRUE(refused({.temperature = -1}));
    EXPECT_TRUE(refused({.temperature = std::numeric_limits<float>::quiet_NaN()}));
    EXPECT_TRUE(refused({.top_p = 1.5F}));
    EXPECT_TRUE(refused({.top_k = -1}));
    EXPECT_TRUE(refused({.logit_bias = {{10, 1.0F}}}));
    EXPECT_TRUE(refused({.logit_bias = {{-1, 1.0F}}}));
    EXPECT_TRUE(refused({.top_logprobs = 21}));
    EXPECT_FALSE(refused({}));
    both_samplers s({}, 2);
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THROW(s.next(std::vector<float>{nan, nan}, {}, kernels()), engine_error);
}

TEST(Sampler, RefusesLogitsThatAreNotFinite) {
    const float infinity = std::numeric_limits<float>::infinity();
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity}) {
        for (const int place : {0, 7, 16, 39}) {
            auto logits = some_logits(40);
            logits[static_cast<std::size_t>(place)] = bad;
            for (const float temperature : {0.0F, 1.0F}) {
                // Also where the token may not be drawn.
                for (const std::uint64_t allowed : {~std::uint64_t{0}, std::uint64_t{6}}) {
                    both_samplers s({.temperature = temperature, .top_p = 0.9F}, 40);
                    EXPECT_THROW(s.next(logits, {}, kernels(), std::span(&allowed, 1)),
                                 engine_error);
                    EXPECT_EQ(s.drawn(), 0);
                }
            }
            EXPECT_THROW(describe_token(logits, 3, 5), engine_error);
        }
    }
    // Nothing is wrong with a token that cannot be.
    auto logits = some_logits(40);
    logits[5] = -infinity;
    both_samplers s({.top_logprobs = 2}, 40);
    EXPECT_TRUE(std::isfinite(s.next(logits, {}, kernels()).logprob));
    // Two infinities of the caller's, one against the other.
    const float most = std::numeric_limits<float>::max();
    both_samplers greedy({.frequency_penalty = most, .logit_bias = {{3, most}, {3, most}}}, 40);
    EXPECT_THROW(greedy.next(logits, {}, kernels()), engine_error);
}

// Several tokens are drawn at once, each as if those before it were what was expected.
TEST(Sampler, GivesTheRulesOfTokensThatAreExpected) {
    const auto logits = some_logits(90);
    const std::vector<token_id> banned = {3};
    for (const float penalty : {0.0F, 0.5F}) {
        const sampling_options options{.seed = 5,
                                       .frequency_penalty = penalty,
                                       .presence_penalty = penalty / 2,
                                       .logit_bias = {{7, 1.0F}, {8, 2.0F}, {7, -0.5F}}};
        sampler behind(options, 90);
        token_drawer draws;
        std::vector<token_id> taken;
        for (int i = 0; i < 30; ++i) {
            const auto expected = draws.draw(logits, behind.next({}, banned), kernels()).id;
            const auto known = std::span<const token_id>(taken).first(taken.size() / 2);
            const auto rest = std::span<const token_id>(taken).subspan(known.size());
            sampler fresh(options, 90);
            for (const token_id token : known) fresh.take(token);
            EXPECT_EQ(draws.draw(logits, fresh.next(rest, banned), kernels()).id, expected);
            behind.take(expected);
            taken.push_back(expected);
        }
    }
}

// The end is forbidden and likely: what leads to it is as likely, and no more than the rest allows.
TEST(sampler, gives_the_weight_of_the_end_to_what_leads_there) {
    const std::vector<float> logits{1, 5, 0, 2};
    const std::vector<token_id> ends{1};
    const std::vector<std::uint64_t> allowed{0b1101};
    const auto drawn = [&](end_wish wish, std::vector<std::pair<token_id, float>> bias = {}) {
        return both_samplers({.temperature = 0, .logit_bias = std::move(bias)}, 4)
            .next(logits, {}, cpu::best_kernels(), allowed, wish)
            .id;
    };
    EXPECT_EQ(drawn({}), 3);
    EXPECT_EQ(drawn({ends, 2}), 2);
    EXPECT_EQ(drawn({ends, -1}), 3);
    EXPECT_EQ(drawn({ends, 1 << 28}), 3);  // no token of the vocabulary
    // Whoever has asked for less of it gets less.
    EXPECT_EQ(drawn({ends, 2}, {{2, -2}}), 2);
    EXPECT_EQ(drawn({ends, 2}, {{2, -4}}), 3);
    EXPECT_EQ(drawn({ends, 2}, {{1, -4}}), 3);
}

}  // namespace
}  // namespace tessera::engine
