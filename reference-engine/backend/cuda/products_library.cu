// Products by a library: what they need before and after it.
//
// Bytes: beside the product's own, 4 bytes a sum written and read again, of which the second cache
// holds a part: at 1,024 rows of 4,096 numbers about a tenth of the product's time.

#include "backend/cuda/finish.hpp"
#include "backend/cuda/launchers.hpp"
#include "backend/cuda/products.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int threads = 256;
constexpr int pairs_of_block = 4 * threads;

__global__ void __launch_bounds__(threads) unpack_rows(unpack u) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    const int words = steps_of(u.from.type, u.from.inner) * (step_bytes / 4);
    auto* to = reinterpret_cast<std::uint32_t*>(u.to) + static_cast<std::ptrdiff_t>(row) * words;
    for (int word = static_cast<int>(threadIdx.x); word < words; word += threads)
        to[word] = *reinterpret_cast<const std::uint32_t*>(
            u.from.weights + word_place(u.from.type, u.from.inner, row, word));
}

// Takes sums [row][outer] to where the product's go.
__global__ void __launch_bounds__(threads) finish_rows(product p, const float* sums) {
    release_next();
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= rows_of(p.count, p.rows)) return;
    const int outer = p.weights.outer;
    const float factor = norm_factor(p.before, p.weights.inner, row);
    const float* from = sums + static_cast<std::ptrdiff_t>(row) * outer;
    const int first = static_cast<int>(blockIdx.y) * pairs_of_block;
    for (int i = first + static_cast<int>(threadIdx.x); i < first + pairs_of_block; i += threads) {
        const int feature = 2 * i;
        finish<1>(p, row, true, feature, feature < outer ? from[feature] : 0.0F,
                  feature + 1 < outer ? from[feature + 1] : 0.0F, factor);
    }
}

}  // namespace

status launch_unpack(const unpack& u, stream to) {
    if (u.from.outer == 0) return 0;
    return launch(unpack_rows, dim3(static_cast<unsigned>(u.from.outer)), dim3(threads), 0, to, u);
}

status multiply_by_library(const product& p, stream to) {
    const auto& w = p.weights;
    float* const workspace = p.scratch + tile_counters;
    float* const sums = workspace + library_workspace / sizeof(float);
    training_product sum;
    sum.factors = element::bf16;
    sum.rows = p.rows;
    sum.columns = w.outer;
    sum.inner = steps_of(w.type, w.inner) * step_numbers(w.type);
    sum.a = p.input.data;
    sum.a_stride = p.input.stride / size_of(p.input.type);
    sum.b = w.plain;
    sum.b_stride = sum.inner;
    sum.output = {.exact = sums};
    sum.output_stride = w.outer;
    sum.scratch = workspace;
    const status result = ask_library(sum, to);
    if (result != 0) return result;
    const dim3 grid(static_cast<unsigned>(p.rows),
                    static_cast<unsigned>(ceil_div(w.outer, 2 * pairs_of_block)));
    return launch(finish_rows, grid, dim3(threads), 0, to, p, static_cast<const float*>(sums));
}

}  // namespace tessera::engine::cuda
