#pragma once
// How a checkpoint does on rows that it was not trained on.
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "emissary/training/course.hpp"

namespace tessera::server::emissary {

struct checkpoint_result {
    std::string rows;                            // a line of JSON for each
    std::map<std::string, std::string> numbers;  // over all rows, by what they measure
};

/// Tests the weights that the session has now on the rows of the course: their loss, what fits the
/// task, and the mean of each test function over what is said, which is the answer, the labels or
/// the value as text; of rewarded answers, their mean reward as well. Throws what the session throws.
checkpoint_result tested(training_session& by, const course& on,
                         const std::vector<std::string>& functions, const std::stop_token& stop);

}  // namespace tessera::server::emissary
