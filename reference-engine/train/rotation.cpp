#include "train/rotation.hpp"

#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace tessera::engine::train {
namespace {

// Long waves are stretched, short ones stay, those between are blended.
double llama3(double frequency, const rope_config& rope) {
    const double turns = rope.original_max_position * frequency / (2 * std::numbers::pi);
    if (turns > rope.high_freq_factor) return frequency;
    if (turns < rope.low_freq_factor) return frequency / rope.factor;
    const double smooth =
        (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    return (1 - smooth) * frequency / rope.factor + smooth * frequency;
}

}  // namespace

std::vector<double> rotation_frequencies(const model_config& config) {
    std::vector<double> out(config.head_dim / 2);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double plain =
            std::pow(config.rope.theta, -2.0 * static_cast<double>(i) / config.head_dim);
        switch (config.rope.kind) {
            case rope_kind::none:
                out[i] = plain;
                break;
            case rope_kind::linear:
                out[i] = plain / config.rope.factor;
                break;
            case rope_kind::llama3:
                out[i] = llama3(plain, config.rope);
                break;
            default:
                throw engine_error(error_code::unsupported,
                                   "config.json: this rope_scaling can be run, but not trained; "
                                   "use none, linear or llama3");
        }
    }
    return out;
}

}  // namespace tessera::engine::train
