#include "emissary/scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tessera::server::emissary {

double cosine(std::span<const double> a, std::span<const double> b) {
    double product = 0, own = 0, other = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += a[i] * b[i];
        own += a[i] * a[i];
        other += b[i] * b[i];
    }
    if (own == 0 || other == 0) return 0;
    return std::clamp(product / std::sqrt(own * other), -1.0, 1.0);
}

double manhattan(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
    return sum;
}

double euclidean(std::span<const double> a, std::span<const double> b) {
    double squares = 0;
    for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(squares);
}

}  // namespace tessera::server::emissary
