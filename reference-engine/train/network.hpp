#pragma once

#include <span>
#include <vector>

#include "loading/config.hpp"
#include "train/batch.hpp"
#include "train/kernels.hpp"
#include "train/parameters.hpp"

namespace tessera::engine::train {

/// What the forward pass of one layer leaves for the backward pass; T tokens, row-major.
template <class T>
struct layer_activations {
    std::vector<T> input;          // [T, D] residual stream
    std::vector<T> input_inverse;  // [T]
    std::vector<T> input_normed;   // [T, D]
    std::vector<T> qkv;            // [T, (H + 2 G) hd], rotated
    std::vector<T> log_sum;        // [H, T]
    std::vector<T> attended;       // [T, H hd]
    std::vector<T> middle;         // [T, D] residual stream
    std::vector<T> middle_inverse;
    std::vector<T> middle_normed;  // [T, D]
    std::vector<T> gate_up;        // [T, 2 F]
    std::vector<T> act;            // [T, F]
};

/// One thread's memory; grows to the largest micro-batch it has seen.
template <class T>
struct workspace {
    std::vector<layer_activations<T>> layers;
    // After the last layer's attention, of the tokens that predict.
    std::vector<T> picked, output, output_inverse, output_normed, logits;
    std::vector<T> dx, dnormed, dqkv, dattended, dact;
    std::vector<T> keys, values, keys_turned, values_turned, scores, dscores, delta;
    std::vector<T> scratch;
};

/// Forward and backward pass of a Llama-family model over flat arrays of weights and gradients.
/// Constant use with a workspace for each thread is thread-safe.
template <class T>
class network {
  public:
    explicit network(const model_config& config);

    const parameter_layout& layout() const { return layout_; }
    const model_config& config() const { return config_; }

    /// Tables of rotations for documents of up to that many tokens.
    void reserve_positions(int count);
    /// Packing of the weights, in independent pieces; needed after every change of them.
    int pieces() const { return static_cast<int>(matrices_.size()); }
    void pack(const T* weights, int piece);

    /// The sum of the losses of all targets, or of all pairs. With gradients, adds `scale` times
    /// their derivatives to them; `fresh`: they are garbage and are set instead.
    double run(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
               T* gradients, bool fresh) const;

  private:
    // y = x W^T, W as in files: [outputs, inputs].
    struct matrix {
        std::size_t weights, packed;
        int inputs, outputs;
    };
    enum role { qkv, output, gate_up, down, roles };

    const matrix& of(int layer, role which) const { return matrices_[layer * roles + which]; }
    const matrix& head() const { return matrices_.back(); }
    void forward(const matrix& w, int tokens, const T* x, T* y, bool accumulate,
                 workspace<T>& space) const;
    void backward_input(const matrix& w, const T* weights, int tokens, const T* dy, T* dx,
                        workspace<T>& space) const;
    void backward_weights(const matrix& w, int tokens, const T* x, const T* dy, T* gradients,
                          bool fresh, workspace<T>& space) const;

    void forward_layer(const T* weights, int layer, const micro_batch& part,
                       workspace<T>& space) const;
    void backward_layer(const T* weights, int layer, const micro_batch& part, workspace<T>& space,
                        T* gradients, bool fresh) const;
    double predict(const T* weights, const micro_batch& part, workspace<T>& space, T scale,
                   T* gradients, bool fresh) const;
    void attend(const micro_batch& part, layer_activations<T>& at, workspace<T>& space) const;
    void attend_backward(const micro_batch& part, layer_activations<T>& at,
                         workspace<T>& space) const;
    void reserve(const micro_batch& part, workspace<T>& space) const;
    void clear_vectors(T* gradients) const;

    model_config config_;
    parameter_layout layout_;
    const kernels<T>& kernels_;
    int qkv_width_;
    std::vector<matrix> matrices_;
    std::vector<T> packed_;         // transposed weights, B of the forward products
    std::vector<T> cosine_, sine_;  // [positions, hd / 2]
};

}  // namespace tessera::engine::train
