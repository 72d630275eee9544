#pragma once

#include "backend/cuda/kernels.hpp"

namespace tessera::engine::cuda {

/// Mistakes that kernels of this folder make when they are asked to.
enum class planted {
    nothing,
    // turned_rows
    no_barrier_before_reading,
    no_barrier_after_reading,
    barrier_in_a_branch,
    barrier_of_another_place,
    barrier_after_an_exit,
    shared_index_too_far,
    shared_write_too_far,
    dynamic_memory_too_small,
    global_read_too_far,
    global_write_too_far,
    global_write_before_the_first,
    element_never_written,
    row_left_out,
    no_wait_for_previous,
    exit_before_waiting,
    // warp_sums
    mask_without_itself,
    mask_with_ended_lanes,
    mask_beyond_the_block,
    masks_that_differ,
    exchange_in_a_branch,
    lanes_that_never_come,
    step_of_sum_left_out,
    no_syncwarp,
    // copied_sums
    no_wait_for_copies,
    waits_for_too_few,
    no_barrier_after_copies,
    no_barrier_before_copies,
    copies_never_committed,
    misaligned_copy,
    zeros_left_out,
    // tile_products
    fragments_swapped,
    fragment_not_transposed,
    row_of_fragment_wrong,
    result_in_wrong_rows,
    accumulator_not_cleared,
    misaligned_rows,
    // ticket_sums
    last_block_too_early,
    spins_for_ever,
    // launches
    block_too_large,
    grid_of_nothing,
    too_much_shared_memory,
    // Races that only the checker sees: threads take turns at what is atomic and at barriers.
    no_fence,
    counts_without_atomics,
    warps_share_a_word,
    lanes_share_a_word,
    writes_before_waiting,
    reads_before_waiting,
};

/// y [row][i] = x [row][size - 1 - i]; size 64 or 128.
status turned_rows(const float* x, float* y, int rows, int size, planted, stream);
/// y [warp] = sum of x [warp][32].
status warp_sums(const float* x, float* y, int warps, planted, stream);
/// y [row] = sum of x [row][size], which is a multiple of 4.
status copied_sums(const float* x, float* y, int rows, int size, planted, stream);
/// c [16][8] = a [16][16] * b [16][8], all whole numbers; bf16 and f32.
status tile_products(const std::uint16_t* a, const std::uint16_t* b, float* c, planted, stream);
/// y [0] = sum of x [blocks * 32]; tickets [2] are zero before and after.
status ticket_sums(const float* x, float* y, float* partial, unsigned* tickets, int blocks, planted,
                   stream);

}  // namespace tessera::engine::cuda
