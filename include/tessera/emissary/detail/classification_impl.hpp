#pragma once

#include <algorithm>

#include "tessera/emissary/classification.hpp"

namespace tessera::emissary {

TESSERA_DEF
const label_scores& classification_answer::scores() const {
    static const label_scores none;
    if (data.empty()) return none;
    if (const auto* logits = std::get_if<label_logits>(&data.front())) return logits->logits;
    return std::get_if<label_probabilities>(&data.front())->probs;
}

TESSERA_DEF
std::optional<std::pair<std::string, double>> classification_answer::best() const {
    const label_scores& all = scores();
    const auto found = std::max_element(
        all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (found == all.end()) return std::nullopt;
    return std::pair(found->first, found->second);
}

}  // namespace tessera::emissary
