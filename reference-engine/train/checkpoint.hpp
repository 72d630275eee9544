#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "train/parameters.hpp"
#include "train/trainer.hpp"

namespace tessera::engine::train {

/// What config.json says of a model with the head that is trained, if there is one.
model_config described_model(model_config config, const tuning&);
/// What adapter_config.json says of adapters.
nlohmann::json described_adapter(const tuning&);
/// A model folder, or a folder of adapters in the form of peft.
void write_folder(const std::filesystem::path& folder, const model_config& config, const tuning&,
                  std::span<const tensor_view> tensors, weight_format format);
/// Throws malformed where the folder lacks a weight or has it in another shape, or holds adapters of
/// another kind; then nothing is written. The head may be absent.
void read_folder(const std::filesystem::path& folder, const tuning&, const parameter_layout& layout,
                 std::span<float> weights);

struct optimiser_state {
    std::span<float> weights, first, second;
    std::int64_t steps, tokens;
};
void write_state(const std::filesystem::path& file, const model_config& config,
                 const optimiser_state& state);
/// Fills the spans; throws malformed for the state of another configuration, one that is not whole
/// or one whose numbers are not finite or its second moments negative; then it writes nothing.
void read_state(const std::filesystem::path& file, const model_config& config,
                optimiser_state& state);

}  // namespace tessera::engine::train
