#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loading/config.hpp"

namespace tessera::engine::train {

/// A weight's place in the one array that holds all of them.
struct parameter {
    std::string name;  ///< as in Hugging Face folders
    std::vector<std::int64_t> shape;
    std::size_t offset = 0;
    std::size_t size = 0;
    bool decays = false;    ///< matrices do, norms and biases do not
    bool residual = false;  ///< writes into the residual stream
};

/// Offsets of one layer. Query, key and value lie together as one matrix, gate and up as another.
struct layer_offsets {
    std::size_t input_norm, qkv, qkv_bias, output, post_norm, gate_up, down;
};

/// Where the weights of a configuration lie. Gaps of alignment hold zeros for ever.
class parameter_layout {
  public:
    /// Throws unsupported for biases other than those of query, key and value.
    explicit parameter_layout(const model_config& config);

    const std::vector<parameter>& all() const { return all_; }
    const parameter* find(std::string_view name) const;
    std::size_t size() const { return size_; }    ///< of the array
    std::size_t count() const { return count_; }  ///< of weights
    const layer_offsets& layer(int index) const { return layers_[index]; }
    std::size_t embedding() const { return 0; }
    std::size_t final_norm() const { return final_norm_; }
    std::size_t head() const { return head_; }  ///< the embedding's where they are tied

  private:
    std::size_t add(std::string name, std::vector<std::int64_t> shape, bool residual = false);
    void align();

    std::vector<parameter> all_;
    std::vector<layer_offsets> layers_;
    std::size_t size_ = 0;
    std::size_t count_ = 0;
    std::size_t final_norm_ = 0;
    std::size_t head_ = 0;
};

}  // namespace tessera::engine::train
