#pragma once

#include <algorithm>
#include <cstddef>

#include "backend/cuda/kernels.hpp"

namespace tessera::engine::cuda {

// How matrices and rows lie in a device's memory, and in which order products are summed. Kernels
// and the host both go by this.
//
// A row is cut into steps of 64 bytes along k. A matrix is [tile][step][fragment][lane][16 bytes]:
// a fragment is what a warp loads at once, 512 bytes that follow each other, 16 a lane.
// - bf16 and i8: tiles of 16 outer features, two fragments a step. Word (of 4 bytes) 4t + 2f + w of
//   a step, of feature 2g + h of a tile, is word 2w + h of lane 4g + t of fragment f. That is the A
//   operand of mma.m16n8k16 (bf16) and mma.m16n8k32 (s8) with k permuted inside a step, so that the
//   16 bytes 16t.. of a row of activations are lane t's B operands of both fragments, and with
//   features permuted inside a tile, so that a lane's sums are those of two neighbours.
// - f32: tiles of 32 outer features, four fragments a step. Number 4f + i of a step, of feature l of
//   a tile, is number i of lane l of fragment f.
// - i8: a row is cut into blocks as the CPU cuts it, each filled up with zeros to whole steps. The
//   scales follow the fragments: [tile][block][feature of the tile], f32.
// What lies beyond the outer or the inner dimension is zero.

inline constexpr int step_bytes = 64;
inline constexpr int fragment_bytes = 512;
/// Numbers of the longest block of i8.
inline constexpr int longest_block = 128;

constexpr int ceil_div(int a, int b) { return (a + b - 1) / b; }
constexpr int size_of(element type) {
    return type == element::f32 ? 4 : type == element::bf16 ? 2 : 1;
}
/// Outer features of a tile.
constexpr int tile_features(element type) { return type == element::f32 ? 32 : 16; }
constexpr int tiles_of(element type, int outer) { return ceil_div(outer, tile_features(type)); }
/// Numbers of a step.
constexpr int step_numbers(element type) { return step_bytes / size_of(type); }

/// Blocks of a row of i8.
constexpr int blocks_of(int inner) { return ceil_div(inner, longest_block); }
/// Numbers of each block, a multiple of 4; the last of a row is filled up with zeros.
constexpr int block_numbers(int inner) {
    return inner == 0 ? 0 : 4 * ceil_div(inner, 4 * blocks_of(inner));
}
/// Steps of a block.
constexpr int block_steps(int inner) { return ceil_div(block_numbers(inner), step_bytes); }

/// Steps of a row.
constexpr int steps_of(element type, int inner) {
    return type == element::i8 ? blocks_of(inner) * block_steps(inner)
                               : ceil_div(inner, step_numbers(type));
}

/// Bytes of a row as the input of products: [step], and of i8 [block] of scales, f32. A multiple of
/// 16, as strides of rows must be, and their beginnings. What lies between the inner dimension and
/// the end of the last step is zero: of i8 whoever writes numbers writes that, too; of f32 and bf16
/// whoever allocates rows clears them once, and nobody writes there.
constexpr std::size_t input_bytes(element type, int inner) {
    const int scales = type == element::i8 ? ceil_div(blocks_of(inner), 4) * 16 : 0;
    return static_cast<std::size_t>(steps_of(type, inner)) * step_bytes +
           static_cast<std::size_t>(scales);
}

/// Where word (4 bytes) `word` of the steps of a row lies in a matrix, in bytes.
constexpr std::size_t word_place(element type, int inner, int row, int word) {
    constexpr int step_words = step_bytes / 4;
    const int features = tile_features(type);
    const int feature = row % features;
    const int in_step = word % step_words;
    int in_tile = 0;
    if (type == element::f32) {
        in_tile = in_step / 4 * fragment_bytes + feature * 16 + in_step % 4 * 4;
    } else {
        const int lane = feature / 2 * 4 + in_step / 4;
        in_tile = in_step / 2 % 2 * fragment_bytes + lane * 16 + in_step % 2 * 8 + feature % 2 * 4;
    }
    const auto steps = static_cast<std::size_t>(steps_of(type, inner));
    return (static_cast<std::size_t>(row / features) * steps +
            static_cast<std::size_t>(word / step_words)) *
               static_cast<std::size_t>(features * step_bytes) +
           static_cast<std::size_t>(in_tile);
}

/// Bytes of fragments of a matrix; of i8 the place of its scales.
constexpr std::size_t fragments_bytes(element type, int outer, int inner) {
    return static_cast<std::size_t>(tiles_of(type, outer)) *
           static_cast<std::size_t>(steps_of(type, inner)) *
           static_cast<std::size_t>(tile_features(type) * step_bytes);
}
/// Bytes of a matrix, which begins at a multiple of 256.
constexpr std::size_t matrix_bytes(element type, int outer, int inner) {
    const std::size_t scales = type == element::i8
                                   ? static_cast<std::size_t>(tiles_of(type, outer)) * 16U *
                                         static_cast<std::size_t>(blocks_of(inner)) * sizeof(float)
                                   : 0;
    return fragments_bytes(type, outer, inner) + scales;
}

/// Where the scale of a block of a row of i8 lies in a matrix, in bytes.
constexpr std::size_t scale_place(int outer, int inner, int row, int block) {
    const int blocks = blocks_of(inner);
    return fragments_bytes(element::i8, outer, inner) +
           static_cast<std::size_t>((row / 16 * blocks + block) * 16 + row % 16) * sizeof(float);
}

// A sum along k is one of segments: each is a chain from zero in the order of k, and they are added
// in their order; then the bias, then what accumulates. Their number is 1, 2, 4 or 8 and depends on
// the matrix alone, so a row has the same bits in every kernel and every batch. More segments keep
// more warps busy where a matrix has few tiles; fewer cost less to add.

/// What segments are cut at: steps, or blocks of i8.
constexpr int units_of(element type, int inner) {
    return type == element::i8 ? blocks_of(inner) : steps_of(type, inner);
}
constexpr int segments_of(element type, int outer, int inner) {
    constexpr int warps = 8192;
    const int least = type == element::i8 ? 1 : 2;  // units of a segment
    int segments = 1;
    while (segments < 8 && 2 * segments * least <= units_of(type, inner) &&
           2 * segments * tiles_of(type, outer) <= warps)
        segments *= 2;
    return segments;
}
/// The first unit of a segment; of segment `segments` the end.
constexpr int segment_begin(int units, int segments, int segment) {
    return static_cast<int>(static_cast<long long>(units) * segment / segments);
}

/// Sums of squares of a row: one of each 16 numbers.
constexpr int norm_parts(int size) { return ceil_div(size, 16); }

/// The type of rows that products with such weights read.
constexpr element input_of(element weights) { return weights; }

// Products of many rows are tiles of outer features and rows. Where these are too few to keep a
// device busy, segments are shared out, too, and whoever is last adds them in their order.

/// Of product::scratch: counters of tiles, which are zero before the first product and after each.
inline constexpr int tile_counters = 256;

inline constexpr int wide_features = 128;  // of a tile of many rows
/// Rows at most of products without such tiles.
inline constexpr int few_rows = 16;
inline constexpr int few_rows_f32 = 64;

/// Rows of a tile of many rows; at most `most_wide_rows`, and twice as many where twice_as_wide().
constexpr int most_wide_rows(element type) { return type == element::i8 ? 64 : 128; }
constexpr int wide_rows(element type, int rows) {
    if (rows <= 32) return 32;
    return rows <= 64 ? 64 : most_wide_rows(type);
}
constexpr int wide_tiles(int outer, int rows, int rows_of_tile) {
    return ceil_div(outer, wide_features) * ceil_div(rows, rows_of_tile);
}
/// Tiles of twice as many rows read less of the second cache, where they leave no multiprocessor idle
/// that smaller ones would not. They take more shared memory than some devices have.
constexpr bool twice_as_wide(element type, int outer, int rows, int multiprocessors) {
    const int most = most_wide_rows(type);
    return 2 * ceil_div(rows, 2 * most) == ceil_div(rows, most) &&
           2 * wide_tiles(outer, rows, 2 * most) > multiprocessors;
}
/// Shares of the segments of a tile: 1, 2, 4 or 8. Tiles of 128 rows are bound by arithmetic and stand
/// alone on a multiprocessor: more of them than these take as long, and leave sums that must be added.
/// Smaller ones are bound by memory, which several on one keep busy.
constexpr int shares_of(element type, int outer, int inner, int rows, int multiprocessors) {
    if (type == element::f32) return 1;
    const int segments = segments_of(type, outer, inner);
    const int rows_of_tile = wide_rows(type, rows);
    const int tiles = wide_tiles(outer, rows, rows_of_tile);
    const int blocks = std::min(multiprocessors, tile_counters);
    const int enough = rows_of_tile == 128 ? blocks / 2 + 1 : blocks;
    int shares = 1;
    while (shares < segments && tiles * shares < enough) shares *= 2;
    return shares;
}
// Products that need not be invariant may be a library's, of bf16 and many rows; sums go by way of
// the scratch, as f32.

constexpr bool by_library(element type, int outer, int rows) {
    constexpr int least_rows = 256;
    constexpr long long most_sums = 1 << 26;
    return type == element::bf16 && rows >= least_rows &&
           static_cast<long long>(outer) * rows <= most_sums;
}

/// Floats of product::scratch for at most so many rows.
constexpr std::size_t product_scratch(const product& p) {
    const element type = p.weights.type;
    const int outer = p.weights.outer;
    const int inner = p.weights.inner;
    std::size_t most = 0;
    if (!p.invariant && by_library(type, outer, p.rows))
        most = library_workspace / sizeof(float) +
               static_cast<std::size_t>(outer) * static_cast<std::size_t>(p.rows);
    for (int some = 32; some < p.rows + 32; some += 32) {
        if (shares_of(type, outer, inner, some, p.multiprocessors) == 1) continue;
        const int rows_of_tile = wide_rows(type, some);
        const int tiles = wide_tiles(outer, some, rows_of_tile);
        const auto numbers = static_cast<std::size_t>(tiles * segments_of(type, outer, inner)) *
                             static_cast<std::size_t>(wide_features * rows_of_tile);
        most = std::max(most, numbers);
    }
    return most + tile_counters;
}

}  // namespace tessera::engine::cuda
