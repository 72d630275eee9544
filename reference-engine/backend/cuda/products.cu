// Which kernel computes a product. In the default mode all of them give a row the same bits.

#include "backend/cuda/launchers.hpp"
#include "backend/cuda/layout.hpp"
#include "backend/cuda/products.hpp"

namespace tessera::engine::cuda {

status launch_multiply(const product& p, stream to) {
    if (p.rows == 0 || p.weights.outer == 0) return 0;
    if (p.weights.type == element::f32)
        return p.rows <= few_rows_f32 ? multiply_few_rows(p, to) : multiply_tiles_f32(p, to);
    return p.rows <= few_rows ? multiply_few_rows(p, to) : multiply_tiles(p, to);
}

}  // namespace tessera::engine::cuda
