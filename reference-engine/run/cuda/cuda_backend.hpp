#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backend/cuda/kernels.hpp"
#include "run/backend.hpp"
#include "run/cuda/device.hpp"

namespace tessera::engine::cuda {

/// The first device that a table has. The table outlives it, and what it loads. Throws engine_error
/// device: there is no driver, an old one, no device, or none that the table knows how to use; the
/// message says what to do.
std::unique_ptr<backend> make_backend(const library&);
/// What a backend that was made so computes on; null: it is another one.
std::shared_ptr<device> device_of(const backend&);

/// Where the shared library may be, in the order in which it is looked for: what TESSERA_CUDA_LIBRARY
/// names, and nothing else then; beside the program, and in lib/ beside its folder; where the loader
/// looks.
std::vector<std::filesystem::path> library_places();
/// Opens the shared library and keeps it open. Throws engine_error device if it is not there, or
/// of another version.
const library& open_library();

}  // namespace tessera::engine::cuda
