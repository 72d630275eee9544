#include "backend/cuda/cached.hpp"
#include "backend/cuda/finish.hpp"
#include "backend/cuda/launchers.hpp"
#include "backend/cuda/quantise.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int threads = 256;

// One block a row. Reads 8 bytes and writes 2 to 4 a number (the second read hits the cache).
__global__ void __launch_bounds__(threads) normalise_rows(normalise n) {
    wait_for_previous();
    release_next();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= rows_of(n.count, n.rows)) return;
    const float* x = n.x + (n.from ? n.from[row] : row) * n.x_stride;
    float squares = 0;
    for (int i = static_cast<int>(threadIdx.x); i < n.size; i += threads)
        squares = fmaf(x[i], x[i], squares);
    const float mean = block_sum(squares) / static_cast<float>(n.size);
    const float inverse = 1 / sqrtf(mean + n.eps);
    const auto normal = [&](int i) { return x[i] * inverse * n.weight[i]; };
    if (n.output.type == element::i8) {
        std::byte* to = n.output.data + row * n.output.stride;
        for (int block = static_cast<int>(threadIdx.x) / 32; block < blocks_of(n.size);
             block += threads / 32)
            store_block(to, n.size, block, normal);
        return;
    }
    for (int i = static_cast<int>(threadIdx.x); i < n.size; i += threads)
        store_input(n.output, row, i, normal(i));
}

// A thread a number: reads 8 bytes, writes 2 or 4.
__global__ void __launch_bounds__(threads) gate_rows(gate g) {
    wait_for_previous();
    release_next();
    const int row = static_cast<int>(blockIdx.x);
    const int i = static_cast<int>(blockIdx.y * threads + threadIdx.x);
    if (row >= rows_of(g.count, g.rows) || i >= g.size) return;
    const float* pair = g.gate_up + row * g.gate_up_stride + 2 * i;
    store_input(g.output, row, i, gated_value(pair[0], pair[1]));
}

__global__ void __launch_bounds__(threads) keep_rows(keep k) {
    wait_for_previous();
    release_next();
    const int output = static_cast<int>(blockIdx.x);
    if (output >= k.plan.counts->outputs) return;
    const int row = k.plan.output_rows != nullptr ? k.plan.output_rows[output] : output;
    const int slot = k.plan.output_slots != nullptr ? k.plan.output_slots[output] : output;
    const float* from = k.state + row * k.state_stride;
    float* to = k.slots + slot * k.slot_stride;
    for (int i = static_cast<int>(threadIdx.x); i < k.hidden; i += threads) to[i] = from[i];
}

// One block a row: reads and writes a query once, reads a key and a value and writes them to the
// cache.
__global__ void __launch_bounds__(threads) rotate_and_store_rows(rotate_and_store r) {
    wait_for_previous();
    release_next();
    const int row = static_cast<int>(blockIdx.x);
    if (row >= r.plan.counts->rows) return;
    const int half = r.head_dim / 2;
    const int width = cache_width(r.head_dim);
    const int position = r.plan.positions[row];
    const float* angles = r.angles + std::ptrdiff_t{position} * r.head_dim;
    float* query = r.heads_data + row * r.heads_stride;
    const float* key = query + r.heads * r.head_dim;
    const float* value = key + r.kv_heads * r.head_dim;
    for (int i = static_cast<int>(threadIdx.x); i < r.heads * half; i += threads) {
        float* head = query + i / half * r.head_dim;
        const float low = turned(head, angles, half, i % half);
        const float high = turned(head, angles, half, i % half + half);
        head[i % half] = low;
        head[i % half + half] = high;
    }
    const int block =
        r.plan.block_tables[r.plan.sequences[row] * r.plan.block_table_stride + position / 16];
    for (int i = static_cast<int>(threadIdx.x); i < r.kv_heads * width; i += threads) {
        const int head = i / width;
        store_key_value(r.cache, key_place(r.cache, r.layer, head, block, position, width),
                        key + head * r.head_dim, value + head * r.head_dim, angles, r.head_dim,
                        i % width);
    }
}

}  // namespace

status launch_normalise(const normalise& n, stream to) {
    if (n.rows == 0) return 0;
    return launch(normalise_rows, static_cast<unsigned>(n.rows), threads, 0, to, n);
}

status launch_gate(const gate& g, stream to) {
    if (g.rows == 0) return 0;
    const dim3 grid(static_cast<unsigned>(g.rows),
                    static_cast<unsigned>((g.size + threads - 1) / threads));
    return launch(gate_rows, grid, threads, 0, to, g);
}

status launch_keep(const keep& k, stream to) {
    if (k.outputs == 0) return 0;
    return launch(keep_rows, static_cast<unsigned>(k.outputs), threads, 0, to, k);
}

status launch_rotate_and_store(const rotate_and_store& r, stream to) {
    if (r.rows == 0) return 0;
    return launch(rotate_and_store_rows, static_cast<unsigned>(r.rows), threads, 0, to, r);
}

}  // namespace tessera::engine::cuda
