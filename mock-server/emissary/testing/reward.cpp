#include "emissary/testing/reward.hpp"

#include <stdexcept>
#include <string>

namespace tessera::server::emissary {

reward::reward(const tessera::emissary::reward_weights& weights) {
    for (const auto& [name, weight] : weights) {
        const test_function* const found = find_test_function(name);
        if (!found) throw std::invalid_argument("\"" + name + "\" is no test function");
        terms_.emplace_back(found, weight);
    }
    if (terms_.empty()) throw std::invalid_argument("a reward needs a test function");
}

double reward::of(std::string_view completion, std::string_view expected) const {
    double sum = 0;
    for (const auto& [function, weight] : terms_)
        sum += weight * function->score(completion, expected);
    return sum;
}

}  // namespace tessera::server::emissary
