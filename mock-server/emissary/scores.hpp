#pragma once
// How near two vectors of the same length are, in double precision.
#include <span>

namespace tessera::server::emissary {

/// From -1 to 1; 0 where one of them has no length.
double cosine(std::span<const double> a, std::span<const double> b);
double manhattan(std::span<const double> a, std::span<const double> b);
double euclidean(std::span<const double> a, std::span<const double> b);

}  // namespace tessera::server::emissary
