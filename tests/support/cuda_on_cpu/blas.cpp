#include "backend/cuda/products.hpp"
#include "core/bf16.hpp"

namespace tessera::engine::cuda {
namespace {

// Row blockIdx.x, a thread a column.
void multiply_plainly(training_product p) {
    wait_for_previous();
    const std::ptrdiff_t row = blockIdx.x;
    const std::ptrdiff_t column = blockIdx.y * blockDim.x + threadIdx.x;
    if (column >= p.columns) return;
    const auto number = [](const void* data, bool turned, std::ptrdiff_t stride,
                           std::ptrdiff_t outer, std::ptrdiff_t k) {
        return to_float(
            static_cast<const bf16*>(data)[turned ? k * stride + outer : outer * stride + k]);
    };
    float sum = 0;
    for (int k = 0; k < p.inner; ++k)
        sum += number(p.a, p.a_turned, p.a_stride, row, k) *
               number(p.b, p.b_turned, p.b_stride, column, k);
    const std::ptrdiff_t at = row * p.output_stride + column;
    sum *= p.factor;
    if (p.before != nullptr) sum += p.before[at];
    p.output.exact[at] = sum + (p.bias != nullptr ? p.bias[column] : 0);
}

}  // namespace

status ask_library(const training_product& p, stream to) {
    constexpr unsigned threads = 64;
    const auto columns = static_cast<unsigned>(p.columns);
    return launch(multiply_plainly,
                  dim3(static_cast<unsigned>(p.rows), (columns + threads - 1) / threads),
                  dim3(threads), 0, to, p);
}

}  // namespace tessera::engine::cuda
