#include "model/rotary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tessera::engine {
namespace {

constexpr double turn = 2 * std::numbers::pi;

// Llama 3.1: long waves are stretched, short ones kept, those between blended.
double llama3_frequency(const rope_config& rope, double frequency) {
    const double waves = rope.original_max_position * frequency / turn;
    if (waves > rope.high_freq_factor) return frequency;
    if (waves < rope.low_freq_factor) return frequency / rope.factor;
    const double kept =
        (waves - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    return (1 - kept) * frequency / rope.factor + kept * frequency;
}

// YaRN (arXiv 2309.00071): the dimension that makes that many turns over the original context.
double yarn_dimension(const rope_config& rope, int head_dim, double turns) {
    return head_dim * std::log(rope.original_max_position / (turns * turn)) /
           (2 * std::log(rope.theta));
}

double yarn_frequency(const rope_config& rope, int head_dim, int index, double frequency) {
    double low = yarn_dimension(rope, head_dim, rope.beta_fast);
    double high = yarn_dimension(rope, head_dim, rope.beta_slow);
    if (rope.truncate) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, head_dim - 1.0);
    if (low == high) high += 0.001;
    const double stretched = std::clamp((index - low) / (high - low), 0.0, 1.0);
    return stretched * frequency / rope.factor + (1 - stretched) * frequency;
}

}  // namespace

rotary::rotary(const rope_config& config, int head_dim) : config_(config), head_dim_(head_dim) {
    if (config.kind == rope_kind::yarn) magnitude_ = config.attention_factor;
    frequencies_ = frequencies(config.theta);
}

std::vector<double> rotary::frequencies(double theta) const {
    std::vector<double> result;
    for (int i = 0; i < head_dim_ / 2; ++i) {
        double frequency = std::pow(theta, -2.0 * i / head_dim_);
        switch (config_.kind) {
            case rope_kind::linear:
                frequency /= config_.factor;
                break;
            case rope_kind::llama3:
                frequency = llama3_frequency(config_, frequency);
                break;
            case rope_kind::yarn:
                frequency = yarn_frequency(config_, head_dim_, i, frequency);
                break;
            case rope_kind::none:
            case rope_kind::dynamic_ntk:
                break;
        }
        result.push_back(frequency);
    }
    return result;
}

template <class T>
void rotary::at(int position, T* cosines, T* sines) const {
    const auto magnitude = static_cast<T>(magnitude_);
    const auto fill = [&](const std::vector<double>& frequency) {
        for (std::size_t i = 0; i < frequency.size(); ++i) {
            const T angle = static_cast<T>(position) * static_cast<T>(frequency[i]);
            cosines[i] = std::cos(angle) * magnitude;
            sines[i] = std::sin(angle) * magnitude;
        }
    };
    if (config_.kind != rope_kind::dynamic_ntk || position < config_.original_max_position) {
        return fill(frequencies_);
    }
    const double length = position + 1.0;
    const double stretch =
        config_.factor * length / config_.original_max_position - (config_.factor - 1);
    fill(frequencies(config_.theta * std::pow(stretch, head_dim_ / (head_dim_ - 2.0))));
}

template void rotary::at(int, float*, float*) const;
template void rotary::at(int, double*, double*) const;

}  // namespace tessera::engine
