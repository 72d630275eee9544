#include "backend/cuda/device.hpp"
#include "backend/cuda/train_kernels.hpp"

namespace tessera::engine::cuda {
namespace {

constexpr int rows_a_block = 8;  // where a warp does a row

__device__ std::ptrdiff_t own_index() {
    return std::ptrdiff_t(blockIdx.x) * blockDim.x + threadIdx.x;
}
// Of kernels that have a block for a row and some of its columns.
__device__ std::ptrdiff_t block_row() { return std::ptrdiff_t(blockIdx.x); }
__device__ int block_column() { return static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x); }

__device__ int own_row() { return static_cast<int>(blockIdx.x * rows_a_block + threadIdx.x / 32); }
__device__ int own_lane() { return static_cast<int>(threadIdx.x % 32); }

__global__ void training_round_kernel(training_round r) {
    wait_for_previous();
    const std::ptrdiff_t i = own_index();
    if (i < r.size) r.output[i] = to_bf16(r.from[i]);
}

__global__ void training_embed_kernel(training_embed e) {
    wait_for_previous();
    const int column = block_column();
    if (column >= e.width) return;
    const std::ptrdiff_t from = std::ptrdiff_t(e.tokens[block_row()]) * e.width + column;
    e.output[block_row() * e.width + column] =
        e.type == element::f32 ? static_cast<const float*>(e.table)[from]
                               : to_float(static_cast<const bf16*>(e.table)[from]);
}

// A block a token and stretch of the width.
__global__ void training_embed_backward_kernel(training_embed_backward e) {
    wait_for_previous();
    const int column = static_cast<int>(blockIdx.y * blockDim.x + threadIdx.x);
    if (column >= e.width) return;
    float sum = 0;
    for (int i = e.first[blockIdx.x]; i < e.first[blockIdx.x + 1]; ++i)
        sum += e.from[std::ptrdiff_t(e.rows[i]) * e.width + column];
    e.gradient[std::ptrdiff_t(e.ids[blockIdx.x]) * e.width + column] += sum;
}

__global__ void training_pick_kernel(training_pick p) {
    wait_for_previous();
    const int column = block_column();
    if (column >= p.width) return;
    const int row = p.rows_of[block_row()];
    put(p.output, block_row() * p.width + column,
        row < 0 ? 0 : p.from[std::ptrdiff_t(row) * p.width + column]);
}

__global__ void training_norm_kernel(training_norm n) {
    wait_for_previous();
    const int row = own_row();
    if (row >= n.rows) return;
    const float* const x = n.x + std::ptrdiff_t(row) * n.size;
    float squares = 0;
    for (int i = own_lane(); i < n.size; i += 32) squares += x[i] * x[i];
    const float inverse = 1 / sqrtf(warp_sum(squares) / static_cast<float>(n.size) + n.eps);
    for (int i = own_lane(); i < n.size; i += 32)
        put(n.output, std::ptrdiff_t(row) * n.size + i, x[i] * inverse * n.weight[i]);
    if (own_lane() == 0) n.inverse[row] = inverse;
}

__global__ void training_norm_backward_kernel(training_norm_backward n) {
    wait_for_previous();
    const int row = own_row();
    if (row >= n.rows) return;
    const std::ptrdiff_t at = std::ptrdiff_t(row) * n.size;
    const float* const x = n.x + at;
    const float* const dy = n.doutput + at;
    float along = 0;
    for (int i = own_lane(); i < n.size; i += 32) along += dy[i] * n.weight[i] * x[i];
    const float inverse = n.inverse[row];
    const float pull = warp_sum(along) * inverse * inverse / static_cast<float>(n.size);
    for (int i = own_lane(); i < n.size; i += 32) {
        const float dx = n.dx[at + i] + inverse * (dy[i] * n.weight[i] - pull * x[i]);
        put({n.dx, n.rounded}, at + i, dx);
    }
}

// A block some rows and columns.
__global__ void training_column_parts_kernel(training_column_sums c) {
    wait_for_previous();
    const int column = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    if (column >= c.columns) return;
    const int first = static_cast<int>(blockIdx.y) * column_sum_rows;
    const int last = min(c.rows, first + column_sum_rows);
    float sum = 0;
    for (int row = first; row < last; ++row) {
        float x = c.x[row * c.x_stride + column];
        if (c.with) x *= c.with[row * c.with_stride + column] * c.factors[row];
        sum += x;
    }
    c.scratch[std::ptrdiff_t(blockIdx.y) * c.columns + column] = sum;
}

__global__ void training_column_sums_kernel(training_column_sums c) {
    wait_for_previous();
    const std::ptrdiff_t column = own_index();
    if (column >= c.columns) return;
    float sum = 0;
    for (int part = 0; part < column_sum_parts(c.rows); ++part)
        sum += c.scratch[std::ptrdiff_t(part) * c.columns + column];
    c.sums[column] += sum;
}

__global__ void training_rotate_kernel(training_rotate r) {
    wait_for_previous();
    const std::ptrdiff_t row = block_row();
    const int pairs = r.heads * r.half;
    if (block_column() >= pairs) return;
    const int head = block_column() / r.half;
    const int pair = block_column() % r.half;
    const std::ptrdiff_t at = 2 * (row * pairs + head * r.half) + pair;
    float one = r.x[at];
    float other = r.x[at + r.half];
    if (head < r.turned) {
        const float* const angles = r.angles + std::ptrdiff_t(r.positions[row]) * 2 * r.half;
        const float cosine = angles[pair];
        const float sine = r.direction * angles[r.half + pair];
        const float x = one;
        one = x * cosine - other * sine;
        other = x * sine + other * cosine;
    }
    put(r.output, at, one);
    put(r.output, at + r.half, other);
}

__device__ float sigmoid(float x) { return 1 / (1 + expf(-x)); }

__global__ void training_gate_kernel(training_gate g) {
    wait_for_previous();
    const int column = block_column();
    if (column >= g.size) return;
    const float* const row = g.gate_up + block_row() * 2 * g.size;
    const float gate = row[column];
    put(g.output, block_row() * g.size + column, gate * sigmoid(gate) * row[g.size + column]);
}

__global__ void training_gate_backward_kernel(training_gate_backward g) {
    wait_for_previous();
    const int column = block_column();
    if (column >= g.size) return;
    const std::ptrdiff_t at = block_row() * 2 * g.size + column;
    const float gate = g.gate_up[at];
    const float up = g.gate_up[at + g.size];
    const float of_gate = sigmoid(gate);
    const float doutput = g.doutput[block_row() * g.size + column];
    put(g.dgate_up, at, doutput * up * of_gate * (1 + gate * (1 - of_gate)));
    put(g.dgate_up, at + g.size, doutput * gate * of_gate);
}

// The largest and the sum of the numbers that threads bring, the same in all of them.
template <class F>
__device__ float over_block(float own, F combine) {
    TESSERA_SHARED(float, of_warps, [element_threads / 32]);
    for (int step = 16; step > 0; step /= 2)
        own = combine(own, __shfl_xor_sync(0xffffffffU, own, step));
    if (own_lane() == 0) of_warps[threadIdx.x / 32] = own;
    __syncthreads();
    own = of_warps[0];
    for (int i = 1; i < element_threads / 32; ++i) own = combine(own, of_warps[i]);
    __syncthreads();
    return own;
}
struct larger {
    // NaN stays, so that it reaches the gradient's norm.
    __device__ float operator()(float a, float b) const { return a > b || a != a ? a : b; }
};
struct added {
    __device__ float operator()(float a, float b) const { return a + b; }
};

__global__ void training_predict_kernel(training_predict p) {
    wait_for_previous();
    const int row = static_cast<int>(blockIdx.x);
    const float* const logits = p.logits + std::ptrdiff_t(row) * p.vocabulary;
    float top = logits[0];
    for (int i = threadIdx.x; i < p.vocabulary; i += element_threads)
        top = larger()(logits[i], top);
    top = over_block(top, larger());
    float sum = 0;
    for (int i = threadIdx.x; i < p.vocabulary; i += element_threads) sum += expf(logits[i] - top);
    sum = over_block(sum, added());
    if (threadIdx.x != 0) return;
    const float log_sum = logf(sum);
    p.log_sums[row] = top + log_sum;
    p.log_probabilities[row] = logits[p.targets[row]] - top - log_sum;
}

__global__ void training_predict_backward_kernel(training_predict_backward p) {
    wait_for_previous();
    const int column = block_column();
    if (column >= p.vocabulary) return;
    const std::ptrdiff_t row = block_row();
    const std::ptrdiff_t at = row * p.vocabulary + column;
    const float probability = expf(p.logits[at] - p.log_sums[row]);
    const bool target = column == p.targets[row];
    put(p.dlogits, at, p.weights[row] * (probability - (target ? 1.0F : 0.0F)));
}

__global__ void training_squares_kernel(training_squares s) {
    TESSERA_SHARED(double, of_threads, [element_threads]);
    wait_for_previous();
    const training_stretch stretch = s.stretches[blockIdx.x];
    const float* const gradients = s.gradients + stretch.offset;
    double sum = 0;
    for (int i = threadIdx.x; i < stretch.size; i += element_threads)
        sum += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
    of_threads[threadIdx.x] = sum;
    for (int step = element_threads / 2; step > 0; step /= 2) {
        __syncthreads();
        if (static_cast<int>(threadIdx.x) < step)
            of_threads[threadIdx.x] += of_threads[threadIdx.x + step];
    }
    if (threadIdx.x == 0) s.sums[blockIdx.x] = of_threads[0];
}

__global__ void training_adamw_kernel(training_adamw a) {
    wait_for_previous();
    const training_stretch stretch = a.stretches[blockIdx.x];
    const float decay = stretch.decays ? a.decay : 0;
    for (int i = threadIdx.x; i < stretch.size; i += element_threads) {
        const std::ptrdiff_t at = stretch.offset + i;
        const float gradient = a.gradients[at] * a.clip;
        const float first = a.beta1 * a.first[at] + (1 - a.beta1) * gradient;
        const float second = a.beta2 * a.second[at] + (1 - a.beta2) * gradient * gradient;
        const float weight = a.weights[at];
        const float move = a.rate * first / (sqrtf(second) + a.epsilon);
        a.first[at] = first;
        a.second[at] = second;
        put({a.weights, a.rounded}, at, weight - (weight * decay + move));
    }
}

// A thread a number of a row.
template <class Arguments>
status launch_columns(void (*kernel)(Arguments), int rows, int columns, stream on,
                      const Arguments& arguments) {
    if (rows == 0 || columns == 0) return 0;
    const dim3 grid(static_cast<unsigned>(rows), blocks_of(columns, element_threads));
    return launch(kernel, grid, element_threads, 0, on, arguments);
}
// A thread a number.
template <class Arguments>
status launch_numbers(void (*kernel)(Arguments), std::ptrdiff_t count, stream on,
                      const Arguments& arguments) {
    if (count == 0) return 0;
    return launch(kernel, blocks_of(count, element_threads), element_threads, 0, on, arguments);
}
// A warp a row.
template <class Arguments>
status launch_rows(void (*kernel)(Arguments), int rows, stream on, const Arguments& arguments) {
    if (rows == 0) return 0;
    return launch(kernel, blocks_of(rows, rows_a_block), 32 * rows_a_block, 0, on, arguments);
}
// A block each.
template <class Arguments>
status launch_blocks(void (*kernel)(Arguments), int count, stream on, const Arguments& arguments) {
    if (count == 0) return 0;
    return launch(kernel, static_cast<unsigned>(count), element_threads, 0, on, arguments);
}

}  // namespace

status launch_training_round(const training_round& r, stream on) {
    return launch_numbers(training_round_kernel, r.size, on, r);
}
status launch_training_embed(const training_embed& e, stream on) {
    return launch_columns(training_embed_kernel, e.rows, e.width, on, e);
}
status launch_training_embed_backward(const training_embed_backward& e, stream on) {
    if (e.tokens == 0) return 0;
    const dim3 grid(static_cast<unsigned>(e.tokens), blocks_of(e.width, element_threads));
    return launch(training_embed_backward_kernel, grid, element_threads, 0, on, e);
}
status launch_training_pick(const training_pick& p, stream on) {
    return launch_columns(training_pick_kernel, p.rows, p.width, on, p);
}
status launch_training_norm(const training_norm& n, stream on) {
    return launch_rows(training_norm_kernel, n.rows, on, n);
}
status launch_training_norm_backward(const training_norm_backward& n, stream on) {
    return launch_rows(training_norm_backward_kernel, n.rows, on, n);
}
status launch_training_column_sums(const training_column_sums& c, stream on) {
    if (c.rows == 0) return 0;
    const dim3 grid(blocks_of(c.columns, element_threads),
                    static_cast<unsigned>(column_sum_parts(c.rows)));
    const status failed = launch(training_column_parts_kernel, grid, element_threads, 0, on, c);
    if (failed) return failed;
    return launch_numbers(training_column_sums_kernel, c.columns, on, c);
}
status launch_training_rotate(const training_rotate& r, stream on) {
    return launch_columns(training_rotate_kernel, r.rows, r.heads * r.half, on, r);
}
status launch_training_gate(const training_gate& g, stream on) {
    return launch_columns(training_gate_kernel, g.rows, g.size, on, g);
}
status launch_training_gate_backward(const training_gate_backward& g, stream on) {
    return launch_columns(training_gate_backward_kernel, g.rows, g.size, on, g);
}
status launch_training_predict(const training_predict& p, stream on) {
    return launch_blocks(training_predict_kernel, p.rows, on, p);
}
status launch_training_predict_backward(const training_predict_backward& p, stream on) {
    return launch_columns(training_predict_backward_kernel, p.rows, p.vocabulary, on, p);
}
status launch_training_squares(const training_squares& s, stream on) {
    return launch_blocks(training_squares_kernel, s.count, on, s);
}
status launch_training_adamw(const training_adamw& a, stream on) {
    return launch_blocks(training_adamw_kernel, a.count, on, a);
}

const training_library& training_launchers() {
    static constexpr training_library table{launch_training_product,
                                            launch_training_round,
                                            launch_training_embed,
                                            launch_training_embed_backward,
                                            launch_training_pick,
                                            launch_training_norm,
                                            launch_training_norm_backward,
                                            launch_training_column_sums,
                                            launch_training_rotate,
                                            launch_training_attend,
                                            launch_training_attend_backward,
                                            launch_training_gate,
                                            launch_training_gate_backward,
                                            launch_training_predict,
                                            launch_training_predict_backward,
                                            launch_training_squares,
                                            launch_training_adamw};
    return table;
}

}  // namespace tessera::engine::cuda
