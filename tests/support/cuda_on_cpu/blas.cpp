#include "backend/cuda/products.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cuda {
namespace {

// Row blockIdx.x, a thread a feature.
void multiply_plainly(library_product p) {
    wait_for_previous();
    const int feature = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
    if (feature >= p.outer) return;
    const auto* weights =
        reinterpret_cast<const bf16*>(p.weights) + std::ptrdiff_t{feature} * p.inner;
    const auto* input = reinterpret_cast<const bf16*>(p.input) + blockIdx.x * p.input_stride;
    float sum = 0;
    for (int k = 0; k < p.inner; ++k) sum += to_float(weights[k]) * to_float(input[k]);
    p.output[std::ptrdiff_t{blockIdx.x} * p.outer + feature] = sum;
}

}  // namespace

status ask_library(const library_product& p, stream to) {
    constexpr unsigned threads = 64;
    const auto outer = static_cast<unsigned>(p.outer);
    return launch(multiply_plainly,
                  dim3(static_cast<unsigned>(p.rows), (outer + threads - 1) / threads),
                  dim3(threads), 0, to, p);
}

}  // namespace tessera::engine::cuda
