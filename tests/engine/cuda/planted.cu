#include "engine/cuda/planted.hpp"

#include "backend/cuda/ptx.hpp"

namespace tessera::engine::cuda {

namespace {

__global__ void turn(const float* x, float* y, int rows, int size, planted p) {
    float* row_of = dynamic_shared<float>();
    const int i = static_cast<int>(threadIdx.x);
    if (p == planted::exit_before_waiting && i == 3) return;
    if (p == planted::reads_before_waiting && x[i] > 1e30F) return;
    if (p == planted::writes_before_waiting) y[i] = 0;
    if (p != planted::no_wait_for_previous) wait_for_previous();
    for (int row = static_cast<int>(blockIdx.x); row < rows; row += static_cast<int>(gridDim.x)) {
        if (p == planted::row_left_out && row == rows - 1) break;
        const int from = p == planted::global_read_too_far ? i + 1 : i;
        const int to = p == planted::shared_write_too_far ? i + 1 : i;
        if (p != planted::element_never_written || i != 5) row_of[to] = x[row * size + from];
        if (p == planted::barrier_after_an_exit && i == size - 1) return;
        if (p == planted::barrier_in_a_branch) {
            if (i < 32) __syncthreads();
        } else if (p == planted::barrier_of_another_place && i < 32) {
            __syncthreads();
        } else if (p != planted::no_barrier_before_reading) {
            __syncthreads();
        }
        const float turned = row_of[p == planted::shared_index_too_far ? size - i : size - 1 - i];
        if (p != planted::no_barrier_after_reading) __syncthreads();
        if (p == planted::global_write_too_far)
            y[row * size + i + 1] = turned;
        else if (p == planted::global_write_before_the_first)
            y[row * size + i - 1] = turned;
        else
            y[row * size + i] = turned;
    }
}

__global__ void sum_warps(const float* x, float* y, int warps, planted p) {
    TESSERA_SHARED(float, halves, [2][16]);
    wait_for_previous();
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int warp = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x) / 32;
    if (p == planted::mask_with_ended_lanes && lane == 31) return;
    float sum = x[warp * 32 + lane];
    unsigned mask = all_lanes;
    if (p == planted::mask_without_itself && lane == 7) mask &= ~(1U << 7);
    if (p == planted::masks_that_differ && lane == 8) mask &= ~1U;
    if (p == planted::lanes_that_never_come && lane == 0) {
        __syncthreads();
        return;
    }
    for (int other = 16; other != 0; other /= 2) {
        if (p == planted::step_of_sum_left_out && other == 4) continue;
        if (p == planted::exchange_in_a_branch && lane < 16)
            sum += __shfl_xor_sync(all_lanes, sum, other);
        else if (p == planted::mask_beyond_the_block)
            sum += __shfl_xor_sync(~0U, sum, other);
        else
            sum += __shfl_xor_sync(mask, sum, other);
    }
    // Through memory, because that needs lanes to wait as well.
    float* first_half = halves[p == planted::warps_share_a_word ? 0 : threadIdx.x / 32];
    if (lane < 16) first_half[lane] = sum;
    if (p != planted::no_syncwarp) __syncwarp();
    if (lane == 16 && warp < warps) y[warp] = first_half[15];
}

__global__ void sum_copied(const float* x, float* y, int size, planted p) {
    constexpr int threads = 64, numbers = threads * 4;
    TESSERA_SHARED(float, tile, [2][numbers]);
    wait_for_previous();
    const int i = static_cast<int>(threadIdx.x);
    const float* row = x + static_cast<std::ptrdiff_t>(blockIdx.x) * size;
    const int tiles = (size + numbers - 1) / numbers;
    const auto fetch = [&](int t) {
        const int at = t * numbers + 4 * i;
        float* to = tile[t % 2] + 4 * i;
        const bool there = at < size;
        if (p == planted::misaligned_copy && there)
            copy_async<16>(to, row + at + 1);
        else if (p != planted::zeros_left_out || there)
            copy_async_or_zero<16>(to, there ? row + at : row, there);
        if (p != planted::copies_never_committed) commit_copies();
    };
    fetch(0);
    float sum = 0;
    for (int t = 0; t != tiles; ++t) {
        if (t + 1 < tiles) fetch(t + 1);
        if (p == planted::no_wait_for_copies) {
            if (t + 1 == tiles) wait_copies<0>();
        } else if (t + 1 < tiles && p != planted::waits_for_too_few) {
            wait_copies<1>();
        } else if (p == planted::waits_for_too_few) {
            wait_copies<1>();
            if (t + 1 == tiles) sum += tile[t % 2][0] - tile[t % 2][0];
        } else {
            wait_copies<0>();
        }
        if (p != planted::no_barrier_after_copies) __syncthreads();
        // What others have copied.
        for (int k = 0; k != 4; ++k) sum += tile[t % 2][k * threads + (i + 37) % threads];
        if (p != planted::no_barrier_before_copies) __syncthreads();
    }
    wait_copies<0>();
    sum = block_sum(sum);
    if (i == 0) y[blockIdx.x] = sum;
}

__global__ void multiply_tile(const std::uint16_t* a, const std::uint16_t* b, float* c, planted p) {
    TESSERA_SHARED(std::uint16_t, left, [16][24]);
    TESSERA_SHARED(std::uint16_t, right, [16][8]);
    wait_for_previous();
    const int lane = static_cast<int>(threadIdx.x);
    for (int i = lane; i != 256 + lane; i += 32) left[i / 16][i % 16] = a[i];
    for (int i = lane; i != 128 + lane; i += 32) right[i / 8][i % 8] = b[i];
    __syncwarp();
    std::uint32_t fa[4], fb[2];
    int row = lane % 8 + lane / 8 % 2 * 8;
    if (p == planted::row_of_fragment_wrong) row = lane % 16 / 2 + lane % 2 * 8;
    const int skipped = p == planted::misaligned_rows ? 1 : 0;
    load_fragments<4>(fa, &left[row][lane / 16 * 8 + skipped]);
    if (p == planted::fragment_not_transposed)
        load_fragments<2>(fb, right[lane % 16]);
    else
        load_fragments_transposed<2>(fb, right[lane % 16]);
    if (p == planted::fragments_swapped) {
        const std::uint32_t second = fa[1];
        fa[1] = fa[2];
        fa[2] = second;
    }
    float d[4] = {};
    if (p == planted::accumulator_not_cleared) d[2] = static_cast<float>(lane);
    mma_bf16(d, fa, fb);
    for (int r = 0; r != 4; ++r) {
        const int half = p == planted::result_in_wrong_rows ? r % 2 : r / 2;
        c[(lane / 4 + half * 8) * 8 + lane % 4 * 2 + r % 2] = d[r];
    }
}

__global__ void sum_by_tickets(const float* x, float* y, float* partial, unsigned* tickets,
                               planted p) {
    TESSERA_SHARED(bool, last, );
    TESSERA_SHARED(unsigned, count, );
    wait_for_previous();
    const unsigned lane = threadIdx.x;
    const float sum = warp_sum(x[blockIdx.x * 32 + lane]);
    if (p == planted::counts_without_atomics) {
        if (lane == 0) tickets[1] = tickets[1] + 1;
    } else if (lane == 0) {
        atomicAdd(&tickets[1], 1U);
    }
    if (lane == 0) {
        partial[blockIdx.x] = sum;
        if (p != planted::no_fence) __threadfence();
        const unsigned mine = atomicAdd(&tickets[0], 1U);
        last = mine == gridDim.x - (p == planted::last_block_too_early ? 2 : 1);
    }
    if (p == planted::lanes_share_a_word) count = lane;
    __syncwarp();
    if (!last) return;
    float all = 0;
    for (unsigned i = lane; i < gridDim.x; i += 32) all += __ldcg(&partial[i]);
    all = warp_sum(all);
    if (lane != 0) return;
    while (p == planted::spins_for_ever && atomicAdd(&tickets[1], 0U) != 12345) {
    }
    y[0] = all;
    tickets[0] = tickets[1] = 0;
}

}  // namespace

status turned_rows(const float* x, float* y, int rows, int size, planted p, stream s) {
    const int blocks = p == planted::grid_of_nothing ? 0 : (rows + 1) / 2;
    const int threads = p == planted::block_too_large ? 1056 : size;
    const auto bytes =
        static_cast<std::size_t>(p == planted::too_much_shared_memory     ? 230 * 1024
                                 : p == planted::dynamic_memory_too_small ? size * 4 - 4
                                                                          : size * 4);
    return launch(turn, blocks, threads, bytes, s, x, y, rows, size, p);
}

status warp_sums(const float* x, float* y, int warps, planted p, stream s) {
    const bool partial = p == planted::mask_beyond_the_block;
    return launch(sum_warps, warps / 2, partial ? 48 : 64, 0, s, x, y, warps, p);
}

status copied_sums(const float* x, float* y, int rows, int size, planted p, stream s) {
    return launch(sum_copied, rows, 64, 0, s, x, y, size, p);
}

status tile_products(const std::uint16_t* a, const std::uint16_t* b, float* c, planted p,
                     stream s) {
    return launch(multiply_tile, 1, 32, 0, s, a, b, c, p);
}

status ticket_sums(const float* x, float* y, float* partial, unsigned* tickets, int blocks,
                   planted p, stream s) {
    return launch(sum_by_tickets, blocks, 32, 0, s, x, y, partial, tickets, p);
}

}  // namespace tessera::engine::cuda
