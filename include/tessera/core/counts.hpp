#pragma once

#include <cstdint>
#include <limits>

namespace tessera {

/// The sum of counts that a server names, which may be anything: what is too large for the type
/// stays at its end.
constexpr std::int64_t add_counts(std::int64_t a, std::int64_t b) noexcept {
    using limits = std::numeric_limits<std::int64_t>;
    if (b > 0 && a > limits::max() - b) return limits::max();
    if (b < 0 && a < limits::min() - b) return limits::min();
    return a + b;
}

}  // namespace tessera
