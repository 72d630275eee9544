#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tessera::cuda_on_cpu {

/// Requests of warps that one line of a kernel has made.
struct line_counts {
    std::uint64_t sectors = 0;        // of 32 bytes of global memory
    std::uint64_t least_sectors = 0;  // for as many bytes
    std::uint64_t cycles = 0;         // of the banks of shared memory
    std::uint64_t least_cycles = 0;   // without conflicts
};

/// A kernel with so many threads a block.
struct kernel_launch {
    std::string kernel;
    unsigned threads = 0;
    std::size_t shared = 0;  // dynamic, at most
};

/// Since the program began.
std::vector<kernel_launch> kernel_launches();
/// By "file:line" of kernels; since the program began.
std::map<std::string, line_counts> counted_lines();

}  // namespace tessera::cuda_on_cpu
