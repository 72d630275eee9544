#include "decode/prediction.hpp"

#include <algorithm>
#include <utility>

namespace tessera::engine {
namespace {

constexpr int first_reach = 4;
// A single token is found again nearly anywhere.
constexpr std::size_t shortest_match = 2;
constexpr std::size_t longest_match = 32;

}  // namespace

prediction::prediction(std::vector<token_id> expected)
    : expected_(std::move(expected)), taken_(expected_.size()), reach_(first_reach) {}

std::span<const token_id> prediction::next(int most) const {
    const auto rest = std::span(expected_).subspan(place_);
    return rest.first(std::min(rest.size(), static_cast<std::size_t>(std::clamp(most, 0, reach_))));
}

void prediction::advance(std::span<const token_id> completion) {
    if (place_ == expected_.size() || expected_[place_] != completion.back()) {
        return find_place(completion);
    }
    if (!taken_[place_]) ++accepted_;
    taken_[place_++] = true;
}

void prediction::verified(int proposed, int right) {
    if (proposed == 0) return;
    reach_ = right == proposed ? std::min(2 * reach_, longest_reach) : std::max(1, reach_ / 2);
}

// Behind the longest match of the completion's end; among equals the first after where it left.
void prediction::find_place(std::span<const token_id> completion) {
    const auto size = expected_.size();
    const auto limit = std::min(completion.size(), longest_match);
    if (place_ < size) left_ = std::exchange(place_, size);
    std::size_t best = shortest_match - 1;
    for (std::size_t i = 0; i < size && best < limit; ++i) {
        const auto last = (left_ + i) % size;
        std::size_t length = 0;
        while (length < limit && length <= last &&
               expected_[last - length] == completion[completion.size() - 1 - length]) {
            ++length;
        }
        if (length <= best) continue;
        best = length;
        place_ = last + 1;
    }
}

}  // namespace tessera::engine
