#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "emissary/testing/functions.hpp"
#include "tessera/emissary/common.hpp"

namespace tessera::server::emissary {

/// What an answer is worth: the weighted sum of what test functions say of it.
class reward {
  public:
    /// Throws std::invalid_argument for a name that is no test function's, and where there is none.
    explicit reward(const tessera::emissary::reward_weights& weights);

    double of(std::string_view completion, std::string_view expected) const;

  private:
    std::vector<std::pair<const test_function*, double>> terms_;
};

}  // namespace tessera::server::emissary
