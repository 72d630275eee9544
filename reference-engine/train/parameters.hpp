#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "loading/config.hpp"
#include "train/options.hpp"

namespace tessera::engine::train {

/// The matrices of a layer that adapters can be for, in the order of adapter_modules.
enum module : std::size_t {
    q_proj,
    k_proj,
    v_proj,
    o_proj,
    gate_proj,
    up_proj,
    down_proj,
    modules
};

/// A weight's place in the one array that holds all that is trained.
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

/// Offsets of an adapter's two matrices: [rank][inputs] and [outputs][rank].
struct adapter_offsets {
    std::size_t a, b;
};

/// Where the weights lie that are trained: all of a model, or adapters of it; and the head, where
/// one is trained. Gaps of alignment hold zeros for ever.
class parameter_layout {
  public:
    /// Throws unsupported for biases other than those of query, key and value, and invalid_argument
    /// for adapters that make no sense.
    explicit parameter_layout(const model_config& config, const tuning& = {});

    const std::vector<parameter>& all() const { return all_; }
    const parameter* find(std::string_view name) const;
    std::size_t size() const { return size_; }    ///< of the array
    std::size_t count() const { return count_; }  ///< of weights

    /// Whether the model itself is trained; only then the offsets of its weights mean anything.
    bool whole() const { return !layers_.empty(); }
    const layer_offsets& layer(int index) const { return layers_[index]; }
    std::size_t embedding() const { return 0; }
    std::size_t final_norm() const { return final_norm_; }
    std::size_t head() const { return head_; }  ///< the embedding's where they are tied

    const std::optional<adapter_offsets>& adapter(int index, module which) const {
        return adapters_[index][which];
    }
    std::size_t score() const { return score_; }  ///< of the head over last states

  private:
    std::size_t add(std::string name, std::vector<std::int64_t> shape, bool residual = false);
    void add_model(const model_config& config, bool predicts);
    void add_adapters(const model_config& config, const adapter_options& options);
    void align();

    std::vector<parameter> all_;
    std::vector<layer_offsets> layers_;
    std::vector<std::array<std::optional<adapter_offsets>, modules>> adapters_;
    std::size_t size_ = 0;
    std::size_t count_ = 0;
    std::size_t final_norm_ = 0;
    std::size_t head_ = 0;
    std::size_t score_ = 0;
};

/// Weights as training begins with them. Matrices are drawn from normal(0, 0.02), those that write
/// into the residual stream divided by sqrt(2 * layers); first matrices of adapters as peft draws
/// them, second ones are zero. `threads` as those of a thread_pool, on which no weight depends.
void draw_weights(const parameter_layout& layout, int layers, std::uint64_t seed, int threads,
                  std::span<float> weights);

/// Inputs and outputs of a module.
struct module_shape {
    int inputs, outputs;
};
module_shape shape_of(const model_config& config, module which);

}  // namespace tessera::engine::train
