#include "backend/cuda/attention.hpp"
#include "backend/cuda/launchers.hpp"

namespace tessera::engine::cuda {

status launch_attend(const attention& a, stream to) {
    if (a.tasks == 0) return 0;
    const attention_shape shape{a.heads, a.kv_heads, a.head_dim};
    const dim3 grid(static_cast<unsigned>(a.tasks), static_cast<unsigned>(blocks_of_task(shape)));
    return a.cache.type == element::bf16 ? attend_bf16(a, grid, to) : attend_f32(a, grid, to);
}

}  // namespace tessera::engine::cuda
