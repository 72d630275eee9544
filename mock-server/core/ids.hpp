#pragma once
// Random numbers and identifiers of one server; repeatable where it was given a seed.
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tessera::server {

/// A well-mixed function of one number (SplitMix64's finaliser, Steele et al. 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

constexpr void append_hex(std::string& out, std::uint64_t number, int digits = 16) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        out += "0123456789abcdef"[number >> shift & 15];
}

/// FNV-1a; goes on from an earlier hash.
constexpr std::uint64_t hash_of(std::string_view bytes,
                                std::uint64_t before = 0xcbf29ce484222325U) {
    for (const char each : bytes)
        before = (before ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
    return before;
}

/// Thread-safe.
class id_source {
  public:
    explicit id_source(std::uint64_t seed) : seed_(mix(seed)) {}

    std::uint64_t bits() { return mix(seed_ + counter_.fetch_add(1, std::memory_order_relaxed)); }
    /// The prefix and 24 hexadecimal digits.
    std::string make(std::string_view prefix) {
        std::string id(prefix);
        const std::uint64_t number = bits();
        append_hex(id, number);
        append_hex(id, mix(number ^ seed_), 8);
        return id;
    }

  private:
    const std::uint64_t seed_;
    std::atomic<std::uint64_t> counter_{0};
};

}  // namespace tessera::server
