#include "run/backend.hpp"

#include "core/error.hpp"
#include "loading/weight_files.hpp"
#include "run/cuda/cuda_backend.hpp"

namespace tessera::engine {
namespace {

struct opened_backend {
    std::unique_ptr<const backend> computes;
    std::string failure;
};

const opened_backend& cuda_backend() {
    static const opened_backend opened = []() -> opened_backend {
        try {
            return {cuda::make_backend(cuda::open_library()), {}};
        } catch (const engine_error& e) {
            return {nullptr, e.what()};
        }
    }();
    return opened;
}

}  // namespace

chosen_backend choose_backend(backend_kind wanted) {
    if (wanted == backend_kind::cpu) return {&cpu_backend(), {}};
    const auto& gpu = cuda_backend();
    if (gpu.computes) return {gpu.computes.get(), {}};
    if (wanted == backend_kind::cuda)
        throw engine_error(error_code::device, "CUDA cannot be used: " + gpu.failure);
    return {&cpu_backend(), gpu.failure};
}

std::shared_ptr<const loaded_model> load_model(const std::filesystem::path& folder,
                                               const load_options& options, const backend& device) {
    return device.load(load_config(folder),
                       std::make_shared<const weight_files>(weight_files::open(folder)), options);
}

}  // namespace tessera::engine
