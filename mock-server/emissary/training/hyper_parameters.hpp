#pragma once
// What can be set of a training, what is taken where it is not set, and what it may be.
#include <cstdint>
#include <span>
#include <string_view>

#include "tessera/emissary/training_requests.hpp"

namespace tessera::server::emissary {

/// A number that a training goes by.
struct hyper_parameter {
    std::string_view name;
    double usual = 0;
    double least = 0;
    double most = 0;
    bool is_whole = false;
};

/// Those of supervised fine-tuning, without `downsample_size`, which has no usual value, and
/// `dynamic_loss`, which is off.
std::span<const hyper_parameter> sft_hyper_parameters();

/// The given ones, or nothing, with the usual values of those that are left out. Throws `refused`,
/// a 400 that names the member and its range.
tessera::emissary::sft_parameters completed(
    const std::optional<tessera::emissary::sft_parameters>& given);

/// The same of GRPO.
std::span<const hyper_parameter> grpo_hyper_parameters();
tessera::emissary::grpo_parameters completed(
    const std::optional<tessera::emissary::grpo_parameters>& given);

}  // namespace tessera::server::emissary
