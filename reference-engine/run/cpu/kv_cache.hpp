#pragma once

#include <cstddef>

#include "backend/cpu/buffer.hpp"
#include "backend/cpu/kernels.hpp"
#include "loading/config.hpp"

namespace tessera::engine {

/// Keys and values of all layers in blocks of cpu::block_positions positions. Which block belongs
/// to whom is the caller's business.
class kv_cache {
  public:
    kv_cache(const model_config& config, int blocks)
        : blocks_(blocks),
          kv_heads_(config.kv_heads),
          value_offset_(config.head_dim * cpu::block_positions),
          head_stride_(value_offset_ + cpu::block_positions * cpu::padded(config.head_dim)),
          data_(static_cast<std::size_t>(blocks) * floats_per_block(config)) {}

    static std::size_t floats_per_block(const model_config& config) {
        return static_cast<std::size_t>(config.layers) * static_cast<std::size_t>(config.kv_heads) *
               cpu::block_positions *
               static_cast<std::size_t>(config.head_dim + cpu::padded(config.head_dim));
    }

    int blocks() const { return blocks_; }
    std::ptrdiff_t block_stride() const { return kv_heads_ * head_stride_; }
    /// From a head's keys [head_dim][position] to its values [position][padded head_dim].
    std::ptrdiff_t value_offset() const { return value_offset_; }
    /// Of block 0; those of block n are n * block_stride() further.
    float* head(int layer, int kv_head) {
        return data_.data() + layer * (blocks_ * block_stride()) + kv_head * head_stride_;
    }

  private:
    int blocks_;
    std::ptrdiff_t kv_heads_;
    std::ptrdiff_t value_offset_;
    std::ptrdiff_t head_stride_;
    cpu::buffer<float> data_;
};

}  // namespace tessera::engine
