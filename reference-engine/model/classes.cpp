#include "model/classes.hpp"

#include <algorithm>
#include <cmath>

namespace tessera::engine {

std::vector<float> interpret(problem_kind problem, std::span<const float> outputs) {
    std::vector<float> result(outputs.begin(), outputs.end());
    switch (problem) {
        case problem_kind::regression:
            break;
        case problem_kind::single_label: {
            const double largest = *std::max_element(outputs.begin(), outputs.end());
            double sum = 0;
            for (const float x : outputs) sum += std::exp(x - largest);
            for (float& x : result) x = static_cast<float>(std::exp(x - largest) / sum);
            break;
        }
        case problem_kind::multi_label:
            for (float& x : result) x = static_cast<float>(1 / (1 + std::exp(-double{x})));
            break;
    }
    return result;
}

}  // namespace tessera::engine
