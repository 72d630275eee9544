#pragma once

#include <cstddef>
#include <string>

#include "backend/cuda/kernels.hpp"
#include "cuda_on_cpu/machine.hpp"

namespace tessera::cuda_on_cpu {

/// The table of CUDA's backend, with kernels that run on this processor. What streams are asked for
/// is done when somebody waits for it, or at any time before.
const engine::cuda::library& library();

/// The order of threads from now on, and whether streams do at once what they are asked for.
void use_order(const order&, bool at_once = false);
/// What was wrong first since the last reset(), with its place; empty: nothing.
std::string first_fault();
/// Of the device; allocate() says that there is no more memory. All of it by default.
void use_memory(std::size_t bytes);
std::size_t allocated_memory();

}  // namespace tessera::cuda_on_cpu
