// Which kernel computes a product. All of them give a row the same bits, but for a library's.

#include "backend/cuda/launchers.hpp"
#include "backend/cuda/layout.hpp"
#include "backend/cuda/products.hpp"

namespace tessera::engine::cuda {

status launch_multiply(const product& p, stream to) {
    if (p.rows == 0 || p.weights.outer == 0) return 0;
    if (p.weights.type == element::f32)
        return p.rows <= few_rows_f32 ? multiply_few_rows(p, to) : multiply_tiles_f32(p, to);
    if (!p.invariant && p.weights.plain != nullptr &&
        by_library(p.weights.type, p.weights.outer, p.rows)) {
        const status result = multiply_by_library(p, to);
        if (result != no_library) return result;
    }
    return p.rows <= few_rows ? multiply_few_rows(p, to) : multiply_tiles(p, to);
}

}  // namespace tessera::engine::cuda
