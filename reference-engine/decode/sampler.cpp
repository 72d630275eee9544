#include "decode/sampler.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

// Below, the most likely token takes all but a vanishing share.
constexpr float coldest = 1e-5F;
constexpr float never = -std::numeric_limits<float>::infinity();
constexpr auto not_finite =
    "the model's logits are not finite: its weights are damaged, or too large for its precision";

std::uint64_t mix(std::uint64_t x) {  // SplitMix64's finaliser
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

void require(bool condition, const char* what) {
    if (!condition) throw engine_error(error_code::invalid_argument, what);
}

token_id first_equal(std::span<const float> values, float wanted) {
    return static_cast<token_id>(std::find(values.begin(), values.end(), wanted) - values.begin());
}

// Sets the values whose bits are set.
void overwrite(std::vector<float>& values, std::span<const std::uint64_t> bits, float value) {
    for (std::size_t word = 0; word < bits.size(); ++word) {
        for (auto rest = bits[word]; rest != 0; rest &= rest - 1) {
            values[word * 64 + static_cast<std::size_t>(std::countr_zero(rest))] = value;
        }
    }
}

}  // namespace

double uniform_draw(std::uint64_t seed, std::uint64_t index) {
    const std::uint64_t key = mix(seed + 0x9e3779b97f4a7c15U);
    const std::uint64_t bits = mix(mix(index * 0x9e3779b97f4a7c15U + key) ^ key);
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

token_info describe_token(std::span<const float> logits, token_id token, int top) {
    const float largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float x : logits) sum += std::exp(static_cast<double>(x) - largest);
    const double norm = largest + std::log(sum);
    require(std::isfinite(norm), not_finite);
    const auto logprob = [&](token_id id) {
        return static_cast<float>(logits[static_cast<std::size_t>(id)] - norm);
    };
    token_info info{token, logprob(token), {}};
    const auto size = std::min<std::size_t>(static_cast<std::size_t>(top), logits.size());
    if (size == 0) return info;
    const auto likelier = [&](token_id a, token_id b) {
        const float x = logits[static_cast<std::size_t>(a)];
        const float y = logits[static_cast<std::size_t>(b)];
        return x != y ? x > y : a < b;
    };
    std::vector<token_id> best;  // a heap with the least likely in front
    for (token_id id = 0; id < static_cast<token_id>(logits.size()); ++id) {
        if (best.size() == size && !likelier(id, best.front())) continue;
        if (best.size() == size) {
            std::pop_heap(best.begin(), best.end(), likelier);
            best.pop_back();
        }
        best.push_back(id);
        std::push_heap(best.begin(), best.end(), likelier);
    }
    std::sort_heap(best.begin(), best.end(), likelier);
    for (const token_id id : best) info.top.emplace_back(id, logprob(id));
    return info;
}

sampler::sampler(sampling_options options, int vocab_size) : options_(std::move(options)) {
    require(std::isfinite(options_.temperature) && options_.temperature >= 0,
            "temperature must be a number of at least 0");
    require(options_.top_p >= 0 && options_.top_p <= 1, "top_p must be from 0 to 1");
    require(std::isfinite(options_.frequency_penalty), "frequency_penalty must be a number");
    require(std::isfinite(options_.presence_penalty), "presence_penalty must be a number");
    require(options_.top_logprobs >= -1 && options_.top_logprobs <= max_top_logprobs,
            "top_logprobs must be from -1 to 20");
    for (const auto& [token, bias] : options_.logit_bias) {
        require(token >= 0 && token < vocab_size,
                "logit_bias names a token outside the vocabulary");
        require(std::isfinite(bias), "logit_bias must be a number");
    }
}

void sampler::forbid(std::span<const token_id> banned, std::span<const std::uint64_t> allowed,
                     std::size_t vocab_size) {
    forbidden_.clear();
    if (allowed.empty() && (banned.empty() || banned.size() >= vocab_size)) return;
    const auto last = (vocab_size - 1) / 64;
    const auto in_last = ~std::uint64_t{0} >> (63 - (vocab_size - 1) % 64);
    const auto is_complete = [&] {
        return std::all_of(forbidden_.begin(), forbidden_.end() - 1,
                           [](auto w) { return ~w == 0; }) &&
               forbidden_.back() == in_last;
    };
    const auto start = [&] {
        forbidden_.assign(last + 1, 0);
        for (std::size_t word = 0; word < allowed.size(); ++word) forbidden_[word] = ~allowed[word];
        forbidden_.back() &= in_last;
    };
    start();
    require(!is_complete(), "the vocabulary has no token for what must follow");
    for (const token_id token : banned) {
        const auto bit = static_cast<std::size_t>(token);
        forbidden_[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
    if (is_complete()) start();
}

std::span<const float> sampler::adjusted(std::span<const float> logits, const end_wish& wish) {
    const bool penalised =
        !counts_.empty() && (options_.frequency_penalty != 0 || options_.presence_penalty != 0);
    if (!penalised && options_.logit_bias.empty() && forbidden_.empty()) return logits;
    adjusted_.assign(logits.begin(), logits.end());
    for (const auto& [token, bias] : options_.logit_bias) {
        adjusted_[static_cast<std::size_t>(token)] += bias;
    }
    if (penalised) {
        for (const auto& [token, count] : counts_) {
            adjusted_[static_cast<std::size_t>(token)] -=
                options_.frequency_penalty * static_cast<float>(count) + options_.presence_penalty;
        }
    }
    if (wish.instead >= 0 && static_cast<std::size_t>(wish.instead) < logits.size()) {
        const auto token = static_cast<std::size_t>(wish.instead);
        const float own = adjusted_[token] - logits[token];  // bias and penalties of its own
        for (const token_id end : wish.ends)
            adjusted_[token] =
                std::max(adjusted_[token], adjusted_[static_cast<std::size_t>(end)] + own);
    }
    overwrite(adjusted_, forbidden_, never);
    return adjusted_;
}

token_info sampler::next(std::span<const float> logits, std::span<const token_id> banned,
                         const cpu::kernels& kernels, std::span<const std::uint64_t> allowed,
                         const end_wish& wish) {
    float largest = kernels.maximum(logits.data(), static_cast<int>(logits.size()));
    require(std::isfinite(largest), not_finite);
    forbid(banned, allowed, logits.size());
    const auto values = adjusted(logits, wish);
    if (values.data() != logits.data()) {
        largest = kernels.maximum(values.data(), static_cast<int>(values.size()));
        require(std::isfinite(largest),
                "bias and penalties leave no finite logit to a token that may follow");
    }
    const token_id token = options_.temperature < coldest || options_.top_p == 0
                               ? first_equal(values, largest)
                               : draw(values, largest, kernels);
    ++drawn_;
    ++counts_[token];
    if (options_.top_logprobs >= 0) return describe_token(logits, token, options_.top_logprobs);
    return {token, std::numeric_limits<float>::quiet_NaN(), {}};
}

token_id sampler::draw(std::span<const float> logits, float largest, const cpu::kernels& kernels) {
    constexpr auto stretch = static_cast<std::size_t>(cpu::exponential_stretch);
    weights_.resize(logits.size());
    sums_.resize((logits.size() + stretch - 1) / stretch);
    kernels.exponentials(logits.data(), static_cast<int>(logits.size()), largest,
                         1 / options_.temperature, weights_.data(), sums_.data());
    overwrite(weights_, forbidden_, 0);
    double total = 0;
    for (const float sum : sums_) total += static_cast<double>(sum);
    const double uniform = uniform_draw(options_.seed, static_cast<std::uint64_t>(drawn_));
    if (options_.top_p < 1) return draw_from_nucleus(total, uniform);

    double left = uniform * total;
    std::size_t part = 0;
    for (; part + 1 < sums_.size() && left >= sums_[part]; ++part) {
        left -= static_cast<double>(sums_[part]);
    }
    // The sums are rounded, so the walk may end beyond the last weight: then that one is taken.
    const auto end = std::min(weights_.size(), (part + 1) * stretch);
    std::size_t chosen = logits.size();
    for (std::size_t i = part * stretch; i < end; ++i) {
        if (weights_[i] == 0) continue;
        chosen = i;
        left -= static_cast<double>(weights_[i]);
        if (left < 0) break;
    }
    return chosen < logits.size() ? static_cast<token_id>(chosen) : first_equal(logits, largest);
}

// The most likely tokens that together reach top_p, and no more.
token_id sampler::draw_from_nucleus(double total, double uniform) {
    const double wanted = static_cast<double>(options_.top_p) * total;
    double reached = 0;
    // The likeliest token weighs 1. Few candidates are enough nearly always, and sorting is dear.
    for (float cut = 0x1p-7F;; cut = cut > 0x1p-100F ? cut * 0x1p-8F : 0) {
        candidates_.clear();
        reached = 0;
        for (std::size_t i = 0; i < weights_.size(); ++i) {
            if (weights_[i] <= cut) continue;
            candidates_.push_back(static_cast<token_id>(i));
            reached += static_cast<double>(weights_[i]);
        }
        if (reached >= wanted || cut == 0) break;
    }
    const auto weight = [&](token_id id) {
        return static_cast<double>(weights_[static_cast<std::size_t>(id)]);
    };
    std::sort(candidates_.begin(), candidates_.end(), [&](token_id a, token_id b) {
        return weight(a) != weight(b) ? weight(a) > weight(b) : a < b;
    });
    double mass = 0;
    std::size_t size = 0;
    while (size < candidates_.size() && (size == 0 || mass < wanted)) {
        mass += weight(candidates_[size++]);
    }
    double left = uniform * mass;
    for (std::size_t i = 0; i + 1 < size; ++i) {
        left -= weight(candidates_[i]);
        if (left < 0) return candidates_[i];
    }
    return candidates_[size - 1];
}

}  // namespace tessera::engine
