#include "serve/shares.hpp"

#include <algorithm>
#include <cstddef>

namespace tessera::engine {

std::vector<int> share_tokens(std::span<const demand> demands, int budget) {
    std::vector<int> shares(demands.size(), 1);
    int left = budget - static_cast<int>(demands.size());
    for (std::size_t first = 0; first < demands.size() && left > 0;) {
        auto last = first;
        while (last < demands.size() && demands[last].priority == demands[first].priority) ++last;
        // The smallest demand that is not met yet is met by all, as long as there is enough.
        for (;;) {
            int wanting = 0;
            int least = left;
            for (auto i = first; i < last; ++i) {
                if (const int rest = demands[i].tokens - shares[i]; rest > 0) {
                    ++wanting;
                    least = std::min(least, rest);
                }
            }
            if (wanting == 0 || left == 0) break;
            const int part = std::max(1, std::min(least, left / wanting));
            for (auto i = first; i < last && left > 0; ++i) {
                if (demands[i].tokens == shares[i]) continue;
                shares[i] += part;
                left -= part;
            }
        }
        first = last;
    }
    return shares;
}

}  // namespace tessera::engine
