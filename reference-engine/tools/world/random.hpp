#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tessera::engine::world {

/// SplitMix64 with its own range reduction: the same numbers from every standard library.
class random {
  public:
    explicit random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// In [0, n); n > 0.
    int below(int n) {
        return static_cast<int>((bits() >> 32) * static_cast<std::uint64_t>(n) >> 32);
    }
    /// In [low, high].
    int between(int low, int high) { return low + below(high - low + 1); }
    bool chance(double probability) {
        return static_cast<double>(bits() >> 11) * 0x1p-53 < probability;
    }
    template <class Range>
    const auto& pick(const Range& range) {
        return std::data(range)[below(static_cast<int>(std::size(range)))];
    }
    /// An index, by weight.
    template <class Range, class Weight>
    std::size_t pick_weighted(const Range& range, Weight weight) {
        double sum = 0;
        for (const auto& item : range) sum += weight(item);
        double left = static_cast<double>(bits() >> 11) * 0x1p-53 * sum;
        std::size_t i = 0;
        for (; i + 1 < std::size(range); ++i)
            if ((left -= weight(std::data(range)[i])) < 0) break;
        return i;
    }

  private:
    std::uint64_t state_;
};

/// FNV-1a: the same on every platform; decides what is held out.
constexpr std::uint64_t hash(std::string_view text, std::uint64_t seed = 0) {
    std::uint64_t h = 0xcbf29ce484222325u ^ (seed * 0x9e3779b97f4a7c15u);
    for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return h ^ (h >> 29);
}

}  // namespace tessera::engine::world
