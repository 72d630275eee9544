#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tessera::cuda_on_cpu {

/// Requests of warps that one line of a kernel has made.
struct line_counts {
    std::uint64_t requests = 0;
    std::uint64_t sectors = 0;        // of 32 bytes of global memory
    std::uint64_t least_sectors = 0;  // for as many bytes
    std::uint64_t cycles = 0;         // of the banks of shared memory
    std::uint64_t least_cycles = 0;   // without conflicts
};

/// By "file:line" of kernels; since the program began.
std::map<std::string, line_counts> counted_lines();

}  // namespace tessera::cuda_on_cpu
