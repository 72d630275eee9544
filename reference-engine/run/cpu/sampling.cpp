#include "run/cpu/sampling.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

// Below, the most likely token takes all but a vanishing share.
constexpr float coldest = 1e-5F;
constexpr float never = -std::numeric_limits<float>::infinity();

void require(bool condition, const char* what) {
    if (!condition) throw engine_error(error_code::invalid_argument, what);
}

constexpr auto stretch = static_cast<std::size_t>(cpu::exponential_stretch);
constexpr std::size_t word = 64;
static_assert(stretch % word == 0);

bool is_allowed(std::span<const std::uint64_t> allowed, token_id token) {
    const auto bit = static_cast<std::size_t>(token);
    return allowed.empty() || (allowed[bit / word] >> bit % word & 1) != 0;
}

// Calls f(token) for each bit of a word that is set.
template <class F>
void for_bits(std::uint64_t bits, std::size_t first, std::size_t end, F f) {
    for (; bits != 0; bits &= bits - 1) {
        const auto token = first + static_cast<std::size_t>(std::countr_zero(bits));
        if (token < end) f(token);
    }
}

}  // namespace

token_info describe_token(std::span<const float> logits, token_id token, int top) {
    const float largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0;
    for (const float x : logits) sum += std::exp(static_cast<double>(x) - largest);
    const double norm = largest + std::log(sum);
    require(std::isfinite(norm), logits_not_finite);
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

// Where a mask allows few tokens, nothing of what follows looks at the rest.
void token_drawer::find_live(std::size_t size, std::span<const std::uint64_t> allowed) {
    live_.clear();
    for (std::size_t first = 0; first < size; first += stretch) {
        const std::size_t end = std::min(size, first + stretch);
        const auto words = allowed.empty()
                               ? allowed
                               : allowed.subspan(first / word, (end - first + word - 1) / word);
        if (allowed.empty() || std::ranges::any_of(words, [](auto bits) { return bits != 0; }))
            live_.push_back({first, end});
    }
}

std::span<const float> token_drawer::adjusted(std::span<const float> logits,
                                              const draw_rules& rules) {
    find_live(logits.size(), rules.allowed);
    if (rules.shifts.empty() && rules.allowed.empty()) return logits;
    adjusted_.resize(logits.size());
    for (const auto [first, end] : live_) {
        for (std::size_t from = first; from < end; from += word) {
            const std::size_t to = std::min(end, from + word);
            const auto bits =
                rules.allowed.empty() ? ~std::uint64_t{0} : rules.allowed[from / word];
            if (std::popcount(bits) > static_cast<int>(word / 2)) {
                std::copy(logits.data() + from, logits.data() + to, adjusted_.data() + from);
                for_bits(~bits, from, to, [&](std::size_t i) { adjusted_[i] = never; });
            } else {
                std::fill(adjusted_.data() + from, adjusted_.data() + to, never);
                for_bits(bits, from, to, [&](std::size_t i) { adjusted_[i] = logits[i]; });
            }
        }
    }
    for (const auto& [token, shift] : rules.shifts)
        if (is_allowed(rules.allowed, token)) adjusted_[static_cast<std::size_t>(token)] += shift;
    const auto& wish = rules.wish;
    if (wish.instead >= 0 && static_cast<std::size_t>(wish.instead) < logits.size() &&
        is_allowed(rules.allowed, wish.instead)) {
        const auto shifted = [&](token_id token) {
            float value = logits[static_cast<std::size_t>(token)];
            for (const auto& [each, shift] : rules.shifts)
                if (each == token) value += shift;
            return value;
        };
        const auto token = static_cast<std::size_t>(wish.instead);
        const float own = shifted(wish.instead) - logits[token];  // shifts of its own
        for (const token_id end : wish.ends)
            adjusted_[token] = std::max(adjusted_[token], shifted(end) + own);
    }
    return adjusted_;
}

token_id token_drawer::first_equal(std::span<const float> values, float wanted) const {
    for (const auto [first, end] : live_) {
        const auto* const found = std::find(values.data() + first, values.data() + end, wanted);
        if (found != values.data() + end) return static_cast<token_id>(found - values.data());
    }
    return static_cast<token_id>(values.size());
}

token_info token_drawer::draw(std::span<const float> logits, const draw_rules& rules,
                              const cpu::kernels& kernels) {
    float largest = kernels.maximum(logits.data(), static_cast<int>(logits.size()));
    require(std::isfinite(largest), logits_not_finite);
    const auto values = adjusted(logits, rules);
    if (values.data() != logits.data()) {
        largest = never;
        for (const auto [first, end] : live_)
            largest = std::max(
                largest, kernels.maximum(values.data() + first, static_cast<int>(end - first)));
        require(std::isfinite(largest), nothing_to_draw);
    }
    const token_id token = rules.temperature < coldest || rules.top_p == 0
                               ? first_equal(values, largest)
                               : draw_from(values, largest, rules, kernels);
    if (rules.top_logprobs >= 0) return describe_token(logits, token, rules.top_logprobs);
    return {token, std::numeric_limits<float>::quiet_NaN(), {}};
}

token_id token_drawer::draw_from(std::span<const float> logits, float largest,
                                 const draw_rules& rules, const cpu::kernels& kernels) {
    weights_.resize(logits.size());
    sums_.resize(live_.size());
    double total = 0;
    for (std::size_t i = 0; i < live_.size(); ++i) {
        const auto [first, end] = live_[i];
        kernels.exponentials(logits.data() + first, static_cast<int>(end - first), largest,
                             1 / rules.temperature, weights_.data() + first, &sums_[i]);
        total += static_cast<double>(sums_[i]);
        if (rules.allowed.empty()) continue;
        for (std::size_t from = first; from < end; from += word)
            for_bits(~rules.allowed[from / word], from, end,
                     [&](std::size_t token) { weights_[token] = 0; });
    }
    const double uniform = uniform_draw(rules.seed, rules.index);
    if (rules.top_p < 1 || rules.top_k > 0) return draw_from_nucleus(total, rules, uniform);

    double left = uniform * total;
    std::size_t part = 0;
    for (; part + 1 < live_.size() && left >= sums_[part]; ++part) {
        left -= static_cast<double>(sums_[part]);
    }
    // The sums are rounded, so the walk may end beyond the last weight: then that one is taken.
    std::size_t chosen = logits.size();
    for (std::size_t i = live_[part].first; i < live_[part].end; ++i) {
        if (weights_[i] == 0) continue;
        chosen = i;
        left -= static_cast<double>(weights_[i]);
        if (left < 0) break;
    }
    return chosen < logits.size() ? static_cast<token_id>(chosen) : first_equal(logits, largest);
}

// The most likely tokens that together reach the wanted weight, and no more.
token_id token_drawer::draw_from_nucleus(double total, const draw_rules& rules, double uniform) {
    const auto most = rules.top_k > 0 ? static_cast<std::size_t>(rules.top_k) : weights_.size();
    double wanted = static_cast<double>(rules.top_p) * total;
    double reached = 0;
    // The likeliest token weighs 1. Few candidates are enough nearly always, and sorting is dear.
    for (float cut = 0x1p-7F;; cut = cut > 0x1p-100F ? cut * 0x1p-8F : 0) {
        candidates_.clear();
        reached = 0;
        for (const auto [first, end] : live_) {
            for (std::size_t i = first; i < end; ++i) {
                if (weights_[i] <= cut) continue;
                candidates_.push_back(static_cast<token_id>(i));
                reached += static_cast<double>(weights_[i]);
            }
        }
        const bool enough = rules.top_k > 0 ? candidates_.size() >= most : reached >= wanted;
        if (enough || cut == 0) break;
    }
    const auto weight = [&](token_id id) {
        return static_cast<double>(weights_[static_cast<std::size_t>(id)]);
    };
    std::sort(candidates_.begin(), candidates_.end(), [&](token_id a, token_id b) {
        return weight(a) != weight(b) ? weight(a) > weight(b) : a < b;
    });
    if (rules.top_k > 0) {
        candidates_.resize(std::min(most, candidates_.size()));
        total = 0;
        for (const token_id id : candidates_) total += weight(id);
        wanted = static_cast<double>(rules.top_p) * total;
    }
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
