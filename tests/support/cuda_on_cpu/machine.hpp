#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>

#include "cuda_on_cpu/vectors.hpp"

inline uint3 threadIdx;
inline uint3 blockIdx;
inline dim3 blockDim;
inline dim3 gridDim;
inline constexpr int warpSize = 32;

namespace tessera::cuda_on_cpu {

using place = std::source_location;

inline constexpr int most_shared = 227 * 1024;  // bytes of a block

/// How threads are interleaved: every run with one of these is the same.
struct order {
    std::uint64_t seed = 1;   // of ranks of warps
    bool reversed = false;    // lanes of a warp from the last to the first
    int resident_blocks = 3;  // at once
};

struct launch {
    std::function<void()> kernel;  // what each thread does
    const void* entry = nullptr;   // the kernel's function
    dim3 grid;
    dim3 block;
    std::size_t shared = 0;  // bytes, dynamic
    bool overlaps = false;   // may begin before the kernel before it has ended
    place at;                // of the launch
};

/// Who the running thread is.
struct whereabouts {
    std::uint64_t block = 0;  // of the launch, in the order in which they begin
    unsigned thread = 0;      // of the block
    unsigned threads = 0;     // the block has
    std::uint32_t live = 0;   // lanes of its warp
    bool waited = false;      // for the kernel before
};

/// Sees what threads do, for the race checker. Calls are made by the running thread.
class observer {
  public:
    observer() = default;
    observer(const observer&) = delete;
    observer& operator=(const observer&) = delete;
    virtual ~observer() = default;
    virtual void grid_begins(const launch&) = 0;
    virtual void block_ends() = 0;
    /// The stream has been waited for, or memory was freed.
    virtual void forget() = 0;
    virtual void shared_memory_begins(const std::byte*, std::size_t) = 0;
    virtual void access(const void*, std::size_t, bool writes, place) = 0;
    virtual void atomic(const void*, std::size_t, place) = 0;
    virtual void fence() = 0;
    virtual void barrier() = 0;
    /// All lanes of the mask are here.
    virtual void meet(std::uint32_t mask, bool orders_memory) = 0;
};
inline observer* watching = nullptr;
bool is_running();
whereabouts here();

/// Runs all blocks, one launch at a time. Returns what was wrong, with its place; empty: nothing.
/// After a fault the rest of the grid has not run.
std::string run(const launch&, const order&);

// What kernels call, through device.hpp.

/// Ends the grid with a fault of the running thread.
[[noreturn]] void fault(const char* what, place);
[[noreturn]] void fault(const std::string& what);
/// Index of the running thread in its warp.
unsigned lane();
/// All lanes of `mask` come here; the last calls `resolve` with the slot of each, and all go on. Only
/// who is in the same of those that order memory sees what others wrote before.
using resolver = void (*)(void* const (&slots)[32], std::uint32_t mask);
void meet(std::uint32_t mask, void* slot, resolver, place, bool orders_memory = false);
/// An access that the compiler does not show to the observer.
inline void touch(const void* p, std::size_t bytes, bool writes, place at) {
    if (watching != nullptr) watching->access(p, bytes, writes, at);
}
/// All threads of the block come here. Returns how many came with `vote`.
unsigned barrier(bool vote, place);
/// Lets others run. Atomics do it at times, so what spins must spin on them.
void yield(place);
void yield_at_times(place);
/// Memory of the block for the declaration that `key` stands for.
std::byte* shared_memory(const void* key, std::size_t bytes);
/// The launch's.
std::byte* dynamic_shared_memory();
void wait_for_previous();

void copy_later(void* to, const void* from, std::size_t bytes, std::size_t zeros, place);
void commit_copies();
/// Until at most `groups` of this thread's are under way.
void wait_for_copies(std::size_t groups);

}  // namespace tessera::cuda_on_cpu
