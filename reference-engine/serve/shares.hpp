#pragma once

#include <span>
#include <vector>

namespace tessera::engine {

struct demand {
    int priority = 0;
    int tokens = 0;  // at least 1
};

/// Shares one step's tokens out. Everyone gets one; what is left goes to the highest priority
/// first, in equal parts among those of one priority, so that a short prompt never waits for a long
/// one. `demands` are in descending order of priority, no more than `budget`.
std::vector<int> share_tokens(std::span<const demand> demands, int budget);

}  // namespace tessera::engine
