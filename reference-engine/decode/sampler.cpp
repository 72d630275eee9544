#include "decode/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.hpp"

namespace tessera::engine {
namespace {

std::uint64_t mix(std::uint64_t x) {  // SplitMix64's finaliser
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

void require(bool condition, const char* what) {
    if (!condition) throw engine_error(error_code::invalid_argument, what);
}

// Whether a bit of the vocabulary is set.
bool any(std::span<const std::uint64_t> words, std::size_t vocab_size) {
    const auto last = (vocab_size - 1) / 64;
    const auto in_last = ~std::uint64_t{0} >> (63 - (vocab_size - 1) % 64);
    return std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(last),
                       [](auto word) { return word != 0; }) ||
           (words[last] & in_last) != 0;
}

}  // namespace

double uniform_draw(std::uint64_t seed, std::uint64_t index) {
    const std::uint64_t key = mix(seed + 0x9e3779b97f4a7c15U);
    const std::uint64_t bits = mix(mix(index * 0x9e3779b97f4a7c15U + key) ^ key);
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

sampler::sampler(sampling_options options, int vocab_size)
    : options_(std::move(options)), vocab_size_(static_cast<std::size_t>(vocab_size)) {
    require(std::isfinite(options_.temperature) && options_.temperature >= 0,
            "temperature must be a number of at least 0");
    require(options_.top_p >= 0 && options_.top_p <= 1, "top_p must be from 0 to 1");
    require(options_.top_k >= 0, "top_k must be at least 1, or 0 for all tokens");
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

std::span<const std::pair<token_id, float>> sampler::shifts(memory& to,
                                                            std::span<const token_id> ahead) const {
    if (!penalises() || (counts_.empty() && ahead.empty())) return options_.logit_bias;
    to.shifts = options_.logit_bias;
    const auto add = [&](token_id token, int count) {
        to.shifts.emplace_back(token, -(options_.frequency_penalty * static_cast<float>(count) +
                                        options_.presence_penalty));
    };
    for (const auto& [token, count] : counts_) {
        if (std::ranges::find(ahead, token) == ahead.end()) add(token, count);
    }
    for (std::size_t i = 0; i < ahead.size(); ++i) {
        if (std::ranges::count(ahead.first(i), ahead[i]) > 0) continue;
        const auto known = counts_.find(ahead[i]);
        add(ahead[i], (known == counts_.end() ? 0 : known->second) +
                          static_cast<int>(std::ranges::count(ahead, ahead[i])));
    }
    return to.shifts;
}

std::span<const std::uint64_t> sampler::without(memory& to, std::span<const token_id> banned,
                                                std::span<const std::uint64_t> allowed) const {
    if (banned.empty()) return allowed;
    if (allowed.empty()) {
        to.allowed.assign((vocab_size_ + 63) / 64, ~std::uint64_t{0});
    } else {
        to.allowed.assign(allowed.begin(), allowed.end());
    }
    for (const token_id token : banned) {
        const auto bit = static_cast<std::size_t>(token);
        to.allowed[bit / 64] &= ~(std::uint64_t{1} << bit % 64);
    }
    return any(to.allowed, vocab_size_) ? std::span<const std::uint64_t>(to.allowed) : allowed;
}

draw_rules sampler::next(std::span<const token_id> ahead, std::span<const token_id> banned,
                         std::span<const std::uint64_t> allowed, const end_wish& wish) {
    require(allowed.empty() || any(allowed, vocab_size_),
            "the vocabulary has no token for what must follow");
    if (rows_.size() <= ahead.size()) rows_.resize(ahead.size() + 1);
    auto& place = rows_[ahead.size()];
    return {.temperature = options_.temperature,
            .top_p = options_.top_p,
            .top_k = options_.top_k,
            .seed = options_.seed,
            .index = static_cast<std::uint64_t>(drawn_) + ahead.size(),
            .shifts = shifts(place, ahead),
            .allowed = without(place, banned, allowed),
            .wish = wish,
            .top_logprobs = options_.top_logprobs};
}

void sampler::take(token_id token) {
    ++drawn_;
    if (penalises()) ++counts_[token];
}

}  // namespace tessera::engine
