#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tessera {

/// Random numbers for jitter and identifiers, not for keys. The base class draws from one
/// process-wide generator and is thread-safe; tests derive and say what comes.
struct random_source {
    virtual ~random_source() = default;

    /// Uniform in [0, 1), a multiple of 2^-53.
    virtual double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

    /// 64 uniform bits.
    virtual std::uint64_t bits() {
        // SplitMix64 (Steele, Lea and Flood 2014): a counter with an output hash.
        static std::atomic<std::uint64_t> state = seed();
        constexpr std::uint64_t gamma = 0x9e3779b97f4a7c15;
        std::uint64_t z = state.fetch_add(gamma, std::memory_order_relaxed) + gamma;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// That of the process.
    static random_source& system() {
        static random_source instance;
        return instance;
    }

  private:
    static std::uint64_t seed() {
        // Both clocks and where the process lies: std::random_device takes longer to compile than
        // all the rest of core/, and what is drawn here keeps no secret.
        const auto wall = std::chrono::system_clock::now().time_since_epoch().count();
        const auto running = std::chrono::steady_clock::now().time_since_epoch().count();
        const auto place = reinterpret_cast<std::uintptr_t>(&running);
        return static_cast<std::uint64_t>(wall) * 0x9e3779b97f4a7c15 ^
               static_cast<std::uint64_t>(running) * 0xbf58476d1ce4e5b9 ^ std::uint64_t{place};
    }
};

}  // namespace tessera
