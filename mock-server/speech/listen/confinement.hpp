#pragma once
#include <cstdint>

namespace tessera::listen {

struct bounds {
    std::uint64_t memory_bytes = std::uint64_t{2} << 30;  // of address space
    std::uint64_t cpu_seconds = 1800;
};

/// From now on the process is refused more memory, killed when its time is over, and leaves no core.
/// Throws std::runtime_error where the system does not do that.
void limit(const bounds& to);

/// From now on the process computes, has memory, reads and writes what is open, and ends. Everything
/// else fails with EPERM: files, sockets, programs, other processes, its own limits. Throws
/// std::runtime_error where the system does not do that.
void seal();

}  // namespace tessera::listen
